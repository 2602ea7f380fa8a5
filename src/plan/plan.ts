// plan: verdict + what stands there now → the one change, or none. Pure: enforce carries it out, report tells of it.
import type { Judgement } from '../evaluate/verdict.js';
import type { ObservedScalable } from '../observe/observed.js';
import { isAsWeLeftIt, type Note } from './note.js';

/** One change is one write (DESIGN 4.2). */
export type Change =
  | { readonly kind: 'ScaleDown'; readonly note: Note }
  | { readonly kind: 'Delete' }
  | { readonly kind: 'Restore'; readonly note: Note }
  /** Somebody changed the replicas of a stopped workload whose cause is gone: only the note is taken off. */
  | { readonly kind: 'Forget'; readonly note: Note };

export type Refusal = 'ProtectedNamespace' | 'WouldDeleteClaims';

export type Plan =
  | { readonly kind: 'change'; readonly change: Change }
  /** Stopped by us, and to stay so. */
  | { readonly kind: 'stopped'; readonly note: Note }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly message: string }
  /** Replicas were put back; it is stopped again, but slower each time. */
  | { readonly kind: 'backingOff'; readonly until: Date; readonly note: Note }
  | { readonly kind: 'nothing' };

export interface PlanInput {
  readonly judgement: Judgement;
  readonly scalable: ObservedScalable | undefined;
  /** Of the stop that is in force, if there is one. */
  readonly note: Note | undefined;
  readonly protectedNamespaces: Pick<ReadonlySet<string>, 'has'>;
  readonly now: Date;
}

export function plan({ judgement, scalable, note, protectedNamespaces, now }: PlanInput): Plan {
  if (scalable === undefined) return { kind: 'nothing' };

  switch (judgement.demand) {
    case 'Ignore':
      return release(scalable, note, judgement.undecided);
    case 'Delete':
      return refusal(scalable, protectedNamespaces, 'Delete') ?? { kind: 'change', change: { kind: 'Delete' } };
    case 'ScaleDown':
      if (scalable.replicas === 0) return alreadyAtZero(note);
      return refusal(scalable, protectedNamespaces, 'ScaleDown') ?? stop(scalable, note, judgement, now);
  }
}

/** Only our own record proves that the zero is ours (DESIGN 4.12). */
function alreadyAtZero(note: Note | undefined): Plan {
  return note === undefined ? { kind: 'nothing' } : { kind: 'stopped', note };
}

/** Not knowing changes nothing: what was stopped stays so until it is known that the cause is gone. */
function release(scalable: ObservedScalable, note: Note | undefined, undecided: boolean): Plan {
  if (note === undefined) return { kind: 'nothing' };
  const isZero = scalable.replicas === 0;
  if (isZero && (undecided || !isZeroSeen(scalable))) return { kind: 'stopped', note };
  return { kind: 'change', change: { kind: isAsWeLeftIt(scalable) ? 'Restore' : 'Forget', note } };
}

/** Until the workload's controller has seen the zero, its pods are still to go, and nobody can tell what would be left of the cause. */
function isZeroSeen({ generation, observedGeneration }: ObservedScalable): boolean {
  return observedGeneration >= generation;
}

function stop({ replicas }: ObservedScalable, before: Note | undefined, judgement: Judgement, now: Date): Plan {
  const why = { at: now.toISOString(), policy: judgement.violations[0]?.policy ?? '', digests: digestsOf(judgement) };
  if (before === undefined)
    return { kind: 'change', change: { kind: 'ScaleDown', note: { ...why, replicas, attempts: 1 } } };

  const until = new Date(Date.parse(before.at) + backOffMs(before.attempts));
  if (now.getTime() < until.getTime()) return { kind: 'backingOff', until, note: before };
  const note = { ...why, replicas, attempts: before.attempts + 1 };
  return { kind: 'change', change: { kind: 'ScaleDown', note } };
}

const MAX_DIGESTS_NOTED = 50; // some 10 kB of the 256 KiB that an object's annotations may have

function digestsOf({ violations }: Judgement): Note['digests'] {
  const byReference = new Map(violations.map(({ image, digest }) => [image, digest]));
  return Object.fromEntries([...byReference].slice(0, MAX_DIGESTS_NOTED));
}

const FIRST_BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 600_000; // DESIGN 4.6: it does not fight for ever

function backOffMs(attempts: number): number {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** (attempts - 1), LONGEST_BACK_OFF_MS);
}

function refusal(
  { namespace, name, claimsDeletedWhenScaled, claimsDeletedWhenDeleted }: ObservedScalable,
  protectedNamespaces: Pick<ReadonlySet<string>, 'has'>,
  action: 'ScaleDown' | 'Delete',
): Plan | undefined {
  if (protectedNamespaces.has(namespace)) {
    const message = `Namespace ${namespace} is protected: its workloads are reported, never stopped.`;
    return { kind: 'refused', reason: 'ProtectedNamespace', message };
  }
  const losesClaims = action === 'Delete' ? claimsDeletedWhenDeleted : claimsDeletedWhenScaled;
  if (!losesClaims) return undefined;
  const field = action === 'Delete' ? 'whenDeleted' : 'whenScaled';
  return {
    kind: 'refused',
    reason: 'WouldDeleteClaims',
    message: `StatefulSet ${name} has persistentVolumeClaimRetentionPolicy.${field}: Delete, so stopping it would delete its volumes. Set it to Retain to let it be stopped.`,
  };
}
