// A workload of a kind that is not Kubernetes' own: found by discovery, stopped by its scale subresource, with rights that are given for it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, eventReasons, installOperator, OPERATOR_NAMESPACE, TOKEN } from './harness.js';
import { rolloutCrd, type Written, aRollout, podOf } from './rollouts.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';

const BAD = 'custom/web:bad';
const namespace = 'custom-kinds';
const OPERATOR = `system:serviceaccount:${OPERATOR_NAMESPACE}:kubexray-operator`;
const SOON = { withinMs: 60_000, everyMs: 200 };

let simulator: SimulatorProcess;
let operator: ProxiedOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  await apply(rolloutCrd, aNamespace(namespace));
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd/rollouts.argoproj.io']);
  await kubectl(['delete', '--ignore-not-found', '-f', 'config/rbac/custom-kinds.yaml']);
  operator = await startProxiedOperator({ args: ['--leader-elect', 'false'], onAnswer: () => undefined });
  await operator.process.inStep();
}, 90_000);

afterAll(async () => {
  await operator.process.stop();
  await operator.close();
  await simulator.close();
  await kubectl(['delete', '--ignore-not-found', '-f', 'config/rbac/custom-kinds.yaml']);
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
}, 60_000);

async function becomes(name: string, wanted: object): Promise<XrayScanResult> {
  return eventually(async () => {
    const result = await read<XrayScanResult>('xscan', namespace, `rollout.argoproj.io-${name}`);
    expect(result.status).toMatchObject(wanted);
    return result;
  }, SOON);
}

/** Makes a Rollout, and the pods that its controller would make. */
async function roll(name: string, replicas: number): Promise<void> {
  await apply(aRollout(namespace, name, BAD, replicas));
  const { metadata } = await read<Written>('rollout', namespace, name);
  const { uid } = metadata;
  await apply(...Array.from({ length: replicas }, (_, i) => podOf({ namespace, name, uid }, `${name}-${i}`, BAD)));
}

async function policyThat(mode: 'Audit' | 'Enforce', action: string): Promise<void> {
  await apply(anXrayPolicy(namespace, { mode, security: { actions: { default: action } } }));
}

async function written(name: string): Promise<object> {
  const { metadata, spec } = await read<Written>('rollout', namespace, name);
  return { uid: metadata.uid, annotations: metadata.annotations ?? {}, labels: metadata.labels ?? {}, spec };
}

test('without the right for it, the result says which one is missing', async () => {
  await policyThat('Enforce', 'ScaleDown');
  await roll('web', 2);
  const { status } = await becomes('web', { verdict: 'Violating', action: 'Held' });
  const enforced = status?.conditions?.find(({ type }) => type === 'Enforced');
  expect(enforced).toMatchObject({ status: 'False', reason: 'NotPermitted' });
  expect(enforced?.message).toMatch(/cannot get resource "rollouts" in API group "argoproj.io"/);
  expect(enforced?.message).toMatch(/config\/rbac\/custom-kinds.yaml/);
}, 90_000);

test('with the right it is scaled down by its scale subresource, and comes back as it was', async () => {
  await policyThat('Audit', 'ScaleDown');
  await becomes('web', { action: 'Audited' });
  const before = await written('web');
  await kubectl(['apply', '-f', 'config/rbac/custom-kinds.yaml']);
  // The authorizer learns of it a moment later, and who was refused asks again only after minutes.
  const canI = ['auth', 'can-i', 'patch', 'rollouts.argoproj.io', '-n', namespace, `--as=${OPERATOR}`];
  await eventually(async () => kubectl([...canI, '--subresource=scale']), SOON);

  await policyThat('Enforce', 'ScaleDown');
  await becomes('web', { action: 'ScaledDown', enforcement: { action: 'ScaledDown', replicas: 2 } });
  expect((await read<Written>('rollout', namespace, 'web')).spec).toMatchObject({ replicas: 0 });
  await kubectl(['delete', 'pod', '-n', namespace, '-l', 'app=web', '--wait=true']); // as its controller would
  await becomes('web', { verdict: 'Violating', action: 'ScaledDown' });

  await policyThat('Audit', 'ScaleDown');
  await becomes('web', { enforcement: { action: 'Restored', replicas: 2 } });
  await eventually(async () => {
    expect(await written('web')).toEqual(before);
  }, SOON);
  expect(await eventReasons(namespace, 'Rollout', 'web')).toEqual(
    expect.arrayContaining(['NotPermitted', 'ScaledDown', 'Restored']),
  );
}, 90_000);

test('it is deleted where the policy says so', async () => {
  await roll('gone', 1);
  await becomes('gone', { verdict: 'Violating', action: 'Audited' });
  await policyThat('Enforce', 'Delete');
  await becomes('gone', { action: 'Deleted' });
  await eventually(async () => {
    await expect(read('rollout', namespace, 'gone')).rejects.toMatchObject({ reason: 'NotFound' });
  }, SOON);
}, 90_000);
