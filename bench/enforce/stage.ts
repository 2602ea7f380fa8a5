// bench/enforce: a cluster with ten thousand pods, an Xray that knows all of their images, and the operator as a process of its own.
// No pod is scheduled, so no kubelet is played: each pod's status is written by the benchmark itself.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { type Cluster, startCluster } from '../../test/cluster/cluster.js';
import { digestOf } from '../../test/cluster/digest.js';
import { runKubectl } from '../../test/cluster/kubectl.js';
import { type OperatorProcess, startOperatorProcess } from '../../test/operator-process.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/xray-simulator/process.js';

export const deployments = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};
export const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
export const policies = {
  group: 'kubexray.io',
  version: 'v1alpha1',
  plural: 'xraypolicies',
  kind: 'XrayPolicy',
  namespaced: true,
};
const results = { ...policies, plural: 'xrayscanresults', kind: 'XrayScanResult' };
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const connections = { ...policies, plural: 'xrayconnections', kind: 'XrayConnection', namespaced: false };

export const BAD = 'bench/app:bad';
export const GOOD = 'bench/app:good';
export const never: AbortSignal = new AbortController().signal;
const AT_ONCE = 32;
// Where the brake and the rate are, they are open: what is measured is the way from the digest to the write.
const OPEN = { KUBEXRAY_BRAKE_SHARE: '100', KUBEXRAY_ENFORCEMENTS: '100000' };

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export interface Stage {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly operator: OperatorProcess;
  close(): Promise<void>;
}

export interface Group {
  readonly namespace: string;
  readonly count: number;
  readonly replicas: number;
  /** Without a digest nobody can tell what it is before its pod's status does. */
  readonly image: string;
}

/** Starts all of it; resolves once every workload that can be judged has been. */
export async function setStage(groups: readonly Group[]): Promise<Stage> {
  const cluster = await startCluster({ onProgress: say });
  const simulator = await startSimulatorProcess({ token: 'good' });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfigPath);
  const client = await KubeClient.from(kubeConfig);
  await tellXray(simulator);
  await install(cluster, client, simulator.url);
  const beganMs = performance.now();
  for (const group of groups) await fill(client, group);
  const wanted = groups.reduce((sum, { count, replicas }) => sum + count * replicas, 0);
  await until(`${wanted} pods`, async () => (await countPods(client, groups)) >= wanted);
  say(`${wanted} pods of ${sizeOf(groups)} Deployments, ${Math.round((performance.now() - beganMs) / 1_000)} s`);

  Object.assign(process.env, OPEN);
  const operator = startOperatorProcess({ kubeconfigPath: cluster.kubeconfigPath, args: ['--leader-elect', 'false'] });
  await operator.inStep();
  await until('all are judged', async () => (await client.list(results, { signal: never })).length >= sizeOf(groups));
  return {
    cluster,
    client,
    operator,
    close: async () => {
      await operator.stop();
      await client.close();
      await simulator.close();
      await cluster.stop();
    },
  };
}

async function tellXray(simulator: SimulatorProcess): Promise<void> {
  await simulator.put(digestOf(GOOD), {});
  await simulator.put(digestOf(BAD), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-0001' }] }],
  });
}

async function install(cluster: Cluster, client: KubeClient, url: string): Promise<void> {
  await runKubectl(cluster, ['apply', '--server-side', '-k', 'crds']);
  await runKubectl(cluster, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  const namespace = 'kubexray-system';
  await client.create(namespaces, '', { metadata: { name: namespace } }, { signal: never });
  const secret = { metadata: { name: 'xray' }, stringData: { accessToken: 'good' } };
  await client.create(secrets, namespace, secret, { signal: never });
  const spec = {
    url,
    credentialsSecretRef: { name: 'xray' },
    indexResolution: 'None',
    rateLimit: { requestsPerSecond: 1_000, burst: 1_000 },
  };
  const connection = {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayConnection',
    metadata: { name: 'default' },
    spec,
  };
  await client.create(connections, '', connection, { signal: never });
}

async function fill(client: KubeClient, group: Group): Promise<void> {
  await client.create(namespaces, '', { metadata: { name: group.namespace } }, { signal: never });
  await atOnce(group.count, async (i) => {
    await client.create(deployments, group.namespace, deployment(i, group), { signal: never });
  });
}

function deployment(i: number, { replicas, image }: Group): object {
  const labels = { app: nameOf(i) };
  return {
    metadata: { name: nameOf(i) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { schedulerName: 'nobody', containers: [{ name: 'main', image }] } },
    },
  };
}

export function nameOf(i: number): string {
  return `app-${i}`;
}

export function policy(mode: 'Enforce' | 'Audit'): object {
  return {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayPolicy',
    metadata: { name: 'base' },
    spec: { mode, security: { actions: { deployments: 'ScaleDown' } } },
  };
}

/** All of `count`, some of them side by side. */
export async function atOnce(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await eventually(
    async () => {
      if (!(await isSo())) throw new Error(`not yet: ${what}`);
    },
    { withinMs: 300_000, everyMs: 1_000 },
  );
}

async function countPods(client: KubeClient, groups: readonly Group[]): Promise<number> {
  const counts = await Promise.all(
    groups.map(async ({ namespace }) => (await client.list(pods, { namespace, signal: never })).length),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function sizeOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
