// scan: which digests to ask Xray about next, and when. Pure.
import type { Digest } from '../workload/digest.js';
import type { Asked } from './store.js';

export interface Next {
  /** Empty while nothing is due. */
  readonly batch: readonly Digest[];
  /** How long to wait if the batch is empty; a newly wanted digest ends the wait earlier. */
  readonly waitMs: number;
}

/** What was never asked goes first, then what was asked longest ago, once it is older than `pollIntervalMs`. */
export function nextBatch(asked: readonly Asked[], now: Date, pollIntervalMs: number, batchSize: number): Next {
  const byAge = asked
    .map(({ digest, askedAt }) => ({ digest, dueAt: askedAt === undefined ? 0 : askedAt.getTime() + pollIntervalMs }))
    .sort((a, b) => a.dueAt - b.dueAt);
  const due = byAge.filter(({ dueAt }) => dueAt <= now.getTime()).slice(0, batchSize);
  const first = byAge[0]?.dueAt ?? Number.POSITIVE_INFINITY;
  const waitMs = Math.max(0, Math.min(first - now.getTime(), pollIntervalMs));
  return { batch: due.map(({ digest }) => digest), waitMs };
}
