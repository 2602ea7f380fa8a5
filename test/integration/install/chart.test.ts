// A release from its first day to its last: installed, narrowed, upgraded while workloads are stopped, uninstalled.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { XrayPolicyStatus, XrayScanResult } from '../../../src/api/v1alpha1/types.js';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { helm, helmPath } from '../../helm/helm.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, anXrayException, anXrayPolicy, aWorkload } from '../../builders/manifests.js';
import { read } from '../../cluster/live.js';
import { apply, emptyCluster, eventReasons, OPERATOR_NAMESPACE, replicasOf, statusBecomes, TOKEN } from '../harness.js';
import { leaveAsTheFirstRelease } from './first-release.js';
import { type Installed, startAsInstalled } from './installed.js';

const CHARTS = { operator: 'charts/kubexray-operator', policies: 'charts/kubexray-policies' };
const FIRST = {
  operator: 'test/fixtures/first-release/charts/kubexray-operator-0.1.0.tgz',
  policies: 'test/fixtures/first-release/charts/kubexray-policies-0.1.0.tgz',
};
const SOON = { withinMs: 60_000, everyMs: 200 };
const BUILDING_HELM_MS = 900_000;
const [BAD, WAIVED, GOOD] = ['chart/web:bad', 'chart/web:waived', 'chart/web:good'];
const [acts, other] = ['chart-acts', 'chart-other'];

/** Quick, for a test; and the pods' registries do not exist. */
const connectionSpec = { pollInterval: '1s', resyncInterval: '1s', timeout: '2s', indexResolution: 'None' };

let simulator: SimulatorProcess;
let operator: Installed | undefined;

beforeAll(async () => {
  await helmPath();
  simulator = await startSimulatorProcess({ token: TOKEN });
  const overflow = { summary: 'overflow', severity: 'Critical' };
  await simulator.put(digestOf(BAD), { issues: [{ ...overflow, issue_id: 'XRAY-1' }] });
  await simulator.put(digestOf(WAIVED), { issues: [{ ...overflow, issue_id: 'XRAY-2' }] });
  await simulator.put(digestOf(GOOD), {});
  // As on a cluster that has never seen it; other tests install it by kustomize.
  await kubectl(['delete', '-k', 'config/default', '--ignore-not-found', '--timeout=120s']);
  await emptyCluster();
  await apply(aNamespace(acts), aNamespace(other));
}, BUILDING_HELM_MS);

afterAll(async () => {
  await operator?.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', acts, other, OPERATOR_NAMESPACE]);
}, 60_000);

async function helmTo(verb: 'install' | 'upgrade', release: string, chart: string, args: readonly string[] = []) {
  return helm([verb, release, chart, '-n', OPERATOR_NAMESPACE, '--wait', '--timeout=60s', ...args]);
}

/** The connection to the simulator, and a policy that enforces in both namespaces. */
function policyValues(): readonly string[] {
  const namespaceSelector = {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [acts, other] }],
  };
  const actions = { deployments: 'ScaleDown', statefulSets: 'ScaleDown' };
  const floor = { tier: 'Required', mode: 'Enforce', namespaceSelector, security: { minSeverity: 'High', actions } };
  return [
    ...['--set', `connection.url=${simulator.url},connection.credentials.accessToken=${TOKEN}`],
    ...['--set-json', `connection.spec=${JSON.stringify(connectionSpec)}`],
    ...['--set-json', `clusterPolicies=${JSON.stringify({ floor })}`],
  ];
}

async function restart(): Promise<Installed> {
  await operator?.stop();
  operator = undefined;
  operator = await startAsInstalled();
  return operator;
}

test('two commands install it, and it acts only in the namespaces that the release names', async () => {
  await helmTo('install', 'kubexray', CHARTS.operator, ['--create-namespace', '--set', `enforceIn={${acts}}`]);
  await helmTo('install', 'kubexray-policies', CHARTS.policies, policyValues());
  const { refused } = await restart();
  await kubectl(['wait', '--for=condition=Ready', 'xconn/default', '--timeout=30s']);
  for (const namespace of [acts, other]) await apply(aWorkload(namespace, { image: BAD, replicas: 3 }));

  await statusBecomes(acts, 'deployment-web', { action: 'ScaledDown' });
  await statusBecomes(other, 'deployment-web', { verdict: 'Violating', action: 'Held' });
  expect(await replicasOf('Deployment', acts, 'web')).toBe(0);
  expect(await replicasOf('Deployment', other, 'web')).toBe(3);
  expect(refused).toEqual([]);
}, 120_000);

test('without any, it has no right to act, and does not try', async () => {
  await helmTo('upgrade', 'kubexray', CHARTS.operator, ['--set-json', 'enforceIn=[]']);
  const { refused } = await restart();
  await apply(aWorkload(acts, { name: 'later', image: BAD }));
  await statusBecomes(acts, 'deployment-later', { verdict: 'Violating', action: 'Held' });
  expect(await replicasOf('Deployment', acts, 'later')).toBe(2);
  expect(await replicasOf('Deployment', acts, 'web')).toBe(0); // what was stopped stays so
  expect(refused).toEqual([]);
}, 120_000);

test('taking the policies away, then the operator, leaves what the docs name and no trace on a workload', async () => {
  await helmTo('upgrade', 'kubexray', CHARTS.operator, ['--reset-values']); // to bring back what it stopped, it has to be allowed to
  await restart();
  await uninstalled();
}, 300_000);

