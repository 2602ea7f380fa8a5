// controllers: what becomes of a result whose workload is gone: it goes too, or, after a deletion by us, stays a week.
import { type EventRecorder, KubeApiError, type Clock, type Result } from '@dot-kube/operator';
import { eventsOf } from '../../report/events.js';
import { deletionDone } from '../../report/result/history.js';
import type { WorkloadRef } from '../../workload/workload.js';
import { logActs, type Pass, tellActs } from './act-teller.js';
import type { ResultWriter, StoredResult } from './result-writer.js';

const KEPT_AFTER_DELETE_MS = 7 * 24 * 3_600_000;

export interface RetentionPorts {
  readonly results: ResultWriter;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

export async function forgetResult(
  ref: Omit<WorkloadRef, 'uid'>,
  result: StoredResult | undefined,
  { results, events, clock }: RetentionPorts,
  pass: Pass,
): Promise<Result> {
  const { signal } = pass;
  if (result === undefined) return {};
  const { status } = result;
  if (status?.enforcement?.action !== 'Deleted') return remove(result, results, signal);

  const leftMs = Date.parse(status.enforcement.at) + KEPT_AFTER_DELETE_MS - clock.now().getTime();
  if (leftMs <= 0) return remove(result, results, signal);
  // Cut off between the deletion and its report, or looked at once more before its end was seen: it is gone, so it was carried out.
  if (status.enforcement.phase === 'Requested' || status.action !== 'Deleted') {
    const enforcement = Object.assign({}, status.enforcement, { phase: 'Done' as const });
    const history = deletionDone(status.history, enforcement);
    const done = Object.assign(
      {},
      status,
      { action: 'Deleted' as const, enforcement },
      history.length > 0 && { history },
    );
    const regarding = { ...ref, uid: enforcement.workloadUid };
    const drafts = eventsOf(status, done, { kind: 'deleted', enforcement });
    await tellActs(events, drafts, { ref: regarding, result }, signal);
    logActs(regarding, status, done, pass);
    await results.writeStatus(result, done, signal);
  }
  return { requeueAfterMs: leftMs };
}

async function remove(result: StoredResult, results: ResultWriter, signal: AbortSignal): Promise<Result> {
  try {
    await results.remove(result, signal);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.reason !== 'NotFound') throw error;
  }
  return {};
}
