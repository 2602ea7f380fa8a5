// The brake on a real cluster: a mass stop is held until somebody approves, over a restart too, and many small steps do not get past it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayPolicyStatus, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read, readAll } from '../cluster/live.js';
import {
  apply,
  emptyCluster,
  eventReasons,
  installOperator,
  replicasOf,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';
import { kubexray } from '../command-line.js';

const BAD = 'brake/web:bad';
const GOOD = 'brake/web:good';
const [mass, blind, trickle] = ['brake-mass', 'brake-blind', 'brake-trickle'];
const FLOOR = 8;
const WAVE = 12;
/** One per cent is less than the floor here, in the cluster and in each namespace. */
const BRAKE = ['--brake-share', '1', '--brake-floor', String(FLOOR)];
const stop = { deployments: 'ScaleDown' };
const LONG = { withinMs: 60_000, everyMs: 200 };

let simulator: SimulatorProcess;
let operator: RunningOperator;

const many = (namespace: string, image: (i: number) => string, count = WAVE): readonly object[] =>
  Array.from({ length: count }, (_, i) => aWorkload(namespace, { name: `web-${i}`, image: image(i), replicas: 1 }));

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await simulator.put(digestOf(GOOD), {});
  await emptyCluster(); // the brake counts all that there is
  await installOperator(simulator.url);
  await apply(aNamespace(mass), aNamespace(blind), aNamespace(trickle));
  await apply(anXrayPolicy(mass, { mode: 'Audit', security: { actions: stop } }), ...many(mass, () => BAD));
  operator = await startOperator(BRAKE);
}, 360_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', mass, blind, trickle]);
}, 60_000);

/** How many workloads stand at each action, by the results. */
async function actionsIn(namespace: string): Promise<Readonly<Record<string, number>>> {
  const results = await readAll<XrayScanResult>('xscan', namespace);
  const ofWaves = results.filter(({ spec }) => spec.workloadRef.name.startsWith('web-'));
  const byAction = Map.groupBy(ofWaves, ({ status }) => status?.action ?? '');
  return Object.fromEntries([...byAction].map(([action, all]) => [action, all.length]));
}

async function stoppedIn(namespace: string): Promise<number> {
  const deployments = await readAll<{ spec: { replicas: number } }>('deploy', namespace);
  return deployments.filter(({ spec }) => spec.replicas === 0).length;
}

async function becomes(namespace: string, actions: object, stopped: number): Promise<void> {
  await eventually(async () => {
    expect(await actionsIn(namespace)).toEqual(actions);
    expect(await stoppedIn(namespace)).toBe(stopped);
  }, LONG);
}

async function saysOfBrake(namespace: string): Promise<object | undefined> {
  const { status } = await read<{ status?: XrayPolicyStatus }>('xpol', namespace, 'base');
  return status?.conditions?.find(({ type }) => type === 'BrakeEngaged');
}

let markers = 0;

/** What comes now waits behind what was there: its verdict tells that the rest was judged. */
async function judgedAll(namespace: string): Promise<void> {
  const name = `marker-${++markers}`;
  await apply(aWorkload(namespace, { name, image: GOOD, replicas: 1 }));
  await statusBecomes(namespace, `deployment-${name}`, { verdict: 'Compliant' });
}

async function restarted(): Promise<void> {
  await operator.stop();
  operator = await startOperator(BRAKE);
}

test('a policy edit that would stop too much stops nothing, and says so', async () => {
  await becomes(mass, { Audited: WAVE }, 0);
  await apply(anXrayPolicy(mass, { mode: 'Enforce', security: { actions: stop } }));
  await becomes(mass, { Held: WAVE }, 0);
  const status = await statusBecomes(mass, 'deployment-web-0', { action: 'Held' });
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'Enforced', status: 'False', reason: 'BrakeEngaged' }),
  );
  expect(status.message).toContain(`kubexray approve xraypolicy/base -n ${mass}`);
  await eventually(async () => {
    expect(await saysOfBrake(mass)).toMatchObject({
      status: 'True',
      reason: 'ApprovalNeeded',
      message: expect.stringMatching(new RegExp(`^${WAVE} of its workloads`)),
    });
  }, LONG);
  expect(await operator.metrics()).toMatch(new RegExp(`^kubexray_brake_held ${WAVE}$`, 'm'));
}, 120_000);

