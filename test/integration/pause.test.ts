// KEDA and Flux are told to leave a stopped workload alone, and get back exactly what was theirs. Neither runs here: what they
// read is an annotation, on a ScaledObject of the same shape and on the workload.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, type RunningOperator, startOperator, TOKEN } from './harness.js';
import { startProxiedOperator } from './proxied-operator.js';

const BAD = 'pause/web:bad';
const namespace = 'pause';
const ARGS = ['--pause-on-stop', 'KEDA,Flux'];
const SOON = { withinMs: 60_000, everyMs: 100 };
const REPLICAS = 'autoscaling.keda.sh/paused-replicas';
const MARK = 'kubexray.io/paused';
const FLUX = 'kustomize.toolkit.fluxcd.io/reconcile';

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  await apply(scaledObjectCrd, aNamespace(namespace));
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd/scaledobjects.keda.sh']);
  operator = await startOperator(ARGS);
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'crd', 'scaledobjects.keda.sh', '--ignore-not-found']);
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

type Annotations = Readonly<Record<string, string>>;

async function annotationsOf(kind: string, name: string): Promise<Annotations> {
  const { metadata } = await read<{ metadata: { annotations?: Annotations } }>(kind, namespace, name);
  const entries = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== 'deployment.kubernetes.io/revision',
  );
  return Object.fromEntries(entries);
}

async function becomes(kind: string, name: string, wanted: Annotations | object): Promise<void> {
  await eventually(async () => {
    expect(await annotationsOf(kind, name)).toEqual(wanted);
  }, SOON);
}

async function actionBecomes(name: string, action: string): Promise<void> {
  await eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, `deployment-${name}`);
    expect(status?.action).toBe(action);
  }, SOON);
}

const enforcing = anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } });
const auditing = anXrayPolicy(namespace, { mode: 'Audit', security: { actions: { default: 'ScaleDown' } } });

/** A Deployment with its ScaledObject, both with annotations of their own. */
async function start(name: string, ofKeda: Annotations, ofWorkload: Annotations = {}): Promise<void> {
  const workload = aWorkload(namespace, { name, image: BAD });
  const metadata = { namespace, name, annotations: ofWorkload };
  await apply({ ...workload, metadata }, aScaledObject(name, ofKeda));
}

const paused = (before?: string): object => ({
  [REPLICAS]: '0',
  [MARK]: expect.stringContaining(before === undefined ? '"uid":' : `"before":"${before}"`) as unknown,
});

test('both are paused with the stop, and are what they were before after it', async () => {
  await start('plain', {}, {});
  await start('valued', { [REPLICAS]: '2', mine: 'x' }, { [FLUX]: 'enabled', mine: 'y' });
  await apply(aScaledObject('stranger', {}));
  await apply(enforcing);
  await becomes('scaledobject', 'plain', paused());
  await becomes('scaledobject', 'valued', { ...paused('2'), mine: 'x' });
  expect(await annotationsOf('scaledobject', 'stranger')).toEqual({});
  for (const name of ['plain', 'valued']) {
    await actionBecomes(name, 'ScaledDown');
    expect(await annotationsOf('deployment', name)).toMatchObject({ [FLUX]: 'disabled' });
  }

  await apply(auditing);
  await becomes('scaledobject', 'plain', {});
  await becomes('scaledobject', 'valued', { [REPLICAS]: '2', mine: 'x' });
  await becomes('deployment', 'plain', {});
  await becomes('deployment', 'valued', { [FLUX]: 'enabled', mine: 'y' });
}, 120_000);

test('cut off between the stop and the pause, the next start pauses; what somebody changed meanwhile is left', async () => {
  await start('changed', {}, {});
  await apply(enforcing);
  await becomes('scaledobject', 'changed', paused());
  await operator.stop();
  await kubectl(['annotate', 'scaledobject', 'changed', '-n', namespace, `${REPLICAS}-`, `${MARK}-`]);
  operator = await startOperator(ARGS);
  await becomes('scaledobject', 'changed', paused());
  await actionBecomes('changed', 'ScaledDown'); // not still what it was before

  await kubectl(['annotate', 'scaledobject', 'changed', '-n', namespace, '--overwrite', `${REPLICAS}=5`]);
  await kubectl(['annotate', 'deployment', 'changed', '-n', namespace, '--overwrite', `${FLUX}=mine`]);
  await apply(auditing);
  await actionBecomes('changed', 'Audited');
  expect(await annotationsOf('scaledobject', 'changed')).toEqual({ [REPLICAS]: '5' });
  expect(await annotationsOf('deployment', 'changed')).toEqual({ [FLUX]: 'mine' });
}, 120_000);

test('a workload that is deleted while stopped leaves no ScaledObject paused', async () => {
  await start('gone', {});
  await apply(enforcing);
  await actionBecomes('gone', 'ScaledDown');
  await becomes('scaledobject', 'gone', paused());
  await kubectl(['delete', 'deployment', 'gone', '-n', namespace]);
  await becomes('scaledobject', 'gone', {});
}, 120_000);

test('without the right to pause KEDA the result says so, and what to do', async () => {
  await operator.stop();
  await start('refused', {});
  await apply(enforcing);
  const args = ['--leader-elect', 'false', ...ARGS];
  const proxied = await startProxiedOperator({ args, onAnswer: () => undefined });
  try {
    const paused = async (status: string, reason: string): Promise<string> =>
      eventually(async () => {
        const { status: is } = await read<XrayScanResult>('xscan', namespace, 'deployment-refused');
        const condition = is?.conditions?.find(({ type }) => type === 'Paused');
        expect(condition).toMatchObject({ status, reason });
        expect(is?.action).toBe('ScaledDown');
        return condition?.message ?? '';
      }, SOON);
    expect(await paused('False', 'PauseFailed')).toMatch(/can't be paused.*config\/rbac\/keda\.yaml/u);
    await kubectl(['apply', '-f', 'config/rbac/keda.yaml']);
    await paused('True', 'KedaPaused');
    await apply(auditing);
    await eventually(async () => {
      const { status } = await read<XrayScanResult>('xscan', namespace, 'deployment-refused');
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Paused', reason: 'Resumed' }));
    }, SOON);
  } finally {
    await proxied.process.stop();
    await proxied.close();
    await kubectl(['delete', '-f', 'config/rbac/keda.yaml', '--ignore-not-found']);
    operator = await startOperator(ARGS);
  }
}, 180_000);

function aScaledObject(name: string, annotations: Annotations): object {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { namespace, name, annotations },
    spec: { scaleTargetRef: { name }, triggers: [{ type: 'cron', metadata: { desiredReplicas: '3' } }] },
  };
}

const scaledObjectCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: { kind: 'ScaledObject', listKind: 'ScaledObjectList', plural: 'scaledobjects', singular: 'scaledobject' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
