// bench/operator: one edit of a policy that selects everything; one new issue in an image that few or all run.
// That an image is fixed is not a part of it: a rollout takes controllers, which this server has not.
import { clusterPolicies, connections, never } from './kinds.js';
import { metricsOf, sumOf, usageOf } from './measured.js';
import { digestOf, issueOf, nameOf, namespaceOf, PROXY_IMAGE, referenceOf, SHARED_BY } from './shape.js';
import { type Settled, settled } from './settled.js';
import { OWN_CONNECTION, policy, POLICY, sleep, until } from './stage.js';

const POLL_INTERVAL_SECONDS = 5;
const WITHIN_MS = 120_000;
const REST_MS = 3_000;

export interface Change {
  readonly what: string;
  readonly workloads: number;
  /** From the change to the first and to the last of what came of it; a poll of Xray is 5 s apart. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly cpuSeconds: number;
  readonly stopped: number;
  readonly restored: number;
  readonly resultWrites: number;
  readonly patches: number;
  readonly loopDelayP99Ms: number;
}

export async function changes(pods: number): Promise<readonly Change[]> {
  const args = ['--enforcements-per-minute', '100000'];
  return settled(pods, { name: 'changes', args }, async (all) => {
    const { stage } = all;
    await stage.client.patch(
      connections,
      { namespace: '', name: OWN_CONNECTION },
      { type: 'merge', fieldManager: 'bench', body: { spec: { pollInterval: `${POLL_INTERVAL_SECONDS}s` } } },
      { signal: never },
    );
    await sleep(REST_MS + POLL_INTERVAL_SECONDS * 1_000);
    const { workloads } = stage.shape;
    const sole = [SHARED_BY];
    const shared = Array.from({ length: SHARED_BY }, (_, i) => i);
    const everyone = Array.from({ length: workloads }, (_, i) => i);
    return [
      await measured(all, 'a new CVE in an image of one workload', sole, async () => newIssue(all, referenceOf(1), 1)),
      await measured(all, 'a new CVE in an image of a hundred', shared, async () => newIssue(all, referenceOf(0), 2)),
      await measured(all, 'a new CVE in an image of all', everyone, async () => newIssue(all, PROXY_IMAGE, 3)),
      await measured(all, 'an edit of the policy that selects all', everyone, async () => edit(all)),
    ];
  });
}

/** The change is over when the result of each of these workloads was written since. */
async function measured(
  { sight, operator }: Settled,
  what: string,
  concerned: readonly number[],
  change: () => Promise<void>,
): Promise<Change> {
  const keys = concerned.map((workload) => `${namespaceOf(workload)}/${nameOf(workload)}`);
  const { pid } = operator.process;
  const before = { usage: await usageOf(pid), writes: sight.writes, patches: await patchesOf(operator.metricsPort) };
  const beganMs = performance.now();
  await change();
  const atMs = (key: string): number => sight.resultLastMs.get(key) ?? 0;
  await until(what, WITHIN_MS, () => keys.every((key) => atMs(key) > beganMs));
  await sleep(REST_MS); // what comes after it is a part of it
  const times = keys.map((key) => (atMs(key) - beganMs) / 1_000);
  const since = (all: ReadonlyMap<string, number>): number => [...all.values()].filter((ms) => ms > beganMs).length;
  const metrics = await metricsOf(operator.metricsPort);
  return {
    what,
    workloads: keys.length,
    firstSeconds: Math.min(...times),
    lastSeconds: Math.max(...times),
    cpuSeconds: (await usageOf(pid)).cpuSeconds - before.usage.cpuSeconds,
    stopped: since(sight.stoppedMs),
    restored: since(sight.restoredMs),
    resultWrites: sight.writes - before.writes,
    patches: (await patchesOf(operator.metricsPort)) - before.patches,
    loopDelayP99Ms: sumOf(metrics, 'dotkube_event_loop_delay_seconds') * 1_000,
  };
}

async function patchesOf(port: number): Promise<number> {
  return sumOf(await metricsOf(port), 'rest_client_requests_total', { method: 'PATCH' });
}

async function newIssue({ stage }: Settled, reference: string, number: number): Promise<void> {
  await stage.xray.watch(digestOf(reference));
  await stage.xray.addIssue(digestOf(reference), issueOf(900_000 + number, 'Critical'));
}

async function edit({ stage: { client } }: Settled): Promise<void> {
  const patch = { type: 'apply', body: policy('High'), fieldManager: 'bench', force: true } as const;
  await client.patch(clusterPolicies, { namespace: '', name: POLICY }, patch, { signal: never });
}
