// watch: what a failure says about how to go on: a table, so that no kind of failure is forgotten.
import type { FailureKind } from './failure.js';
import type { Demotion } from './list-mode.js';

export interface Lesson {
  /** Lists are no longer asked for as a stream. */
  readonly demote?: Demotion;
  /** The pages came too slowly to be consistent. */
  readonly biggerPages?: true;
  /** Perhaps this server sends no bookmarks, and there was nothing to say: that must not end each watch. */
  readonly morePatience?: true;
  /** What is known cannot be built upon. */
  readonly relist?: true;
  /** The server does not know the version; after some tries, what is known cannot be built upon. */
  readonly unknownVersion?: true;
  /** People have to look at it. */
  readonly trouble?: true;
}

type Phase = 'listing' | 'watching';

const NONE = { listing: {}, watching: {} } as const;

export const lessons: Readonly<Record<FailureKind, Readonly<Record<Phase, Lesson>>>> = {
  gone: { listing: { biggerPages: true }, watching: { relist: true } },
  version_unknown: { listing: { unknownVersion: true }, watching: { unknownVersion: true } },
  refused: { listing: { trouble: true }, watching: { trouble: true } },
  rejected: { listing: { demote: 'not_offered' }, watching: {} },
  silent: { listing: { demote: 'no_progress' }, watching: { morePatience: true } },
  closed_early: { listing: { demote: 'closed_early' }, watching: {} },
  throttled: NONE,
  unreachable: NONE,
  server_error: NONE,
  too_short: NONE,
  broken: NONE,
};
