// What makes the operator look again: a new workload, an upgrade, a policy, news in Xray; and the same four ways back.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import {
  apply,
  eventReasons,
  installOperator,
  replicasOf,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const BAD = 'triggers/web:bad';
const GOOD = 'triggers/web:good';
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
const security = { actions: { deployments: 'ScaleDown' } };
const enforced = { mode: 'Enforce', security };

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [CRITICAL] });
  await simulator.put(digestOf(GOOD), {});
  await installOperator(simulator.url);
  operator = await startOperator();
}, 120_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
}, 30_000);

async function stops(namespace: string): Promise<void> {
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(0);
}

async function comesBack(namespace: string): Promise<void> {
  await statusBecomes(namespace, 'deployment-web', { action: 'Restored' });
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
  expect(await eventReasons(namespace, 'Deployment', 'web')).toEqual(['ScaledDown', 'Restored']);
}

test('a new workload is stopped; the manifest names a fixed image, and it comes back', async () => {
  const namespace = 'trigger-workload';
  await apply(aNamespace(namespace), anXrayPolicy(namespace, enforced));
  await apply(aWorkload(namespace, { image: BAD }));
  await stops(namespace);
  await kubectl(['set', 'image', '-n', namespace, 'deployment/web', `main=${GOOD}`]);
  await comesBack(namespace);
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant' });
}, 120_000);

test('an upgrade to a bad image is stopped; its undoing brings it back', async () => {
  const namespace = 'trigger-upgrade';
  await apply(aNamespace(namespace), anXrayPolicy(namespace, enforced));
  await apply(aWorkload(namespace, { image: GOOD }));
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  await kubectl(['set', 'image', '-n', namespace, 'deployment/web', `main=${BAD}`]);
  await stops(namespace);
  await kubectl(['rollout', 'undo', '-n', namespace, 'deployment/web']);
  await comesBack(namespace);
}, 120_000);

test('a policy that is added audits, that is changed enforces, and that is removed releases', async () => {
  const namespace = 'trigger-policy';
  await apply(aNamespace(namespace));
  await apply(aWorkload(namespace, { image: BAD }));
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  await apply(anXrayPolicy(namespace, { mode: 'Audit', security }));
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Violating', action: 'Audited' });
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
  await apply(anXrayPolicy(namespace, enforced));
  await stops(namespace);
  await kubectl(['delete', 'xpol', 'base', '-n', namespace]);
  await statusBecomes(namespace, 'deployment-web', { action: 'Restored' });
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
}, 120_000);

test('a new issue in Xray stops what ran; when it is one no more, it comes back', async () => {
  const namespace = 'trigger-xray';
  const image = 'triggers/web:soon-bad';
  await simulator.put(digestOf(image), {});
  await apply(aNamespace(namespace), anXrayPolicy(namespace, enforced));
  await apply(aWorkload(namespace, { image }));
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  await simulator.addIssue(digestOf(image), CRITICAL);
  await stops(namespace);
  await simulator.put(digestOf(image), {});
  await comesBack(namespace);
}, 120_000);

test('a grace period delays the stop, and is kept over a restart of the operator', async () => {
  const namespace = 'trigger-grace';
  const image = 'triggers/web:new';
  const unscanned = { gracePeriod: '8s', actions: { deployments: 'ScaleDown' } };
  await apply(aNamespace(namespace), anXrayPolicy(namespace, { mode: 'Enforce', unscanned }));
  await apply(aWorkload(namespace, { image }));
  const message = `unscanned in ${image}: Xray has no scan of this image [XrayPolicy ${namespace}/base]`;
  const { violations: [waiting] = [] } = await statusBecomes(namespace, 'deployment-web', {
    verdict: 'Pending',
    message,
  });
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
  await operator.stop();
  operator = await startOperator();
  const { violations: [due] = [], enforcement } = await statusBecomes(namespace, 'deployment-web', {
    verdict: 'Unscanned',
    action: 'ScaledDown',
  });
  expect(due?.dueAt).toBe(waiting?.dueAt);
  expect(Date.parse(enforcement?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(waiting?.dueAt ?? ''));
}, 120_000);
