// Policies of both tiers, exceptions and namespaces' labels on a real cluster: what changes there reaches the workloads that it
// selects, an exception ends by itself, and every status says what it does.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type {
  ClusterXrayPolicyStatus,
  XrayExceptionStatus,
  XrayPolicyStatus,
  XrayScanResultStatus,
} from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aClusterXrayPolicy, aNamespace, anXrayException, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, replicasOf, type RunningOperator, startOperator, TOKEN } from './harness.js';

const BAD = 'policies/web:bad';
const CVE = 'CVE-2026-0001';
const stop = { deployments: 'ScaleDown' };
const [shop, calm] = ['policies-shop', 'policies-calm'];
const LONG = { withinMs: 30_000, everyMs: 200 };

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: CVE }] }],
    licenses: ['MIT'],
  });
  await installOperator(simulator.url);
  await apply(aNamespace(shop), aNamespace(calm));
  operator = await startOperator();
  await apply(aWorkload(shop, { image: BAD }), aWorkload(calm, { image: BAD }));
}, 120_000);

afterAll(async () => {
  await kubectl(['delete', 'cxpol', '--all']);
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', shop, calm]);
}, 120_000);

async function resultIn(namespace: string): Promise<XrayScanResultStatus | undefined> {
  return (await read<{ status?: XrayScanResultStatus }>('xscan', namespace, 'deployment-web')).status;
}

async function expectResult(namespace: string, wanted: object, replicas: number): Promise<void> {
  await eventually(async () => {
    expect(await resultIn(namespace)).toMatchObject(wanted);
    expect(await replicasOf('Deployment', namespace, 'web')).toBe(replicas);
  }, LONG);
}

async function statusOf<S>(kind: string, namespace: string, name: string): Promise<S | undefined> {
  return (await read<{ status?: S }>(kind, namespace, name)).status;
}

function condition(status: { conditions?: readonly { type: string }[] } | undefined, type: string): object | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

test('a default holds where the team says nothing', async () => {
  const spec = { tier: 'Default', mode: 'Enforce', security: { actions: stop } };
  await apply(aClusterXrayPolicy('default', { ...spec, namespaceSelector: { matchLabels: { guarded: 'yes' } } }));
  await expectResult(shop, { verdict: 'Compliant', action: 'None' }, 2);
  await kubectl(['label', 'namespace', shop, 'guarded=yes']);
  const violation = { policyKind: 'ClusterXrayPolicy', policy: 'default', reason: 'SeverityReached', id: CVE };
  await expectResult(shop, { action: 'ScaledDown', violations: [violation] }, 0);
  await expectResult(calm, { verdict: 'Compliant', action: 'None' }, 2);
}, 180_000);

test('it gives way to the rule of a team, and comes back after it', async () => {
  await apply(anXrayPolicy(shop, { mode: 'Enforce', security: {} }));
  await expectResult(
    shop,
    { action: 'Ignored', violations: [{ policyKind: 'XrayPolicy', policy: `${shop}/base` }] },
    2,
  );
  await kubectl(['delete', 'xpol', 'base', '-n', shop]);
  await expectResult(shop, { action: 'ScaledDown', violations: [{ policy: 'default' }] }, 0);
}, 180_000);

test('a label taken off takes the default with it', async () => {
  await kubectl(['label', 'namespace', shop, 'guarded-']);
  await expectResult(shop, { verdict: 'Compliant', action: 'Restored' }, 2);
}, 120_000);

test('a floor stands whatever a team writes, and the policy of the team says so', async () => {
  await apply(anXrayPolicy(shop, { mode: 'Enforce', security: { ignoredVulnerabilities: [CVE] } }));
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': shop } };
  const security = { actions: stop };
  await apply(
    aClusterXrayPolicy('floor', {
      tier: 'Required',
      mode: 'Enforce',
      maxExceptionDuration: '2h',
      namespaceSelector,
      security,
    }),
  );
  await expectResult(shop, { action: 'ScaledDown', violations: [{ policy: 'floor' }] }, 0);
  await eventually(async () => {
    const team = await statusOf<XrayPolicyStatus>('xpol', shop, 'base');
    expect(condition(team, 'Ready')).toMatchObject({ status: 'True', reason: 'OverriddenByPlatform' });
    expect(team?.workloads).toEqual({ selected: 1, violating: 0, stopped: 0, held: 0, waived: 0 });
    const floor = await statusOf<ClusterXrayPolicyStatus>('cxpol', '', 'floor');
    expect(floor?.workloads).toEqual({ selected: 1, violating: 1, stopped: 1, held: 0, waived: 0 });
    expect(floor?.lastEvaluated).toMatch(/Z$/);
  }, LONG);
  expect((await resultIn(calm))?.action).toBe('None');
}, 180_000);

test('an exception longer than the floor allows is refused, and says by whom', async () => {
  const expiresAt = new Date(Date.now() + 3 * 3_600_000).toISOString();
  await apply(anXrayException(shop, { vulnerabilities: [CVE], expiresAt }, 'long'));
  await eventually(async () => {
    const status = await statusOf<XrayExceptionStatus>('xexc', shop, 'long');
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'RefusedByPolicy' });
    expect(condition(status, 'Refused')).toMatchObject({ message: expect.stringContaining('ClusterXrayPolicy floor') });
    expect(status?.waives).toEqual({ workloads: 0, violations: 0, refused: 1 });
  }, LONG);
  expect(await replicasOf('Deployment', shop, 'web')).toBe(0);
}, 120_000);

test('one that is allowed brings the workload back, and its end stops it again, by itself', async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await apply(anXrayException(shop, { vulnerabilities: [CVE], expiresAt: until }, 'short'));
  await expectResult(
    shop,
    { verdict: 'Compliant', waived: [{ exception: `${shop}/short`, until, policy: 'floor' }] },
    2,
  );
  await eventually(async () => {
    const status = await statusOf<XrayExceptionStatus>('xexc', shop, 'short');
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True', reason: 'Active' });
    expect(status?.waives).toMatchObject({ workloads: 1, violations: 1 });
  }, LONG);
  // Brought forward only now: however slow the machine is, it was seen while it held.
  const endsAt = new Date(Date.now() + 5_000);
  await apply(anXrayException(shop, { vulnerabilities: [CVE], expiresAt: endsAt.toISOString() }, 'short'));
  await expectResult(shop, { action: 'ScaledDown', violations: [{ policy: 'floor' }] }, 0);
  const { enforcement } = (await resultIn(shop)) ?? {};
  expect(Date.parse(enforcement?.at ?? '')).toBeGreaterThanOrEqual(endsAt.getTime());
  await eventually(async () => {
    const status = await statusOf<XrayExceptionStatus>('xexc', shop, 'short');
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'Expired' });
    expect(condition(status, 'Active')).toMatchObject({ status: 'False', reason: 'Expired' });
  }, LONG);
}, 180_000);

test('an exception that names nothing that there is says that it does nothing', async () => {
  await apply(anXrayException(shop, { vulnerabilities: ['CVE-2026-9999'] }, 'idle'));
  await eventually(async () => {
    const status = await statusOf<XrayExceptionStatus>('xexc', shop, 'idle');
    expect(condition(status, 'Effective')).toMatchObject({ status: 'False', reason: 'WaivesNothing' });
    expect(condition(status, 'Ready')).toMatchObject({ status: 'True', reason: 'WaivesNothing' });
  }, LONG);
}, 120_000);

test('without the floor the workload runs again', async () => {
  await kubectl(['delete', 'cxpol', 'floor']);
  await expectResult(shop, { verdict: 'Compliant', action: 'Restored' }, 2);
}, 120_000);
