// report: what is told of a rollback, from the note that it left on the workload and from the record of it in the result.
import type { Asker, CountedStop, Enforcement, RolledBack, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { ObservedTarget } from '../../observe/observed.js';
import { WORKLOAD_FIELD_MANAGER } from '../../plan/note.js';
import { type RollbackNote, rollbackNoteOn } from '../../plan/rollback-note.js';
import type { Workload } from '../../workload/workload.js';

/** The last one of this very workload. A plain replacement of the object drops the note, and then the record tells. */
export function lastRollback(
  target: ObservedTarget | undefined,
  status: XrayScanResultStatus | undefined,
): RolledBack | undefined {
  if (target === undefined) return undefined;
  const { enforcement } = status ?? {};
  const recorded = enforcement?.workloadUid === target.uid ? enforcement.rollback : undefined;
  const note = rollbackNoteOn(target);
  if (note === undefined) return recorded;
  // Rolling out an older revision brings back the annotations that it had.
  return recorded === undefined || isBefore(recorded, note) ? rolledBackOf(note) : recorded;
}

export function rolledBackOf({ from, to, at, digests }: RollbackNote): RolledBack {
  return { from, to, at, digests };
}

/**
 * Cut off right after the rollback, the pass finds the note alone.
 *
 * @param record that there is of this very workload
 */
export function unrecordedRollback(
  workload: Pick<Workload, 'ref' | 'target'>,
  record: Enforcement | undefined,
): Enforcement | undefined {
  const note = workload.target === undefined ? undefined : rollbackNoteOn(workload.target);
  if (note === undefined || (record !== undefined && !isBefore(record, note))) return undefined;
  return rollbackRecord(workload, note, countedAt(note.at, askerOf(note)));
}

export function rollbackRecord(
  { ref }: Pick<Workload, 'ref'>,
  note: RollbackNote,
  counted: CountedStop | undefined,
): Enforcement {
  const { from, to, at, policy } = note;
  return {
    action: 'RolledBack',
    phase: 'Done',
    at,
    workloadUid: ref.uid,
    reason: 'PolicyViolated',
    message: `Rolled back from revision ${from.number} to revision ${to.number} for policy ${policy}: the last one that complies. It stays there until somebody rolls out another.`,
    attempts: 1,
    rollback: rolledBackOf(note),
    ...(counted === undefined ? {} : { counted }),
  };
}

/** A rollback is a finished act; it is over as the last thing to tell once somebody else has rolled out another revision. */
export function afterRollback(
  { revision, target }: Pick<Workload, 'revision' | 'target'>,
  record: Enforcement,
  now: Date,
): Enforcement {
  const isThere = revision === undefined || revision === record.rollback?.to.name;
  if (isThere || target?.templateManager === WORKLOAD_FIELD_MANAGER) return record;
  const { workloadUid, attempts, counted } = record;
  return {
    action: 'Released',
    phase: 'Done',
    at: now.toISOString(),
    workloadUid,
    reason: 'RolledOut',
    message: 'Somebody rolled out another revision after the rollback, so the workload is theirs again.',
    attempts,
    ...(counted === undefined ? {} : { counted }),
  };
}

export function countedAt(at: string, asker: Asker | undefined): CountedStop | undefined {
  return asker === undefined ? undefined : { at, asker };
}

/** An XrayPolicy is named with its namespace. */
export function askerOf({ policy }: { readonly policy: string }): Asker {
  return policy.includes('/') ? 'Team' : 'Platform';
}

function isBefore(one: { readonly at: string }, other: { readonly at: string }): boolean {
  return Date.parse(one.at) < Date.parse(other.at);
}