test('a restart changes nothing of it, and tells nothing again', async () => {
  await restarted();
  await judgedAll(mass);
  await eventually(async () => {
    expect(await operator.metrics()).toMatch(new RegExp(`^kubexray_brake_held ${WAVE}$`, 'm'));
  }, LONG);
  await becomes(mass, { Held: WAVE }, 0);
  expect(await eventReasons(mass, 'XrayPolicy', 'base')).toEqual(['BrakeEngaged']);
  expect(await eventReasons(mass, 'Deployment', 'web-0')).not.toContain('BrakeEngaged');
}, 120_000);

test('an approval of another generation does nothing, and the policy says so', async () => {
  await kubectl(['annotate', 'xpol', 'base', '-n', mass, 'kubexray.io/approve=1']);
  await eventually(async () => {
    expect(await saysOfBrake(mass)).toMatchObject({
      reason: 'ApprovalNeeded',
      message: expect.stringContaining('does not count: the policy is at generation 2'),
    });
  }, LONG);
  await judgedAll(mass);
  await becomes(mass, { Held: WAVE }, 0);
}, 120_000);

test('approved by the command line, all of them are stopped', async () => {
  const { code, out, err } = await kubexray(['approve', 'base', '-n', mass, '--yes']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`approving it stops ${WAVE} workloads in 1 namespace (ScaleDown ${WAVE})`);
  await becomes(mass, { ScaledDown: WAVE }, WAVE);
  await eventually(async () => {
    expect(await saysOfBrake(mass)).toMatchObject({ status: 'False', reason: 'Approved' });
  }, LONG);
  const { enforcement, history } = await statusBecomes(mass, 'deployment-web-0', { action: 'ScaledDown' });
  expect(enforcement).toMatchObject({ attempts: 1 });
  expect(enforcement?.counted).toBeUndefined();
  expect(history?.[0]?.askedBy).toMatchObject([{ policy: `${mass}/base`, generation: 2, approved: true }]);
}, 120_000);

test('the next edit ends the approval, and what is stopped stays stopped', async () => {
  await apply(anXrayPolicy(mass, { mode: 'Enforce', security: { actions: stop, minSeverity: 'Critical' } }));
  await eventually(async () => {
    expect(await saysOfBrake(mass)).toMatchObject({ status: 'False', reason: 'ApprovalStale' });
  }, LONG);
  await judgedAll(mass);
  await becomes(mass, { ScaledDown: WAVE }, WAVE);
}, 120_000);

test('where Xray tells nothing of anything, nothing is stopped; once it tells of enough, the few that are left are', async () => {
  const scannedLater = 'brake/scanned-later:1';
  const image = (i: number): string => (i < WAVE - 4 ? scannedLater : `brake/blind-${i}:1`);
  await operator.stop();
  await apply(
    anXrayPolicy(blind, { mode: 'Enforce', unscanned: { gracePeriod: '0s', actions: stop } }),
    ...many(blind, image),
  );
  await kubectl(['wait', '-n', blind, '--for=jsonpath={.status.readyReplicas}=1', 'deploy', '--all', '--timeout=60s']);
  operator = await startOperator(BRAKE);
  await becomes(blind, { Held: WAVE }, 0);
  await judgedAll(blind);
  expect(await stoppedIn(blind)).toBe(0);

  await simulator.put(digestOf(scannedLater), {}); // of all of them at once: five that are left would be few enough, too
  await becomes(blind, { None: WAVE - 4, ScaledDown: 4 }, 4);
}, 120_000);

test('many small changes are one big one: what is left of the day may be stopped, and no more', async () => {
  await apply(anXrayPolicy(trickle, { mode: 'Enforce', security: { actions: stop } }));
  const left = FLOOR - 4; // four of another namespace were stopped just now
  for (let i = 0; i < left; i++) {
    await apply(aWorkload(trickle, { name: `web-${i}`, image: BAD, replicas: 1 }));
    await statusBecomes(trickle, `deployment-web-${i}`, { action: 'ScaledDown' });
  }
  await apply(aWorkload(trickle, { name: 'web-last', image: BAD, replicas: 1 }));
  const held = { action: 'Held', message: expect.stringContaining('workloads of the cluster') };
  await statusBecomes(trickle, 'deployment-web-last', held as object);

  await restarted();
  await judgedAll(trickle);
  expect(await replicasOf('Deployment', trickle, 'web-last')).toBe(1);

  // One that is back counts on.
  await kubectl(['set', 'image', '-n', trickle, 'deploy/web-0', `main=${GOOD}`]);
  await statusBecomes(trickle, 'deployment-web-0', { action: 'Restored' });
  await restarted();
  await judgedAll(trickle);
  await statusBecomes(trickle, 'deployment-web-last', { action: 'Held' });
  expect(await stoppedIn(trickle)).toBe(left - 1);
}, 180_000);
