// The eleven defects that were found in KubeXray, each as a story that must end well here. One namespace for each.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aConnection, aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import {
  apply,
  eventReasons,
  installOperator,
  reconnect,
  replicasOf,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const BAD = 'defects/web:bad';
const GOOD = 'defects/web:good';
const BADLY_LICENSED = 'defects/web:agpl';
const UNSCANNED = 'defects/web:new';
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };

const scaleDown = { deployments: 'ScaleDown', statefulSets: 'ScaleDown' };
const security = { mode: 'Enforce', security: { actions: scaleDown } };

const PROTECTED = ['defect-2-first', 'defect-2-last'];

let simulator: SimulatorProcess;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [CRITICAL] });
  await simulator.put(digestOf(GOOD), { licenses: ['MIT'] });
  await simulator.put(digestOf(BADLY_LICENSED), { licenses: ['AGPL-3.0-only'] });
  await installOperator(simulator.url);
  operator = await startOperator(['--protected-namespaces', PROTECTED.join(',')]);
}, 120_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
}, 30_000);

test('defect 1: while Xray fails nothing is taken for clean or bad; it is asked again, and then acted', async () => {
  const namespace = 'defect-1';
  await simulator.fail({ status: 503 });
  await apply(aNamespace(namespace), anXrayPolicy(namespace, security));
  await apply(aWorkload(namespace, { image: 'defects/web:during-outage' }));
  const { conditions } = await statusBecomes(namespace, 'deployment-web', { verdict: 'Unknown', action: 'None' });
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Scanned', reason: 'XrayUnavailable' }));

  await simulator.put(digestOf('defects/web:during-outage'), { issues: [CRITICAL] });
  await simulator.fail({});
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });
}, 120_000);

test('defect 2: each namespace of the list that is excused is excused', async () => {
  await apply(...PROTECTED.map(aNamespace));
  for (const namespace of PROTECTED) {
    await apply(anXrayPolicy(namespace, security), aWorkload(namespace, { image: BAD }));
    const { conditions } = await statusBecomes(namespace, 'deployment-web', { verdict: 'Violating', action: 'Held' });
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Enforced', reason: 'ProtectedNamespace' }));
    expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
  }
}, 120_000);

test('defect 3: what is excused from being scanned is not excused from its vulnerabilities', async () => {
  const namespace = 'defect-3';
  const unscanned = { gracePeriod: '0s', exemptImages: ['defects/*'], actions: scaleDown };
  await apply(aNamespace(namespace), anXrayPolicy(namespace, { ...security, unscanned }));
  await apply(
    aWorkload(namespace, { name: 'bad', image: BAD }),
    aWorkload(namespace, { name: 'new', image: UNSCANNED }),
  );
  await statusBecomes(namespace, 'deployment-bad', { verdict: 'Violating', action: 'ScaledDown' });
  await statusBecomes(namespace, 'deployment-new', { verdict: 'Compliant', action: 'None' });
}, 120_000);

test('defect 4: a StatefulSet "a", a Deployment "a-b" and a StatefulSet "web" are told apart by their owner references', async () => {
  const namespace = 'defect-4';
  await apply(aNamespace(namespace), anXrayPolicy(namespace, security));
  await apply(
    aWorkload(namespace, { kind: 'StatefulSet', name: 'a', image: GOOD }),
    aWorkload(namespace, { kind: 'Deployment', name: 'a-b', image: BAD }),
    aWorkload(namespace, { kind: 'StatefulSet', name: 'web', image: BAD }),
    aWorkload(namespace, { kind: 'Deployment', name: 'web', image: GOOD }),
  );
  await statusBecomes(namespace, 'deployment-a-b', { action: 'ScaledDown' });
  await statusBecomes(namespace, 'statefulset-web', { action: 'ScaledDown' });
  await statusBecomes(namespace, 'statefulset-a', { verdict: 'Compliant', action: 'None' });
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant', action: 'None' });
  expect(await replicasOf('StatefulSet', namespace, 'a')).toBe(2);
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
}, 120_000);

test('defect 5: of several workloads in a namespace the vulnerable one is stopped, not the last one', async () => {
  const namespace = 'defect-5';
  const image = 'defects/web:soon-bad';
  await simulator.put(digestOf(image), {});
  await apply(aNamespace(namespace), anXrayPolicy(namespace, security));
  const others = ['aaa', 'zzz'];
  await apply(
    aWorkload(namespace, { name: 'mmm', image }),
    ...others.map((name) => aWorkload(namespace, { name, image: GOOD })),
  );
  for (const name of ['mmm', ...others]) await statusBecomes(namespace, `deployment-${name}`, { verdict: 'Compliant' });

  await simulator.addIssue(digestOf(image), CRITICAL);
  await statusBecomes(namespace, 'deployment-mmm', { action: 'ScaledDown' });
  for (const name of others) expect(await replicasOf('Deployment', namespace, name)).toBe(2);
}, 120_000);

