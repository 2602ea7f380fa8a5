// plan: verdict + what stands there now → the one change, or none. Pure: enforce carries it out, report tells of it.
import type { Judgement } from '../evaluate/verdict.js';
import type { ObservedTarget } from '../observe/observed.js';
import { backOffEnd, putBackOf } from './contention.js';
import { type Before, isAsWeLeftIt, isStopped, type Note } from './note.js';
import { refusal, type Refused } from './refusal.js';

/** One change is one write (DESIGN 4.2). */
export type Change =
  | { readonly kind: 'ScaleDown'; readonly note: Note }
  | { readonly kind: 'Delete' }
  | { readonly kind: 'Restore'; readonly note: Note }
  /** Somebody took a stopped workload over whose cause is gone: only the note is taken off. */
  | { readonly kind: 'Forget'; readonly note: Note };

export type Plan =
  | { readonly kind: 'change'; readonly change: Change }
  /** Stopped by us, and to stay so. */
  | { readonly kind: 'stopped'; readonly note: Note }
  | Refused
  /** It was put back; it is stopped again, but slower each time. */
  | { readonly kind: 'backingOff'; readonly until: Date; readonly note: Note }
  | { readonly kind: 'nothing' };

/** What of a judgement a plan is made from. */
export type Demanded = Pick<Judgement, 'demand' | 'undecided' | 'violations'>;

export interface PlanInput {
  readonly judgement: Demanded;
  readonly target: ObservedTarget | undefined;
  /** Of the stop that is in force, if there is one. */
  readonly note: Note | undefined;
  /** Of a stop that somebody ended and took the note of along, as the result tells it; never restored from. */
  readonly former?: Note | undefined;
  readonly protectedNamespaces: ReadonlySet<string>;
  readonly now: Date;
}

export function plan({ judgement, target, note, former, protectedNamespaces, now }: PlanInput): Plan {
  if (target === undefined) return { kind: 'nothing' };

  switch (judgement.demand) {
    case 'Ignore':
      return release(target, note, judgement.undecided);
    case 'Delete':
      return refusal(target, protectedNamespaces, 'Delete') ?? { kind: 'change', change: { kind: 'Delete' } };
    case 'ScaleDown':
      if (isStopped(target)) return alreadyStopped(note);
      return refusal(target, protectedNamespaces, 'ScaleDown') ?? stop(target, note ?? former, judgement, now);
  }
}

/** Only our own record proves that the stop is ours (DESIGN 4.12). */
function alreadyStopped(note: Note | undefined): Plan {
  return note === undefined ? { kind: 'nothing' } : { kind: 'stopped', note };
}

/** Not knowing changes nothing: what was stopped stays so until it is known that the cause is gone. */
function release(target: ObservedTarget, note: Note | undefined, undecided: boolean): Plan {
  if (note === undefined) return { kind: 'nothing' };
  if (isStopped(target) && (undecided || !isStopSeen(target))) return { kind: 'stopped', note };
  return { kind: 'change', change: { kind: isAsWeLeftIt(target) ? 'Restore' : 'Forget', note } };
}

/** Until the workload's controller has seen the stop, its pods are still to go, and nobody can tell what would be left of the cause. */
function isStopSeen({ generation, observedGeneration }: ObservedTarget): boolean {
  return observedGeneration >= generation;
}

function stop(target: ObservedTarget, before: Note | undefined, judgement: Demanded, now: Date): Plan {
  const goesBackTo = beforeOf(target);
  if (goesBackTo === undefined) return { kind: 'nothing' };
  const why = {
    before: goesBackTo,
    at: now.toISOString(),
    policy: judgement.violations[0]?.policy ?? '',
    digests: digestsOf(judgement),
  };
  if (before === undefined) return { kind: 'change', change: { kind: 'ScaleDown', note: { ...why, attempts: 1 } } };

  const until = backOffEnd(before);
  if (now.getTime() < until.getTime()) return { kind: 'backingOff', until, note: before };
  const note = { ...why, attempts: before.attempts + 1, putBack: putBackOf(target, before, now) };
  return { kind: 'change', change: { kind: 'ScaleDown', note } };
}

/** @returns undefined for what can't be stopped and kept */
function beforeOf({ stop: now }: ObservedTarget): Before | undefined {
  switch (now.by) {
    case 'replicas':
      return { by: 'replicas', replicas: now.replicas };
    case 'suspend':
    case 'nodeSelector':
      return { by: now.by };
    case 'deleteOnly':
    case 'nothing':
      return undefined;
  }
}

const MAX_DIGESTS_NOTED = 50; // some 10 kB of the 256 KiB that an object's annotations may have

function digestsOf({ violations }: Demanded): Note['digests'] {
  const byReference = new Map(violations.map(({ image, digest }) => [image, digest]));
  return Object.fromEntries([...byReference].slice(0, MAX_DIGESTS_NOTED));
}
