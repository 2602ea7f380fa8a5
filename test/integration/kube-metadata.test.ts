// Xray is told which images run where, each change once, over a restart too; what cannot be told holds nothing up.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayConnection, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import {
  apply,
  installOperator,
  reconnect,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const namespace = 'told';
const kubeMetadata = { clusterUrl: 'https://prod-1.example.com:6443' };
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  for (const tag of ['web', 'db', 'later']) await simulator.put(digestOf(`told/${tag}:1`), {});
  await installOperator(simulator.url);
  await apply(aNamespace(namespace));
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } }));
  for (const name of ['web', 'db']) await apply(aWorkload(namespace, { name, image: `told/${name}:1` }));
  operator = await startOperator();
  for (const name of ['web', 'db']) await statusBecomes(namespace, `deployment-${name}`, { verdict: 'Compliant' });
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
}, 60_000);

/** `action workload`, of our namespace. */
async function told(): Promise<readonly string[]> {
  const all = await simulator.told();
  return all
    .filter((one) => Reflect.get(one, 'namespace') === namespace)
    .map((one) => [Reflect.get(one, 'action'), Reflect.get(one, 'pod_name')].join(' '));
}

async function toldBecomes(expected: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      expect([...(await told())].sort()).toEqual([...expected].sort());
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}

async function conditionBecomes(reason: string | undefined): Promise<void> {
  await eventually(
    async () => {
      const { status } = await read<XrayConnection>('xconn', '', 'default');
      expect(status?.conditions?.find(({ type }) => type === 'MetadataSent')?.reason).toBe(reason);
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}

test('each change is told once, and a restart repeats none', async () => {
  await conditionBecomes(undefined);
  expect(await told()).toEqual([]); // unless it is asked for
  await reconnect(simulator.url, { kubeMetadata });
  await toldBecomes([' web', ' db']);
  await conditionBecomes('Sent');
  expect(await simulator.told()).toContainEqual({
    pod_name: 'web',
    namespace,
    action: '',
    cluster_url: kubeMetadata.clusterUrl,
    components: [{ component_name: 'told/web:1', component_sha: digestOf('told/web:1').slice('sha256:'.length) }],
  });
  await eventually(
    async () => {
      for (const name of ['web', 'db']) {
        const { status } = await read<XrayScanResult>('xscan', namespace, `deployment-${name}`);
        expect(status?.toldXray).toMatch(/^[0-9a-f]{16}$/);
      }
    },
    { withinMs: 30_000, everyMs: 100 },
  );

  await simulator.addIssue(digestOf('told/web:1'), CRITICAL);
  await toldBecomes([' web', ' db', 'scaledown web']);
  await statusBecomes(namespace, 'deployment-web', { action: 'ScaledDown' });

  await operator.stop();
  operator = await startOperator();
  await apply(aWorkload(namespace, { name: 'later', image: 'told/later:1' }));
  await toldBecomes([' web', ' db', 'scaledown web', ' later']);
}, 120_000);

test('a call that is not there is said in a condition, and stopping goes on', async () => {
  await simulator.fail({ path: '/kube/metadata', status: 404 });
  await simulator.addIssue(digestOf('told/db:1'), CRITICAL);
  await statusBecomes(namespace, 'deployment-db', { action: 'ScaledDown' });
  await conditionBecomes('NotXray');
  const { status } = await read<XrayConnection>('xconn', '', 'default');
  expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  await simulator.fail({});
  await reconnect(simulator.url);
  await conditionBecomes(undefined);
}, 120_000);