test('defect 6: init containers, ephemeral containers and pods that do not run yet count', async () => {
  const namespace = 'defect-6';
  await apply(aNamespace(namespace), anXrayPolicy(namespace, security));
  await apply(
    aWorkload(namespace, { name: 'init', image: GOOD, initImage: BAD }),
    aWorkload(namespace, { name: 'starting', image: `${BAD}@${digestOf(BAD)}`, neverPulled: true }),
    aWorkload(namespace, { name: 'debugged', image: GOOD, replicas: 1 }),
  );
  await statusBecomes(namespace, 'deployment-init', { action: 'ScaledDown' });
  await statusBecomes(namespace, 'deployment-starting', { action: 'ScaledDown' });
  await statusBecomes(namespace, 'deployment-debugged', { verdict: 'Compliant' });

  const pod = await kubectl(['get', 'pods', '-n', namespace, '-l', 'app=debugged', '-o', 'name']);
  const debug = ['debug', '-n', namespace, pod.trim(), '--image', BAD, '--container', 'debugger', '--attach=false'];
  await kubectl([...debug, '--profile=general', '-q']);
  // The debugger goes with its pod, so the workload comes back without it.
  await statusBecomes(namespace, 'deployment-debugged', { verdict: 'Compliant', action: 'Restored' });
  expect(await eventReasons(namespace, 'Deployment', 'debugged')).toEqual(['ScaledDown', 'Restored']);
}, 120_000);

test('defect 7: licenses are found where Xray lists them, beside the issues', async () => {
  const namespace = 'defect-7';
  await apply(aNamespace(namespace));
  await apply(
    anXrayPolicy(namespace, { mode: 'Enforce', license: { denied: ['AGPL-*'], actions: scaleDown } }),
    aWorkload(namespace, { image: BADLY_LICENSED }),
  );
  const { violations } = await statusBecomes(namespace, 'deployment-web', { action: 'ScaledDown' });
  expect(violations).toMatchObject([{ condition: 'License', id: 'AGPL-3.0-only' }]);
}, 120_000);

interface Written {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> };
  readonly spec: { readonly replicas: number };
}

test('defect 8: a stop changes nothing but the replicas, whose former count is kept and comes back', async () => {
  const namespace = 'defect-8';
  const REVISION = 'deployment.kubernetes.io/revision'; // the Deployment controller's own
  const withoutRevision = ({ metadata, spec }: Written): object => ({
    labels: metadata.labels,
    spec,
    annotations: { ...metadata.annotations, [REVISION]: undefined },
  });
  await apply(aNamespace(namespace));
  await apply(aWorkload(namespace, { image: BAD, replicas: 3 }));
  const before = await read<Written>('deployment', namespace, 'web');
  await apply(anXrayPolicy(namespace, security));
  await statusBecomes(namespace, 'deployment-web', { action: 'ScaledDown' });
  const stopped = await read<Written>('deployment', namespace, 'web');
  expect(stopped.spec).toEqual({ ...before.spec, replicas: 0 });

  await kubectl(['delete', 'xpol', 'base', '-n', namespace]);
  await statusBecomes(namespace, 'deployment-web', { action: 'Restored' });
  const after = await read<Written>('deployment', namespace, 'web');
  expect(withoutRevision(after)).toEqual(withoutRevision(before));
}, 120_000);

test('defect 9: however many pods run an image and however often they change, Xray is asked for it once in a poll', async () => {
  const namespace = 'defect-9';
  const image = 'defects/web:popular';
  await simulator.put(digestOf(image), {});
  await reconnect(simulator.url, { pollInterval: '1h', resyncInterval: '1h' });
  await apply(aNamespace(namespace), anXrayPolicy(namespace, security));
  await apply(
    aWorkload(namespace, { name: 'one', image, replicas: 5 }),
    aWorkload(namespace, { name: 'two', image, replicas: 5 }),
  );
  for (const name of ['one', 'two']) await statusBecomes(namespace, `deployment-${name}`, { verdict: 'Compliant' });
  await kubectl(['label', 'pods', '--all', '-n', namespace, 'changed=yes']);
  await kubectl(['rollout', 'restart', 'deployment', '-n', namespace]);
  await kubectl(['rollout', 'status', 'deployment/one', '-n', namespace, '--timeout=30s']);
  // What comes now waits behind what was there: once this image has been asked for, that one would have been, too.
  await simulator.put(digestOf('defects/web:marker'), {});
  await apply(aWorkload(namespace, { name: 'marker', image: 'defects/web:marker' }));
  await statusBecomes(namespace, 'deployment-marker', { verdict: 'Compliant' });

  expect(await simulator.timesAsked(digestOf(image))).toBe(1);
  await apply(aConnection(simulator.url));
}, 120_000);

test('defect 10: no right is given with a star, and what is done can be seen in metrics, status and Events', async () => {
  const role = await read('clusterrole', '', 'kubexray-operator');
  expect(JSON.stringify(role)).not.toContain('"*"');
  expect(await operator.metrics()).toMatch(/^controller_runtime_reconcile_total\{.*controller="workload".*\} [1-9]/m);
  const events = await kubectl([
    'get',
    'events.events.k8s.io',
    '-A',
    '--field-selector',
    'reason=ScaledDown',
    '-o',
    'name',
  ]);
  expect(events).not.toBe('');
});

test('defect 11: pods that a bad revision left behind do not stop the rollout of the fixed one', async () => {
  const namespace = 'defect-11';
  await apply(aNamespace(namespace));
  await apply(aWorkload(namespace, { image: BAD }));
  await kubectl(['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=30s']);
  // The new pods never start, so the old ones stay (maxUnavailable rounds down to none).
  await apply(aWorkload(namespace, { image: `${GOOD}@${digestOf(GOOD)}`, neverPulled: true }));
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant' });

  await apply(anXrayPolicy(namespace, security));
  const { images } = await statusBecomes(namespace, 'deployment-web', {
    verdict: 'Compliant',
    action: 'None',
    message: `Only pods of an older revision violate: XRAY-1 in ${BAD}: overflow [XrayPolicy ${namespace}/base]`,
  });
  expect(images).toContainEqual(expect.objectContaining({ reference: BAD, revision: 'Previous' }));
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
}, 120_000);
