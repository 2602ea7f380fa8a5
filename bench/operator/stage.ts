// bench/operator: the server with its pods, the simulated Xray that answers after 50 ms, and the operator as its image runs it.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KubeClient } from '@dot-kube/operator';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import { buildPrograms } from '../../test/cluster/cluster.js';
import { type OperatorProcess, startOperatorProcess } from '../../test/operator-process.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../test/xray-simulator/process.js';
import type { BenchServer } from '../framework/server.js';
import { bodyOf } from './body.js';
import { connections, clusterPolicies, namespaceKind, never, secrets } from './kinds.js';
import { type Sample, samplesIn } from './measured.js';
import { profileFlags } from './profiles.js';
import { knownToXray, type Shape, shapeOf } from './shape.js';
import { clientOf, storedServer } from './stored.js';

const OWN_NAMESPACE = 'kubexray-system';
export const POLICY = 'base';
export const OWN_CONNECTION = 'default';
const XRAY_LATENCY_MS = 50;
const EVERY_MS = 100;
const CUSTOM_KINDS = ['xrayconnections', 'clusterxraypolicies', 'xraypolicies', 'xrayexceptions', 'xrayscanresults'];
const { MAX_HEAP_MIB = '256' } = process.env;
/** As in the image; the limit is the chart's `maxHeapMiB`. */
const NODE_FLAGS = [`--max-old-space-size=${MAX_HEAP_MIB}`, '--max-semi-space-size=8'];
const PROGRAM = 'dist/kubexray-operator.cjs';
const run = promisify(execFile);

export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export interface RunningOperator {
  readonly process: OperatorProcess;
  readonly metricsPort: number;
  readonly healthPort: number;
  readonly startedMs: number;
}

export interface Stage {
  readonly shape: Shape;
  readonly server: BenchServer;
  readonly client: KubeClient;
  readonly xray: SimulatorProcess;
  operate(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunningOperator>;
  /** Of the API server. */
  metrics(): Promise<readonly Sample[]>;
  close(): Promise<void>;
}

export async function buildOperator(): Promise<void> {
  await run(process.execPath, ['scripts/build.mjs']);
}

export async function setStage(pods: number, say: (line: string) => void): Promise<Stage> {
  const shape = shapeOf(pods);
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-bench-'));
  const seed = join(directory, 'xray.json');
  await writeFile(seed, JSON.stringify(knownToXray(shape)));
  const xray = await startSimulatorProcess({ token: 'good', seed });
  await xray.fail({ delayMs: XRAY_LATENCY_MS });
  const server = await storedServer(await buildPrograms({ onProgress: say }), shape);
  const client = await clientOf(server);
  await install(server, client, xray.url);
  return {
    shape,
    server,
    client,
    xray,
    operate: async (args = [], env = {}) => {
      const [metricsPort = 0, healthPort = 0] = await freePorts(2);
      const ports = ['--metrics-port', String(metricsPort), '--health-port', String(healthPort), '--hook-port', '0'];
      const startedMs = performance.now();
      const operator = startOperatorProcess({
        kubeconfigPath: server.kubeconfigPath,
        program: [...NODE_FLAGS, ...profileFlags(), PROGRAM],
        env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '', ...env },
        args: [...ports, ...args],
      });
      return { process: operator, metricsPort, healthPort, startedMs };
    },
    metrics: async () => {
      const call = { method: 'GET', verb: 'get', path: '/metrics', accept: 'text/plain' } as const;
      return samplesIn(await bodyOf(client, call));
    },
    close: async () => {
      await client.close();
      await xray.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function install({ kubeconfigPath }: BenchServer, client: KubeClient, url: string): Promise<void> {
  const kubectl = join(await buildPrograms({ onProgress: say }), 'kubectl');
  await run(kubectl, ['--kubeconfig', kubeconfigPath, 'apply', '--server-side', '-k', 'crds']);
  await run(kubectl, [
    '--kubeconfig',
    kubeconfigPath,
    'wait',
    '--for=condition=Established',
    'crd',
    '--all',
    '--timeout=60s',
  ]);
  await until('the API server serves the new kinds', 60_000, async () => isServed(client));
  await client.create(namespaceKind, '', { metadata: { name: OWN_NAMESPACE } }, { signal: never });
  const secret = { metadata: { name: 'xray' }, stringData: { accessToken: 'good' } };
  await client.create(secrets, OWN_NAMESPACE, secret, { signal: never });
  const spec = {
    url,
    credentialsSecretRef: { name: 'xray' },
    indexResolution: 'None',
    rateLimit: { requestsPerSecond: 1_000, burst: 1_000 },
  };
  await client.create(connections, '', custom('XrayConnection', OWN_CONNECTION, spec), { signal: never });
  await client.create(clusterPolicies, '', policy('Critical'), { signal: never });
}

/** From its cache, which it fills only once a kind is asked for. */
async function isServed(client: KubeClient): Promise<boolean> {
  const query = { resourceVersion: '0', limit: '1' };
  const calls = CUSTOM_KINDS.map(async (kind) => {
    const path = `/apis/kubexray.io/v1alpha1/${kind}`;
    await bodyOf(client, { method: 'GET', verb: 'list', path, query });
  });
  return Promise.all(calls).then(
    () => true,
    () => false,
  );
}

export function policy(minSeverity: 'Critical' | 'High'): object {
  const security = { minSeverity, actions: { deployments: 'ScaleDown' } };
  const license = { denied: ['AGPL-3.0-*'], actions: { deployments: 'ScaleDown' } };
  return custom('ClusterXrayPolicy', POLICY, { tier: 'Required', mode: 'Enforce', security, license });
}

function custom(kind: string, name: string, spec: object): object {
  return { apiVersion: 'kubexray.io/v1alpha1', kind, metadata: { name }, spec };
}

export async function until(
  what: string,
  withinMs: number,
  isSo: () => boolean | Promise<boolean>,
  everyMs = EVERY_MS,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs / 1_000} s: ${what}`);
    await sleep(everyMs);
  }
}

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
