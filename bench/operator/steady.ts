// bench/operator: pods change all the time, and nothing of it is to be acted on.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { never, pods } from './kinds.js';
import { metricsOf, sumOf, usageOf } from './measured.js';
import { nameOf, namespaceOf, PODS_PER_WORKLOAD } from './shape.js';
import type { Settled } from './settled.js';
import { sleep, type Stage } from './stage.js';

const SIDE_BY_SIDE = 8; // so that the time of one patch does not hold back the next
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const RESYNC_SECONDS = 3_600; // by default
const RESOLUTION_MS = 20; // as the operator measures its own
const REST_MS = 30_000; // so that what the operator tells of its event loop afterwards is of this time alone

export interface Steady {
  readonly seconds: number;
  readonly changes: number;
  readonly coreShare: number;
  readonly loopDelayP99Ms: number;
  /** Of the benchmark itself, which hardly does anything meanwhile: what the machine lets everybody wait. */
  readonly machineDelayP99Ms: number;
  /** Of the operator to the API server, by method; PUT are renewals of the lease. */
  readonly requests: Readonly<Record<string, number>>;
  readonly xrayRequests: Readonly<Record<string, number>>;
  /** Questions that its clock alone makes it ask: each digest once an hour. */
  readonly summariesByClock: number;
  readonly resultWrites: number;
  readonly restMiB: number;
  readonly checks: {
    readonly noResultWritten: boolean;
    readonly xrayAskedByClockAlone: boolean;
    readonly below10PercentOfACore: boolean;
    readonly loopDelayBelow20Ms: boolean;
  };
}

export interface Pace {
  readonly seconds: number;
  readonly changesASecond: number;
}

export async function steady({ stage, sight, operator }: Settled, pace: Pace): Promise<Steady> {
  await sleep(REST_MS);
  const pid = operator.process.pid;
  await stage.xray.forgetRequests();
  const look = async () => ({
    usage: await usageOf(pid),
    metrics: await metricsOf(operator.metricsPort),
    writes: sight.writes,
  });
  const before = await look();
  const beganMs = performance.now();
  const waiting = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  waiting.enable();
  const changes = await change(stage, pace);
  waiting.disable();
  const after = await look();
  const tookSeconds = (performance.now() - beganMs) / 1_000;
  const requestsOf = (method: string): number =>
    sumOf(after.metrics, 'rest_client_requests_total', { method }) -
    sumOf(before.metrics, 'rest_client_requests_total', { method });
  const xrayRequests = countsOf(await stage.xray.requests());
  const figures = {
    seconds: tookSeconds,
    changes,
    coreShare: (after.usage.cpuSeconds - before.usage.cpuSeconds) / tookSeconds,
    loopDelayP99Ms: sumOf(after.metrics, 'dotkube_event_loop_delay_seconds') * 1_000,
    machineDelayP99Ms: waiting.percentile(99) / 1e6 - RESOLUTION_MS,
    requests: Object.fromEntries(METHODS.map((method) => [method, requestsOf(method)])),
    xrayRequests,
    summariesByClock: Math.ceil((tookSeconds / RESYNC_SECONDS) * (stage.shape.images + 1)), // should each be in one of its own
    resultWrites: after.writes - before.writes,
    restMiB: after.usage.rssMiB,
  };
  return { ...figures, checks: checksOf(figures) };
}

function checksOf(figures: Omit<Steady, 'checks'>): Steady['checks'] {
  const { resultWrites, xrayRequests, summariesByClock, coreShare, loopDelayP99Ms } = figures;
  const summaries = Object.entries(xrayRequests).filter(([what]) => what.includes('summary'));
  return {
    noResultWritten: resultWrites === 0,
    xrayAskedByClockAlone: summaries.reduce((sum, [, count]) => sum + count, 0) <= summariesByClock,
    below10PercentOfACore: coreShare < 0.1,
    loopDelayBelow20Ms: loopDelayP99Ms < 20,
  };
}

function countsOf(requests: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(requests, (one) => one)].map(([what, all]) => [what, all.length]));
}

/** Every other change is of something that is kept of a pod, so that its workload is judged again. */
async function change({ client, shape }: Stage, { seconds, changesASecond }: Pace): Promise<number> {
  const changes = seconds * changesASecond;
  const beganMs = performance.now();
  const turns = Array.from({ length: changes }, (_, turn) => turn).values();
  const work = async (): Promise<void> => {
    for (const count of turns) {
      await sleep(Math.max(0, beganMs + (count * 1_000) / changesASecond - performance.now()));
      const workload = (count * 7) % shape.workloads;
      const key = {
        namespace: namespaceOf(workload),
        name: `${nameOf(workload)}-7c9d4b8f6-${count % PODS_PER_WORKLOAD}`,
      };
      const patch =
        count % 2 === 0
          ? { body: { metadata: { labels: { turn: String(count) } } } }
          : { body: { status: { message: `turn ${count}` } }, subresource: 'status' as const }; // of which nothing is kept
      await client.patch(pods, key, { type: 'merge', fieldManager: 'bench', ...patch }, { signal: never });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return changes;
}
