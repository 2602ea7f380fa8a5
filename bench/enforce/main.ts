// bench: how quick enforcement is among ten thousand pods, and what it costs others. On a real control plane.
//   1. from a digest appearing on a pod, facts known, to the workload at zero
//   2. five hundred workloads that come to break a rule at once, and how quick the API server answers others meanwhile
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@dot-kube/operator';
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

/** Facts of the bad image are known from the ones that only Audit looks at. */
const together: Group = { namespace: 'together', count: 500, replicas: 1, image: pinned(BAD) };
const oneByOne: Group = { namespace: 'one-by-one', count: 500, replicas: 1, image: BAD };
const others: Group = { namespace: 'others', count: 900, replicas: 10, image: pinned(GOOD) };

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

/** How long a GET takes for somebody else, again and again until told to end. */
async function probe(client: KubeClient, isOver: () => boolean): Promise<readonly number[]> {
  const took: number[] = [];
  while (!isOver()) {
    const began = performance.now();
    await client.get(
      deployments,
      { namespace: others.namespace, name: nameOf(took.length % others.count) },
      { signal: never },
    );
    took.push(performance.now() - began);
    await sleep(PROBE_EVERY_MS);
  }
  return took;
}

async function probeFor(client: KubeClient, ms: number): Promise<readonly number[]> {
  const endMs = performance.now() + ms;
  return probe(client, () => performance.now() > endMs);
}

interface Mass {
  readonly seconds: number;
  readonly before: readonly number[];
  readonly meanwhile: readonly number[];
}

async function allAtOnce(client: KubeClient, stops: Stops): Promise<Mass> {
  const { namespace, count } = together;
  const before = await probeFor(client, PROBE_FOR_MS);
  const began = performance.now();
  let isOver = false;
  const probing = probe(client, () => isOver);
  const patch = { type: 'apply', body: policy('Enforce'), fieldManager: 'bench', force: true } as const;
  await client.patch(policies, { namespace, name: 'base' }, patch, { signal: never });
  const stoppedMs = (): readonly (number | undefined)[] =>
    Array.from({ length: count }, (_, i) => stops.atMs(namespace, nameOf(i)));
  await until('all are stopped', async () => stoppedMs().every((at) => at !== undefined));
  const last = Math.max(...stoppedMs().map((at) => at ?? 0));
  isOver = true;
  return { seconds: (last - began) / 1_000, before, meanwhile: await probing };
}

function quantiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1)} ms`;
  return `median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)} (${sorted.length})`;
}

const stage = await setStage([others, together, oneByOne]);
const stops = new Stops(stage.client);
try {
  const { client } = stage;
  const audit = { type: 'apply', body: policy('Audit'), fieldManager: 'bench', force: true } as const;
  const enforce = { ...audit, body: policy('Enforce') };
  await client.patch(policies, { namespace: oneByOne.namespace, name: 'base' }, enforce, { signal: never });
  await client.patch(policies, { namespace: together.namespace, name: 'base' }, audit, { signal: never });
  await sleep(10_000); // what the policies reach is judged again, and reported
  say(`from a digest on a pod to the workload at zero: ${quantiles(await digestToStop(client, stops))}`);
  const { seconds, before, meanwhile } = await allAtOnce(client, stops);
  say(`${together.count} workloads that break a rule at once, all at zero after ${seconds.toFixed(1)} s`);
  say(`a GET by somebody else before: ${quantiles(before)}`);
  say(`a GET by somebody else meanwhile: ${quantiles(meanwhile)}`);
} finally {
  await stops.close();
  await stage.close();
}
