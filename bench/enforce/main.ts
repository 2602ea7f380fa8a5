// bench: how quick enforcement is among ten thousand pods, and what it costs others. On a real control plane.
//   1. from a digest appearing on a pod, facts known, to the workload at zero
//   2. five hundred workloads that come to break a rule at once, and how quick the API server answers others meanwhile
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, Patch } from '@dot-kube/operator';
import { digestOf } from '../../test/cluster/digest.js';
import {
  BAD,
  deployments,
  GOOD,
  type Group,
  nameOf,
  never,
  pods,
  policies,
  policy,
  say,
  setStage,
  until,
} from './stage.js';
import { Stops } from './stops.js';

const pinned = (image: string): string => `${image}@${digestOf(image)}`;
const BETWEEN_MS = 50;
const PROBE_EVERY_MS = 10;
const PROBE_FOR_MS = 15_000;
const MASS_FOR_MS = 60_000;

/** Facts of the bad image are known from the ones that only Audit looks at. */
const together: Group = { namespace: 'together', count: 500, replicas: 1, image: pinned(BAD) };
const oneByOne: Group = { namespace: 'one-by-one', count: 400, replicas: 1, image: BAD };
const others: Group = { namespace: 'others', count: 910, replicas: 10, image: pinned(GOOD) };

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
}

async function digestToStop(client: KubeClient, stops: Stops): Promise<readonly number[]> {
  const { namespace, count } = oneByOne;
  const podOf = new Map(
    (await client.list<Pod>(pods, { namespace, signal: never })).map(({ metadata }) => [
      metadata.labels['app'] ?? '',
      metadata.name,
    ]),
  );
  const toldMs = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const name = nameOf(i);
    const body = { status: { containerStatuses: [statusWith(digestOf(BAD))] } };
    const key = { namespace, name: podOf.get(name) ?? '' };
    toldMs.set(name, performance.now()); // the API server's own time for the write is in it
    await client.patch(
      pods,
      key,
      { type: 'merge', subresource: 'status', fieldManager: 'bench', body },
      { signal: never },
    );
    await sleep(BETWEEN_MS);
  }
  const isStopped = (name: string): boolean => stops.atMs(namespace, name) !== undefined;
  await until('all are stopped', async () => [...toldMs.keys()].every(isStopped));
  return [...toldMs].map(([name, told]) => (stops.atMs(namespace, name) ?? Number.NaN) - told);
}

function statusWith(digest: string): object {
  return {
    name: 'main',
    image: BAD,
    imageID: `registry.example.com/${BAD.split(':')[0] ?? ''}@${digest}`,
    ready: true,
    restartCount: 0,
    state: { running: {} },
  };
}

/** How long a GET takes for somebody else, again and again for so long. */
async function probeFor(client: KubeClient, ms: number): Promise<readonly number[]> {
  const took: number[] = [];
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    const key = { namespace: others.namespace, name: nameOf(took.length % others.count) };
    const began = performance.now();
    await client.get(deployments, key, { signal: never });
    took.push(performance.now() - began);
    await sleep(PROBE_EVERY_MS);
  }
  return took;
}

interface Mass {
  readonly stopped: number;
  readonly before: readonly number[];
  readonly meanwhile: readonly number[];
}

/** What comes to break a rule at once is stopped as fast as the rate allows; others are asked for how they fare meanwhile. */
async function allAtOnce(client: KubeClient, stops: Stops, forMs: number): Promise<Mass> {
  const { namespace, count } = together;
  const before = await probeFor(client, PROBE_FOR_MS);
  await client.patch(policies, { namespace, name: 'base' }, applied('Enforce'), { signal: never });
  const meanwhile = await probeFor(client, forMs);
  const names = Array.from({ length: count }, (_, i) => nameOf(i));
  const stopped = names.filter((name) => stops.atMs(namespace, name) !== undefined).length;
  return { stopped, before, meanwhile };
}

function applied(mode: 'Enforce' | 'Audit'): Patch {
  return { type: 'apply', body: policy(mode), fieldManager: 'bench', force: true };
}

function quantiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1)} ms`;
  return `median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)} (${sorted.length})`;
}

const stage = await setStage([others, together, oneByOne]);
const { client } = stage;
const stops = new Stops(client);
try {
  await client.patch(policies, { namespace: oneByOne.namespace, name: 'base' }, applied('Enforce'), { signal: never });
  await client.patch(policies, { namespace: together.namespace, name: 'base' }, applied('Audit'), { signal: never });
  const unlimited = await stage.operate(['--enforcements-per-minute', '100000']);
  say(`from a digest on a pod to the workload at zero: ${quantiles(await digestToStop(client, stops))}`);
  await unlimited.stop();
  const byDefault = await stage.operate([]);
  const { stopped, before, meanwhile } = await allAtOnce(client, stops, MASS_FOR_MS);
  say(
    `${together.count} workloads that break a rule at once: ${stopped} at zero after ${MASS_FOR_MS / 1_000} s, by the default rate`,
  );
  say(`a GET by somebody else before: ${quantiles(before)}`);
  say(`a GET by somebody else meanwhile: ${quantiles(meanwhile)}`);
  await byDefault.stop();
} finally {
  await stops.close();
  await stage.close();
}
