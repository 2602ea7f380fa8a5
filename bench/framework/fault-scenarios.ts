// The faults that recovery is measured of: each does its harm to one cache, and changes things meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { type AskedRequest, type Fault, goneInTheStream, refusal } from '@dot-kube/operator/testing';
import { runKubectl } from '@dot-kube/operator/testing/cluster';
import { isResume, isWatch, type Rig } from '../../packages/operator/test/integration/rig.js';
import { type Cluster } from '../../test/cluster/cluster.js';

export type LocalCluster = Cluster & Required<Pick<Cluster, 'restartApiServer' | 'etcdUrl'>>;

export interface Scenario {
  readonly name: string;
  /** How many there are at first; 200 by default. */
  readonly objects?: number;
  /** Gives what the cache's client shows when it is asked who it is; the admin's token by default. */
  readonly tokens?: (cluster: LocalCluster) => Promise<() => string>;
  /** @returns since when recovery counts, by `performance.now()` */
  readonly harm: (rig: Rig, cluster: LocalCluster) => Promise<number>;
}

/** Ten are deleted, ten changed, ten new, and five of the deleted there again. */
async function change(rig: Rig, round: number): Promise<void> {
  const from = (round * 20) % 180;
  await rig.removeMany(from, from + 10);
  await rig.putMany(from + 10, from + 20, `round ${round}`);
  await rig.putMany(1_000 + (round % 9) * 10, 1_010 + (round % 9) * 10, `round ${round}`);
  await rig.putMany(from, from + 5, 'again');
}

/**
 * So many answers are faulty, with changes all the while; `always` is done to all others until then.
 *
 * @returns when the last of them was given
 */
async function harmAnswers(rig: Rig, count: number, { of = isWatch, fault, always }: Harm): Promise<number> {
  let [given, lastMs] = [0, 0];
  rig.fault = (request) => {
    if (given === count) return undefined;
    if (!of(request)) return always?.(request);
    lastMs = performance.now();
    return fault(given++);
  };
  rig.proxy.breakConnections();
  for (let round = 0; given < count; round++) {
    await change(rig, round);
    await sleep(300);
  }
  return lastMs;
}

interface Harm {
  /** Which requests get it. */
  readonly of?: (request: AskedRequest) => boolean;
  readonly fault: (i: number) => Fault;
  readonly always?: (request: AskedRequest) => Fault | undefined;
}

/** A service account that may read, and another one that takes its place once it is gone. */
async function replacedToken({ kubectlPath, kubeconfigPath }: LocalCluster): Promise<() => string> {
  const kubectl = async (...args: string[]): Promise<string> => runKubectl({ kubectlPath, kubeconfigPath }, args);
  await kubectl(
    'create',
    'clusterrolebinding',
    'faults',
    '--clusterrole=view',
    '--group=system:serviceaccounts:default',
  );
  const tokens: string[] = [];
  for (const name of ['first', 'second']) {
    await kubectl('create', 'serviceaccount', name, '--namespace=default');
    tokens.push((await kubectl('create', 'token', name, '--namespace=default')).trim());
  }
  return () => tokens.shift() ?? '';
}

/** The API server knows of a token for ten seconds what it knew. */
async function revokeFirstToken(rig: Rig, { kubectlPath, kubeconfigPath }: LocalCluster): Promise<number> {
  await runKubectl({ kubectlPath, kubeconfigPath }, ['delete', 'serviceaccount', 'first', '--namespace=default']);
  await sleep(15_000);
  rig.proxy.breakConnections();
  const brokenMs = performance.now();
  await change(rig, 0);
  return brokenMs;
}

async function compact(rig: Rig, { etcdUrl, restartApiServer }: LocalCluster): Promise<number> {
  rig.fault = () => ({ kind: 'unreachable' });
  rig.proxy.breakConnections();
  await change(rig, 0);
  const status = await etcd(`${etcdUrl}/v3/maintenance/status`, {});
  await etcd(`${etcdUrl}/v3/kv/compaction`, { revision: status.header.revision, physical: true });
  await restartApiServer(); // it had the history in memory, too
  rig.fault = () => undefined;
  return performance.now();
}

async function etcd(url: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${url}: ${await answer.text()}`);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- etcd's API
  return (await answer.json()) as { header: { revision: string } };
}

const [TOO_MANY, INTERNAL] = [refusal(429, 'TooManyRequests', { 'retry-after': '1' }), refusal(500, 'InternalError')];

export const scenarios: readonly Scenario[] = [
  {
    name: 'five connections cut in the middle of a line, since the last cut',
    harm: async (rig) =>
      harmAnswers(rig, 5, { fault: (i) => ({ kind: 'cut', afterBytes: [10, 3_000, 5, 700, 1_501][i] ?? 1 }) }),
  },
  {
    name: 'the watch closed every second, ten times, since the last',
    harm: async (rig) => {
      await harmAnswers(rig, 10, { fault: () => ({ kind: 'end', afterMs: 1_000 }) });
      await sleep(1_000); // the last of them ends
      const endedMs = performance.now();
      await change(rig, 0);
      return endedMs;
    },
  },
  {
    name: 'the server silent without closing, since it fell silent',
    harm: async (rig) => harmAnswers(rig, 1, { fault: () => ({ kind: 'silence', from: Promise.resolve() }) }),
  },
  {
    name: '410 on four resumes, as a status and in the stream, since the last',
    harm: async (rig) =>
      harmAnswers(rig, 4, {
        of: isResume,
        fault: (i) => (i % 2 === 0 ? refusal(410, 'Expired') : goneInTheStream()),
        always: (request) => (isWatch(request) ? { kind: 'end', afterMs: 6_000 } : undefined), // sooner it would demote
      }),
  },
  {
    name: 'six answers of 429 and 500, since the last',
    harm: async (rig) => harmAnswers(rig, 6, { fault: (i) => (i % 2 === 0 ? TOO_MANY : INTERNAL) }),
  },
  {
    name: 'the API server stopped for a minute, since it was ready again',
    harm: async (rig, { restartApiServer }) => {
      await restartApiServer({ downForMs: 60_000 });
      const readyMs = performance.now();
      await change(rig, 0);
      return readyMs;
    },
  },
  { name: 'etcd compacted while the watch was away, since it could come back', harm: compact },
  {
    name: 'the token revoked and the connection broken, since then',
    tokens: replacedToken,
    harm: revokeFirstToken,
  },
  {
    name: '10,000 objects deleted at once, since the API server had answered',
    objects: 10_000,
    harm: async (rig) => {
      await rig.removeAll();
      return performance.now();
    },
  },
];
