// bench: from a web hook's arrival to the patched workload, on a real control plane, with an Xray that answers in 50 ms.
// `node scripts/run-ts.mjs bench/xray/hook-to-stop.ts [ROUNDS]`
import { KubeConfig } from '@kubernetes/client-node';
import { type KubeClient, KubeClient as Client } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { request } from 'undici';
import { startCluster } from '../../test/cluster/cluster.js';
import { digestOf } from '../../test/cluster/digest.js';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import { runKubectl } from '../../test/cluster/kubectl.js';
import { startOperatorProcess } from '../../test/operator-process.js';
import { startSimulatorProcess } from '../../test/xray-simulator/process.js';

const rounds = Number(process.argv[2] ?? 100);
const XRAY_MS = 50;
const deployments = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true };
const never = new AbortController().signal;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const cluster = await startCluster({ onProgress: say });
const simulator = await startSimulatorProcess({ token: 'good' });
const [hookPort = 0] = await freePorts(1);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(cluster.kubeconfigPath);
const client: KubeClient = await Client.from(kubeConfig);
const kubectl = async (args: string, objects?: readonly object[]): Promise<string> =>
  runKubectl(cluster, args.split(' '), {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects ?? [] }),
  });
const names = Array.from({ length: rounds }, (_, at) => `web-${at}`);
const imageOf = (name: string): string => `bench/${name}:1`;

function deployment(name: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'bench', name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: imageOf(name) }] } },
    },
  };
}

for (const name of names) await simulator.put(digestOf(imageOf(name)), {});
await kubectl('apply --server-side -k crds');
await kubectl('wait --for=condition=Established crd --all --timeout=30s');
await kubectl('apply --server-side -f -', [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubexray-system' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } },
]);
await kubectl('apply --server-side -f -', [
  ...[
    ['xray', { accessToken: 'good' }],
    ['hook', { token: 'agreed-on' }],
  ].map(([name, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kubexray-system', name },
    stringData,
  })),
  {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayConnection',
    metadata: { name: 'default' },
    spec: {
      url: simulator.url,
      credentialsSecretRef: { name: 'xray' },
      pollInterval: '1h',
      indexResolution: 'None',
      rateLimit: { requestsPerSecond: 1000, burst: 1000 },
      webhook: { tokenSecretRef: { name: 'hook' } },
    },
  },
  {
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayPolicy',
    metadata: { namespace: 'bench', name: 'base' },
    spec: { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } },
  },
  ...names.map(deployment),
]);
const operator = startOperatorProcess({
  kubeconfigPath: cluster.kubeconfigPath,
  args: ['--hook-port', String(hookPort), '--brake-share', '100', '--enforcements-per-minute', '100000'],
});
await operator.inStep();
await eventually(
  async () => {
    const shown = await kubectl('get xscan -n bench --no-headers');
    if (shown.split('Compliant').length <= rounds) throw new Error('not all are judged yet');
  },
  { withinMs: 180_000, everyMs: 500 },
);
await simulator.fail({ delayMs: XRAY_MS });

async function stopped(name: string): Promise<number> {
  const digest = digestOf(imageOf(name));
  await simulator.addIssue(digest, { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' });
  const body = JSON.stringify({ issues: [{ type: 'security', impacted_artifacts: [{ sha256: digest.slice(7) }] }] });
  const began = performance.now();
  const { statusCode, body: answer } = await request(`http://127.0.0.1:${hookPort}/`, {
    method: 'POST',
    headers: { 'x-auth-token': 'agreed-on' },
    body,
  });
  await answer.dump();
  if (statusCode !== 202) throw new Error(`the hook was answered with ${statusCode}`);
  for (;;) {
    const { spec } = await client.get<{ spec: { replicas: number } }>(
      deployments,
      { namespace: 'bench', name },
      { signal: never },
    );
    if (spec.replicas === 0) return performance.now() - began;
  }
}

try {
  const times: number[] = [];
  for (const name of names) times.push(await stopped(name));
  times.sort((a, b) => a - b);
  const at = (share: number): string => `${(times[Math.ceil(times.length * share) - 1] ?? 0).toFixed(0)} ms`;
  say(
    `${rounds} hooks, Xray answers in ${XRAY_MS} ms: median ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, worst ${at(1)}`,
  );
} finally {
  await operator.stop();
  await client.close();
  await simulator.close();
  await cluster.stop();
}
