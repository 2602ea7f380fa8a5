// controllers: tells of an act wherever it is looked for: as Events on the workload and on its result, and in the log, with the
// same fields as the line in the result's history. A pass that is repeated tells nothing twice but in the log.
import { apiVersionOf, type EventRecorder, type Logger, type Pass as AnyPass } from '@dot-kube/operator';
import { xrayScanResults } from '../../api/v1alpha1/coordinates.js';
import type { HistoryLine, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { EventDraft } from '../../report/event-draft.js';
import { newLines } from '../../report/result/history.js';
import type { WorkloadRef } from '../../workload/workload.js';
import type { StoredResult } from './result-writer.js';

export type Pass = Pick<AnyPass, 'signal' | 'log' | 'decided'>;

/** Before the status that tells it, too, is written: cut off in between, the next pass tells it. */
export async function tellActs(
  events: EventRecorder,
  drafts: readonly EventDraft[],
  { ref, result }: { readonly ref: WorkloadRef; readonly result: StoredResult },
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = result;
  const { kind } = xrayScanResults;
  const ofResult = { apiVersion: apiVersionOf(xrayScanResults), kind, namespace, name, uid };
  for (const { isAct, ...draft } of drafts) {
    await events.record({ regarding: ref, ...draft }, signal);
    if (isAct === true) await events.record({ regarding: ofResult, ...draft }, signal);
  }
}

/** The status is about to be written. */
export function logActs(
  ref: WorkloadRef,
  before: Pick<XrayScanResultStatus, 'history'> | undefined,
  now: Pick<XrayScanResultStatus, 'history'>,
  { log }: Pick<Pass, 'log'>,
): void {
  for (const line of newLines(before?.history, now.history)) logAct(ref, line, log);
}

/** `message` is the log's own field. */
function logAct({ apiVersion, kind, namespace, name }: WorkloadRef, line: HistoryLine, log: Logger): void {
  const { message: why, ...fields } = line;
  log.info(`${line.act} ${line.outcome}`, { apiVersion, kind, namespace, name, ...fields, why });
}
