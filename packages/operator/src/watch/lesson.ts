// watch: what a failure says about how to go on: a table, so that no kind of failure is forgotten.
import type { FailureKind } from './failure.js';
import type { Demotion } from './list-mode.js';

export interface Lesson {
  /** Lists are no longer asked for as a stream. */
  readonly demote?: Demotion;
  /** It is no fault of the list: the page that was asked for is asked for again. */
  readonly samePage?: true;
  /** The pages came too slowly to be consistent. */
  readonly biggerPages?: true;
  /** What is known cannot be built upon. */
  readonly relist?: true;
  /** The server does not know the version; after some tries, what is known cannot be built upon. */
  readonly unknownVersion?: true;
  /** People have to look at it. */
  readonly trouble?: true;
}

type Phase = 'listing' | 'watching';

const PASSING = { listing: { samePage: true }, watching: {} } as const;

export const lessons: Readonly<Record<FailureKind, Readonly<Record<Phase, Lesson>>>> = {
  gone: { listing: { biggerPages: true }, watching: { relist: true } },
  version_unknown: { listing: { unknownVersion: true }, watching: { unknownVersion: true } },
  refused: { listing: { trouble: true }, watching: { trouble: true } },
  rejected: { listing: { demote: 'not_offered' }, watching: {} },
  silent: { listing: { demote: 'no_progress', samePage: true }, watching: {} },
  closed_early: { listing: { demote: 'closed_early' }, watching: {} },
  throttled: PASSING,
  unreachable: PASSING,
  server_error: PASSING,
  too_short: PASSING,
  broken: PASSING,
};
