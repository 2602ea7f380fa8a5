// bench/operator: one edit of a policy that selects everything; one new issue in an image that few or all run, and its end.
// That another image is rolled out is not a part of it: that takes controllers, which this server has not.
import { APPROVE_ANNOTATION } from '../../src/api/approve-annotation.js';
import { clusterPolicies, connections, deployments, never } from './kinds.js';
import { metricsOf, sumOf, usageOf } from './measured.js';
import { digestOf, issueOf, nameOf, namespaceOf, PROXY_IMAGE, referenceOf, SHARED_BY } from './shape.js';
import type { Settled } from './settled.js';
import { OWN_CONNECTION, policy, POLICY, say, sleep, type Stage, until } from './stage.js';

const POLL_INTERVAL_SECONDS = 5;
const RESYNC_INTERVAL_SECONDS = 30;
const WITHIN_MS = 120_000;
const REST_MS = 3_000;
const SEEN_GENERATION = 1_000; // more than any has
const SIDE_BY_SIDE = 16;

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

export async function changes(all: Settled): Promise<readonly Change[]> {
  const { stage } = all;
  await connect(stage, { pollInterval: `${POLL_INTERVAL_SECONDS}s` });
  await sleep(REST_MS + POLL_INTERVAL_SECONDS * 1_000);
  const sole = [keyOf(SHARED_BY)];
  const shared = keysOf(SHARED_BY);
  const everyone = keysOf(stage.shape.workloads);
  const running = (): readonly string[] => everyone.filter((key) => !all.sight.isStopped(key));
  const steps: readonly (readonly [string, () => readonly string[], () => Promise<void>])[] = [
    ['a new CVE in an image of one workload', () => sole, async () => newIssue(stage, referenceOf(1), 1)],
    ['a new CVE in an image of a hundred', () => shared, async () => newIssue(stage, referenceOf(0), 2)],
    ['a new CVE in an image of all: the brake holds', () => everyone, async () => newIssue(stage, PROXY_IMAGE, 3)],
    ['the policy is approved: all others are stopped', running, async () => approve(stage)],
    ['the CVE in an image of all is withdrawn', () => everyone, async () => withdrawn(stage, PROXY_IMAGE)],
    ['the CVE in an image of a hundred is withdrawn', () => shared, async () => withdrawn(stage, referenceOf(0))],
    // Those of the hundred have no issues any more, so nothing changes for them.
    ['an edit of the policy that selects all', () => everyone.slice(SHARED_BY), async () => edit(stage)],
  ];
  const done: Change[] = [];
  for (const [what, concerned, change] of steps) {
    const figures = await measured(all, what, concerned(), change);
    await stopsSeen(all, everyone);
    say(JSON.stringify(figures));
    done.push(figures);
  }
  return done;
}

function keyOf(workload: number): string {
  return `${namespaceOf(workload)}/${nameOf(workload)}`;
}

function keysOf(workloads: number): readonly string[] {
  return Array.from({ length: workloads }, (_, workload) => keyOf(workload));
}

/** The change is over when the result of each of these workloads was written since. */
async function measured(
  { sight, operator }: Settled,
  what: string,
  keys: readonly string[],
  change: () => Promise<void>,
): Promise<Change> {
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

/** As their controller would: before it has seen a stop, nothing is restored. */
async function stopsSeen({ stage: { client }, sight }: Settled, everyone: readonly string[]): Promise<void> {
  const left = everyone.filter((key) => sight.isStopped(key)).values();
  const work = async (): Promise<void> => {
    for (const key of left) {
      const [namespace = '', name = ''] = key.split('/');
      const body = { status: { observedGeneration: SEEN_GENERATION } };
      await client.patch(
        deployments,
        { namespace, name },
        { type: 'merge', subresource: 'status', fieldManager: 'bench', body },
        { signal: never },
      );
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
}

async function newIssue({ xray }: Stage, reference: string, number: number): Promise<void> {
  await xray.watch(digestOf(reference));
  await xray.addIssue(digestOf(reference), issueOf(900_000 + number, 'Critical'));
}

/** That something is gone Xray tells only when it is asked, so all images are asked about more often from now on. */
async function withdrawn(stage: Stage, reference: string): Promise<void> {
  await connect(stage, { resyncInterval: `${RESYNC_INTERVAL_SECONDS}s` });
  await stage.xray.put(digestOf(reference), { issues: [], licenses: ['Apache-2.0'], watched: false });
}

async function connect({ client }: Stage, spec: object): Promise<void> {
  await client.patch(
    connections,
    { namespace: '', name: OWN_CONNECTION },
    { type: 'merge', fieldManager: 'bench', body: { spec } },
    { signal: never },
  );
}

/** The newest form of the policy, which lets the brake go for it. */
async function approve({ client }: Stage): Promise<void> {
  const key = { namespace: '', name: POLICY };
  const { metadata } = await client.get<{ metadata: { generation: number } }>(clusterPolicies, key, { signal: never });
  const body = { metadata: { annotations: { [APPROVE_ANNOTATION]: String(metadata.generation) } } };
  await client.patch(clusterPolicies, key, { type: 'merge', fieldManager: 'bench', body }, { signal: never });
}

async function edit({ client }: Stage): Promise<void> {
  const patch = { type: 'apply', body: policy('High'), fieldManager: 'bench', force: true } as const;
  await client.patch(clusterPolicies, { namespace: '', name: POLICY }, patch, { signal: never });
}