test('an upgrade from the first release, with workloads stopped: nothing restarts, nothing is forgotten', async () => {
  await helmTo('install', 'kubexray', FIRST.operator, ['--create-namespace']);
  await helmTo('install', 'kubexray-policies', FIRST.policies, policyValues());
  await apply(
    anXrayPolicy(acts, { mode: 'Audit', license: { denied: ['AGPL-*'], actions: { deployments: 'ScaleDown' } } }),
    anXrayException(acts, { vulnerabilities: ['XRAY-2'] }),
  );
  for (const namespace of [acts, other]) await kubectl(['delete', 'deployments', '--all', '-n', namespace]);
  await leaveAsTheFirstRelease(acts);
  await eventually(async () => {
    expect(await kubectl(['get', 'pods', '-n', acts, '-l', 'app=stopped', '-o', 'name'])).toBe('');
    expect(await namesIn(acts, 'pods')).toHaveLength(6);
  }, SOON);
  const before = await stand();

  await helmTo('upgrade', 'kubexray', CHARTS.operator);
  await helmTo('upgrade', 'kubexray-policies', CHARTS.policies, policyValues());
  const { refused } = await restart();
  await apply(aWorkload(acts, { name: 'new', image: BAD }));
  await statusBecomes(acts, 'deployment-new', { action: 'ScaledDown' });
  await eventually(async () => {
    const { status } = await read<{ status: XrayPolicyStatus }>('cxpol', '', 'floor');
    expect(status.workloads).toMatchObject({ selected: 5, stopped: 3 }); // told only once all were judged
  }, SOON);
  await kubectl(['delete', 'deployment', 'new', '-n', acts]);
  await eventually(async () => {
    const after = await stand();
    expect(after.workloads).toEqual(before.workloads);
    expect(after.pods).toEqual(before.pods);
    expect(after.results).toMatchObject(before.results); // whatever a newer release tells on top of it
  }, SOON);
  expect(await eventReasons(acts, 'Deployment', 'stopped')).toEqual([]); // it is told of once, and that was then
  expect(refused).toEqual([]);

  await uninstalled();
}, 360_000);

interface Stand {
  readonly workloads: readonly unknown[];
  readonly pods: readonly unknown[];
  readonly results: readonly unknown[];
}

async function listed<T>(kinds: string): Promise<readonly T[]> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- kubectl's own list
  return (JSON.parse(await kubectl(['get', kinds, '-n', acts, '-o', 'json'])) as { items: readonly T[] }).items;
}

/** What would tell of a restart, or of something forgotten. */
async function stand(): Promise<Stand> {
  const workloads = await listed<V1Deployment>('deployments,statefulsets');
  const results = await listed<XrayScanResult>('xscan');
  return {
    workloads: workloads.map(({ kind, metadata, spec }) => ({
      ...{ kind, name: metadata?.name, uid: metadata?.uid, generation: metadata?.generation },
      ...{ annotations: metadata?.annotations, replicas: spec?.replicas },
    })),
    pods: (await listed<V1Pod>('pods')).map(({ metadata }) => metadata?.uid),
    results: results.map(({ spec, status }) => ({
      ...{ spec, verdict: status?.verdict, action: status?.action, enforcement: status?.enforcement },
      violations: status?.violations?.map(({ policy, firstSeen }) => ({ policy, firstSeen })),
    })),
  };
}

/** Uninstalls both releases in the order of the docs, and looks for whatever is left. */
async function uninstalled(): Promise<void> {
  await helm(['uninstall', 'kubexray-policies', '-n', OPERATOR_NAMESPACE, '--wait']);
  const stoppable = await listed<V1Deployment>('deployments,statefulsets');
  expect(stoppable.length).toBeGreaterThan(0);
  await eventually(async () => {
    for (const { metadata, spec } of await listed<V1Deployment>('deployments,statefulsets')) {
      expect(JSON.stringify(metadata?.annotations ?? {})).not.toContain('kubexray.io');
      expect(spec?.replicas).toBeGreaterThan(0);
    }
  }, SOON);
  await operator?.stop();
  operator = undefined;
  await helm(['uninstall', 'kubexray', '-n', OPERATOR_NAMESPACE, '--wait']);
  for (const { metadata } of await listed<V1Pod>('xpol,xexc,xscan')) expect(metadata?.finalizers).toBe(undefined);

  expect(await named('clusterroles,clusterrolebindings')).toEqual([]);
  expect(await namesIn(OPERATOR_NAMESPACE, 'deployments,services,roles,rolebindings,secrets,pdb')).toEqual([]);
  expect(await namesIn(OPERATOR_NAMESPACE, 'leases')).toEqual(['lease.coordination.k8s.io/kubexray-operator']);
  expect(await named('crds')).toHaveLength(5);

  await kubectl(['delete', 'crd', '-l', 'app.kubernetes.io/name=kubexray-operator', '--timeout=120s']);
  await kubectl(['delete', 'namespace', OPERATOR_NAMESPACE, '--timeout=120s']);
  expect(await named('crds')).toEqual([]);
}

async function named(kinds: string): Promise<readonly string[]> {
  const names = await kubectl(['get', kinds, '-o', 'name']);
  return names.split('\n').filter((name) => name.includes('kubexray'));
}

async function namesIn(namespace: string, kinds: string): Promise<readonly string[]> {
  return (await kubectl(['get', kinds, '-n', namespace, '-o', 'name'])).split('\n').filter((name) => name !== '');
}
