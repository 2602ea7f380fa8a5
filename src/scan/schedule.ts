// scan: which digests to ask about next, and when: what a new pod waits for first, the slow walk over all of them last. Pure.
import type { Digest } from '../workload/digest.js';
import type { Asked } from './store.js';

export interface Pace {
  readonly batchSize: number;
  /** What Xray has no facts of is asked again so often, and ever more seldom as long as nothing changes. */
  readonly pollIntervalMs: number;
  /** All that is known is confirmed once in this time, a batch at a time, spread evenly. */
  readonly resyncIntervalMs: number;
}

/** How far the slow walk is. */
export interface Walk {
  readonly lastStepAt: Date;
  /** The batch before this one was a step of it: what waits beside it has its turn. */
  readonly wasLast: boolean;
}

export interface Next {
  /** Empty while nothing is due. */
  readonly batch: readonly Digest[];
  /** Whether the batch is a step of the slow walk. */
  readonly isResync: boolean;
  /** How long to wait if the batch is empty; what is newly wanted or hinted at ends the wait earlier. */
  readonly waitMs: number;
}

/** New digests are waited for so long since the last one, so that a start asks in full batches. */
const GATHER_MS = 40;
const GATHER_AT_MOST_MS = 250;
/** However often a hook hints at a digest, it is asked about once in this time. */
const HINT_SPACING_MS = 1_000;
/** From this rank on nobody waits for the answer, and the walk has every other batch once a step of it is due. */
const PATIENT_RANK = 2;
/** A scan takes minutes: for so many rounds an unscanned digest is asked about at the full pace. */
const FULL_PACE_ROUNDS = 15;
const IDLE_MS = 60_000;

export function nextBatch(asked: readonly Asked[], now: Date, pace: Pace, walk: Walk): Next {
  const nowMs = now.getTime();
  const idle = asked.filter(({ isBeingAsked }) => !isBeingAsked);
  const urgent = urgentOf(idle, pace);
  const due = urgent.filter(({ dueMs }) => dueMs <= nowMs).sort(byUrgency);
  const walked = idle.filter(({ askedAt }) => askedAt !== undefined);
  const resyncMs = walked.length === 0 ? Number.POSITIVE_INFINITY : nextResyncMs(asked, pace, walk.lastStepAt);
  const [first] = due;
  // However many images Xray does not know, or does not answer for: what it does know has to be confirmed, too.
  const isWalkersTurn = first === undefined || ((first.rank >= PATIENT_RANK || first.hasFailed) && !walk.wasLast);
  if (resyncMs <= nowMs && isWalkersTurn)
    return { batch: longestAgo(walked, pace.batchSize), isResync: true, waitMs: 0 };
  if (first !== undefined)
    return { batch: due.slice(0, pace.batchSize).map(({ digest }) => digest), isResync: false, waitMs: 0 };
  return {
    batch: [],
    isResync: false,
    waitMs: Math.min(resyncMs, nowMs + IDLE_MS, ...urgent.map(({ dueMs }) => dueMs)) - nowMs,
  };
}

interface Due {
  readonly digest: Digest;
  readonly rank: number;
  readonly dueMs: number;
  readonly hasFailed: boolean;
}

function byUrgency(a: Due, b: Due): number {
  return a.rank - b.rank || a.dueMs - b.dueMs;
}

/**
 * 0 = new; 1 = hinted at, or the question failed while nothing was known; 2 = the question failed, and facts are in force;
 * 3 = Xray has no facts, or a part of them. What is known and quiet is not in here.
 */
function urgentOf(idle: readonly Asked[], pace: Pace): Due[] {
  const gatheredMs = gatheredAt(idle, pace.batchSize);
  return idle.flatMap((one): Due[] => {
    const { digest, askedAt, hasFailed } = one;
    if (askedAt === undefined) return [{ digest, rank: 0, dueMs: gatheredMs, hasFailed }];
    const askedMs = askedAt.getTime();
    if (one.isHinted) return [{ digest, rank: 1, dueMs: askedMs + HINT_SPACING_MS, hasFailed: false }];
    if (hasFailed) return [{ digest, rank: one.hasFacts ? 2 : 1, dueMs: askedMs, hasFailed }]; // the poller keeps the pause
    if (one.unsettledRounds === 0) return [];
    return [{ digest, rank: 3, dueMs: askedMs + pauseMs(one.unsettledRounds, pace), hasFailed }];
  });
}

/** When to ask about the new ones: at once when they fill a batch, else when no more have come for a moment. */
function gatheredAt(idle: readonly Asked[], batchSize: number): number {
  const since = idle.flatMap(({ askedAt, wantedAt }) => (askedAt === undefined ? [wantedAt.getTime()] : []));
  if (since.length === 0 || since.length >= batchSize) return 0;
  const [first, last] = [Math.min(...since), Math.max(...since)];
  return Math.min(last + GATHER_MS, first + GATHER_AT_MOST_MS);
}

function pauseMs(rounds: number, { pollIntervalMs, resyncIntervalMs }: Pace): number {
  const doublings = Math.max(0, rounds - FULL_PACE_ROUNDS);
  return Math.min(pollIntervalMs * 2 ** Math.min(doublings, 30), Math.max(pollIntervalMs, resyncIntervalMs));
}

function nextResyncMs(asked: readonly Asked[], { batchSize, resyncIntervalMs }: Pace, last: Date): number {
  const batches = Math.max(1, Math.ceil(asked.length / batchSize));
  return last.getTime() + resyncIntervalMs / batches;
}

function longestAgo(walked: readonly Asked[], batchSize: number): readonly Digest[] {
  return walked
    .toSorted((a, b) => (a.askedAt?.getTime() ?? 0) - (b.askedAt?.getTime() ?? 0))
    .slice(0, batchSize)
    .map(({ digest }) => digest);
}
