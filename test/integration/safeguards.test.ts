// What a stop must not take with it, and what it has to tell: volumes, protected workloads, budgets. On the real controllers.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, replicasOf, type RunningOperator, startOperator, TOKEN } from './harness.js';

const BAD = 'safeguards/web:bad';
const SOON = { withinMs: 60_000, everyMs: 200 };
const namespaces: string[] = [];

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  operator = await startOperator(['--honour-protected-label', 'true']);
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...namespaces]);
}, 60_000);

async function newNamespace(name: string, labels: object = {}): Promise<string> {
  namespaces.push(name);
  await apply({ ...aNamespace(name), metadata: { name, labels } });
  return name;
}

function policyThat(namespace: string, actions: object): object {
  return anXrayPolicy(namespace, { mode: 'Enforce', security: { actions } });
}

async function becomes(namespace: string, result: string, action: string, reason: string): Promise<string> {
  return eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, result);
    expect(status).toMatchObject({ verdict: 'Violating', action });
    const enforced = status?.conditions?.find(({ type }) => type === 'Enforced');
    expect(enforced?.reason).toBe(reason);
    return enforced?.message ?? '';
  }, SOON);
}

/** With a volume for each pod, which goes with it. */
function aSetWithClaims(namespace: string, retention: object): object {
  const labels = { app: 'db' };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { namespace, name: 'db' },
    spec: {
      replicas: 2,
      serviceName: 'db',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      persistentVolumeClaimRetentionPolicy: retention,
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: BAD }] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'safeguards',
            volumeName: '',
            resources: { requests: { storage: '1Mi' } },
          },
        },
      ],
    },
  };
}

/** No provisioner runs here: the claims are bound to these by the real controller, so that the pods are scheduled. */
function aVolume(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'safeguards',
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/tmp/safeguards' },
    },
  };
}

async function claims(namespace: string): Promise<readonly string[]> {
  const text = await kubectl(['get', 'pvc', '-n', namespace, '-o', 'name']);
  return text.split('\n').filter((line) => line !== '');
}

test.each([
  ['ScaleDown', 'whenScaled', 'ScaledDown'],
  ['Delete', 'whenDeleted', 'Deleted'],
] as const)(
  '%s deletes no volume, unless the policy allows it',
  async (action, field, done) => {
    const namespace = await newNamespace(`safeguards-${action.toLowerCase()}`);
    await apply(aVolume(`${namespace}-0`), aVolume(`${namespace}-1`));
    await apply(policyThat(namespace, { statefulSets: action }), aSetWithClaims(namespace, { [field]: 'Delete' }));
    const why = await becomes(namespace, 'statefulset-db', 'Held', 'WouldDeleteClaims');
    expect(why).toContain(`persistentVolumeClaimRetentionPolicy.${field}: Delete`);
    expect(await replicasOf('StatefulSet', namespace, 'db')).toBe(2);
    expect(await claims(namespace)).toHaveLength(2);

    await apply(policyThat(namespace, { statefulSets: action, allowDataLoss: true }));
    await becomes(namespace, 'statefulset-db', done, done);
    await eventually(async () => {
      expect(await claims(namespace)).toEqual([]);
    }, SOON);
    await kubectl(['delete', 'pv', `${namespace}-0`, `${namespace}-1`, '--wait=false']);
  },
  120_000,
);

test('where the deletion would take volumes along, the stop that another policy asks for is done', async () => {
  const namespace = await newNamespace('safeguards-instead');
  await apply(aVolume(`${namespace}-0`), aVolume(`${namespace}-1`));
  const stopping = { mode: 'Enforce', security: { actions: { statefulSets: 'ScaleDown' } } };
  await apply(
    policyThat(namespace, { statefulSets: 'Delete' }),
    anXrayPolicy(namespace, stopping, 'stop'),
    aSetWithClaims(namespace, { whenDeleted: 'Delete' }),
  );
  const message = await becomes(namespace, 'statefulset-db', 'ScaledDown', 'ScaledDown');
  expect(message).toMatch(
    new RegExp(`^Stopped for policy ${namespace}/stop;.* A policy asks to delete it, which is refused: `),
  );
  expect(await replicasOf('StatefulSet', namespace, 'db')).toBe(0);
  expect(await claims(namespace)).toHaveLength(2);

  await apply(anXrayPolicy(namespace, { ...stopping, mode: 'Audit' }, 'stop'));
  await becomes(namespace, 'statefulset-db', 'Held', 'WouldDeleteClaims');
  await kubectl(['delete', 'pv', `${namespace}-0`, `${namespace}-1`, '--wait=false']);
}, 120_000);

test('a label on a workload protects it, and no longer once it is taken off', async () => {
  const namespace = await newNamespace('safeguards-workload-label');
  const workload = { ...aWorkload(namespace, { image: BAD }) };
  await apply(policyThat(namespace, { deployments: 'ScaleDown' }), {
    ...workload,
    metadata: { namespace, name: 'web', labels: { 'kubexray.io/protected': 'true' } },
  });
  await becomes(namespace, 'deployment-web', 'Held', 'ProtectedByLabel');
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
  await kubectl(['label', 'deployment', 'web', '-n', namespace, 'kubexray.io/protected-']);
  await becomes(namespace, 'deployment-web', 'ScaledDown', 'ScaledDown');
}, 90_000);

test('a label on a namespace protects what is in it, and no longer once it is taken off', async () => {
  const namespace = await newNamespace('safeguards-namespace-label', { 'kubexray.io/protected': 'true' });
  await apply(policyThat(namespace, { deployments: 'ScaleDown' }), aWorkload(namespace, { image: BAD }));
  await becomes(namespace, 'deployment-web', 'Held', 'ProtectedByLabel');
  await kubectl(['label', 'namespace', namespace, 'kubexray.io/protected-']);
  await becomes(namespace, 'deployment-web', 'ScaledDown', 'ScaledDown');
}, 90_000);

test('a stop that goes beyond a PodDisruptionBudget says so, in the condition and in the Event', async () => {
  const namespace = await newNamespace('safeguards-budget');
  await apply(
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { namespace, name: 'web' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    },
    aWorkload(namespace, { image: BAD }),
  );
  await kubectl(['wait', '-n', namespace, '--for=jsonpath={.status.disruptionsAllowed}=1', 'pdb/web', '--timeout=60s']);
  await apply(policyThat(namespace, { deployments: 'ScaleDown' }));
  const message = await becomes(namespace, 'deployment-web', 'ScaledDown', 'ScaledDown');
  expect(message).toContain('It went beyond PodDisruptionBudget web.');
  const args = ['get', 'events.events.k8s.io', '-n', namespace, '-o', 'jsonpath={.items[*].note}'];
  expect(await kubectl([...args, '--field-selector', 'reason=ScaledDown'])).toContain('PodDisruptionBudget web');
}, 90_000);
