// report: acts that the workload's own notes tell of, and its result does not: the pass was cut off before it could record them. While
// they still stand the next pass records them; where it does something else instead, only the history is left to tell.
import type { Enforcement, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { noteOn } from '../../plan/note.js';
import { isStopped } from '../../workload/stopped.js';
import type { Workload } from '../../workload/workload.js';
import { unrecordedRollback } from './rolled-back.js';
import { standingStop } from './standing.js';

/**
 * @param now what is recorded by this pass
 * @returns the oldest first
 */
export function untoldActs(
  workload: Pick<Workload, 'ref' | 'target'>,
  previous: XrayScanResultStatus | undefined,
  now: Enforcement | undefined,
): readonly Enforcement[] {
  const { enforcement } = previous ?? {};
  const record = enforcement?.workloadUid === workload.ref.uid ? enforcement : undefined;
  const acts = [unrecordedRollback(workload, record), unrecordedStop(workload, record)];
  return acts
    .flatMap((act) => (act === undefined || act.at === now?.at ? [] : [act]))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function unrecordedStop(
  workload: Pick<Workload, 'ref' | 'target'>,
  record: Enforcement | undefined,
): Enforcement | undefined {
  const { target } = workload;
  const note = target === undefined ? undefined : noteOn(target);
  if (target === undefined || note === undefined) return undefined;
  if (target.kind === 'Custom' && !isStopped(target)) return undefined; // its note comes before the stop, which may never have been made
  const isRecorded = record !== undefined && Date.parse(record.at) >= Date.parse(note.at);
  return isRecorded ? undefined : standingStop(workload, note, record);
}
