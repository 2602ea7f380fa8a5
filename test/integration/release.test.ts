// The operator goes, and `kubexray release --all` leaves nothing that tells of it: every kind is as it was before.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { BUILT_IN_KINDS, type BuiltInKind } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, pinned } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, OPERATOR_NAMESPACE, type RunningOperator, startOperator, TOKEN } from './harness.js';
import { type Ended, kubexray } from '../command-line.js';
import { workloadOfKind } from './kind-manifests.js';

const BAD = 'release/web:bad';
const namespace = 'release-all';
const SOON = { withinMs: 60_000, everyMs: 200 };
const kinds = BUILT_IN_KINDS.filter((kind) => kind !== 'Pod');

let simulator: SimulatorProcess;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await simulator.close();
  await kubectl(['delete', 'lease', 'kubexray-operator', '-n', OPERATOR_NAMESPACE, '--ignore-not-found']);
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

async function release(...args: readonly string[]): Promise<Ended> {
  return kubexray(['release', '-n', namespace, ...args]);
}

interface Live {
  readonly metadata: {
    readonly labels?: object;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/** What users see of it; the API server counts the changes of a DaemonSet's template in an annotation of its own. */
async function seen(kind: BuiltInKind): Promise<object> {
  const { metadata, spec } = await read<Live>(kind, namespace, 'web');
  const annotations = { ...metadata.annotations, 'deprecated.daemonset.template.generation': '' };
  return { spec, labels: metadata.labels, annotations };
}

async function stopped(kind: BuiltInKind): Promise<void> {
  await eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Enforced', status: 'True' }));
    expect(['ScaledDown', 'Suspended']).toContain(status?.action);
  }, SOON);
}

test('what every kind was before it was stopped it is again, and no note is left', async () => {
  await apply(aNamespace(namespace));
  await apply(...kinds.map((kind) => workloadOfKind(kind, namespace, pinned(BAD))));
  await kubectl(['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=60s']);
  const before = await Promise.all(kinds.map(seen));
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } }));
  operator = await startOperator();
  for (const kind of kinds) await stopped(kind);
  await operator.stop();
  operator = undefined;

  await apply(aLease());
  const refused = await release('--all', '--yes');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.err).toMatch(/nothing was done: the operator is running \(another\), and would stop .* again/u);
  await kubectl(['delete', 'lease', 'kubexray-operator', '-n', OPERATOR_NAMESPACE]);

  const unasked = await release('--all');
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('nobody to ask; --yes does it') });
  const done = await release('--all', '--yes');
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(await Promise.all(kinds.map(seen))).toEqual(before);
  await eventually(async () => {
    const all = await kubectl(['get', 'deploy,sts,ds,rs,rc,job,cj', '-n', namespace, '-o', 'yaml']);
    expect(all).not.toMatch(/[^.]kubexray\.io/u);
  }, SOON);
  expect(await release('--all', '--yes')).toMatchObject({ code: 1, out: '' });
}, 180_000);

function aLease(): object {
  const renewTime = new Date().toISOString().replace('Z', '000Z'); // a MicroTime
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'kubexray-operator', namespace: OPERATOR_NAMESPACE },
    spec: { holderIdentity: 'another', leaseDurationSeconds: 60, renewTime },
  };
}
