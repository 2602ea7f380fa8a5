// plan: a stop that others end again and again (DESIGN 4.6): who does it, how often, and how long is waited before the
// next stop. Pure; kept in the note, so that a restart forgets nothing.
import type { ObservedTarget } from '../observe/observed.js';
import type { Judgement } from '../evaluate/verdict.js';
import { isStopped } from '../workload/stopped.js';
import type { Note, PutBack } from './note.js';

/** What is told of it. */
export interface Contention extends Pick<PutBack, 'manager' | 'times' | 'since'> {
  /** When it counts as over, should nothing happen until then; absent while it is put back. */
  readonly until?: Date;
}

const FIRST_BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 600_000; // DESIGN 4.6: it does not fight for ever
/**
 * A stop that held for twice the longest wait begins with the shortest one again, so that somebody who tries once a week
 * waits for nothing. The kubelet and client-go's flowcontrol.Backoff forget after the same time.
 */
const RESET_MS = 2 * LONGEST_BACK_OFF_MS;
/** Twice the hour that slow GitOps intervals are set to: a fight of one round an hour is still one fight. */
const QUIET_MS = 2 * 3_600_000;

/** When a stop that was ended is made again, at the earliest. */
export function backOffEnd({ at, attempts, putBack }: Pick<Note, 'at' | 'attempts' | 'putBack'>): Date {
  const inARow = putBack?.inARow ?? attempts - 1; // notes of older releases have the attempts only
  return new Date(Date.parse(at) + Math.min(FIRST_BACK_OFF_MS * 2 ** inARow, LONGEST_BACK_OFF_MS));
}

/** What the next stop notes of the end that somebody made of this one. */
export function putBackOf(
  { stopManager = '' }: Pick<ObservedTarget, 'stopManager'>,
  { at, attempts, putBack }: Pick<Note, 'at' | 'attempts' | 'putBack'>,
  now: Date,
): PutBack {
  const held = now.getTime() - Date.parse(at);
  const inARow = putBack?.inARow ?? attempts - 1;
  const goesOn = putBack !== undefined && !isQuiet(putBack, now);
  return {
    manager: stopManager,
    times: goesOn ? putBack.times + 1 : 1,
    inARow: held > RESET_MS ? 1 : inARow + 1,
    since: goesOn ? putBack.since : at,
    at: now.toISOString(),
  };
}

export interface ContentionInput {
  readonly judgement: Pick<Judgement, 'demand' | 'undecided'>;
  readonly target: ObservedTarget | undefined;
  /** Of the stop that is in force, or was until somebody ended it. */
  readonly note: Note | undefined;
  readonly now: Date;
}

/** @returns undefined where nobody contends, or nobody has for a while, or there is nothing any more to contend about */
export function contentionOf({ judgement, target, note, now }: ContentionInput): Contention | undefined {
  const { demand, undecided } = judgement;
  if (target === undefined || note === undefined) return undefined;
  if (!isStopped(target)) {
    if (demand !== 'ScaleDown') return undefined;
    const { manager, times, since } = putBackOf(target, note, now);
    return { manager, times, since };
  }
  const { putBack } = note;
  const staysStopped = demand === 'ScaleDown' || (demand === 'Ignore' && undecided);
  if (!staysStopped || putBack === undefined || isQuiet(putBack, now)) return undefined;
  const { manager, times, since } = putBack;
  return { manager, times, since, until: quietAt(putBack) };
}

/** Nobody has put it back for so long that a fight would be over. */
export function isQuiet(putBack: Pick<PutBack, 'at'>, now: Date): boolean {
  return now.getTime() >= quietAt(putBack).getTime();
}

function quietAt({ at }: Pick<PutBack, 'at'>): Date {
  return new Date(Date.parse(at) + QUIET_MS);
}
