// A receiver that takes a connection and never answers: given up after ten seconds, asked again, and in nobody's way.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../../builders/manifests.js';
import { read } from '../../cluster/live.js';
import { apply, installOperator, type RunningOperator, startOperator, statusBecomes, TOKEN } from '../harness.js';
import { eventOf, type MessageReceiver, type Received, startMessageReceiver } from './message-receiver.js';

const namespace = 'slow-receiver';
const BAD = 'slow/web:bad';
const TIMEOUT_MS = 10_000; // as docs/notifications.md has it
const SOON = { withinMs: 60_000, everyMs: 50 };

let simulator: SimulatorProcess;
let receiver: MessageReceiver;
let operator: RunningOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  receiver = await startMessageReceiver();
  await installOperator(simulator.url);
  await apply(aNamespace(namespace), ...['slow', 'slower', 'quick'].map(aSecret));
  operator = await startOperator(['--notification-hosts', `http://${receiver.host}`]);
}, 120_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  receiver.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

/** All on one host, as teams share one. */
function aSecret(name: string): object {
  const stringData = { url: `http://${receiver.host}/${name}` };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData };
}

function told(name: string): object {
  return { name, secretRef: { name }, format: 'CloudEvents', events: ['Enforced'] };
}

const to = (name: string): readonly Received[] => receiver.received.filter(({ path }) => path === `/${name}`);

async function notified(): Promise<string> {
  const policy = await read<{ status?: { conditions?: { type: string; reason: string; message: string }[] } }>(
    'xpol',
    namespace,
    'base',
  );
  const { reason = '', message = '' } = policy.status?.conditions?.find(({ type }) => type === 'Notified') ?? {};
  return `${reason} ${message}`;
}

const names = (messages: readonly Received[]): readonly (readonly string[])[] =>
  messages.map((message) =>
    eventOf(message)
      .data.workloads.map(({ name }) => name)
      .sort(),
  );

test('others on the same host are told while two hang, and what is judged is stopped', async () => {
  receiver.hang('/slow');
  receiver.hang('/slower');
  const notify = ['slow', 'slower', 'quick'].map(told);
  await apply(
    anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } }, notify }),
    aWorkload(namespace, { image: BAD }),
  );
  await eventually(() => {
    expect([to('slow').length, to('slower').length]).toEqual([1, 1]);
  }, SOON);
  await apply(aWorkload(namespace, { name: 'api', image: BAD }));
  await statusBecomes(namespace, 'deployment-api', { action: 'ScaledDown' });
  await eventually(() => {
    expect(names(to('quick'))).toEqual([['web'], ['api']]);
  }, SOON);
  const [first] = to('quick');
  for (const [hung] of [to('slow'), to('slower')])
    expect(first?.at.getTime()).toBeLessThan((hung?.givenUpAt ?? new Date()).getTime());
  expect(new Set([...to('slow'), ...to('slower')].map(({ status }) => status))).toEqual(new Set([undefined]));
}, 90_000);

test('it is given up after ten seconds, the policy says so, and it is asked again until it takes what has gathered', async () => {
  await eventually(() => {
    for (const name of ['slow', 'slower']) expect(to(name)[0]?.givenUpAt).toBeDefined();
  }, SOON);
  for (const [{ at, givenUpAt } = { at: new Date() }] of [to('slow'), to('slower')])
    expect((givenUpAt?.getTime() ?? 0) - at.getTime()).toBeGreaterThan(TIMEOUT_MS - 1_000);
  await eventually(async () => {
    expect(await notified()).toMatch(/^NotReached slow(er)?: The receiver could not be reached, or did not answer/);
  }, SOON);
  for (const name of ['slow', 'slower']) receiver.release(`/${name}`);
  await eventually(async () => {
    expect(await notified()).toMatch(/^AllReachable/);
  }, SOON);
  for (const name of ['slow', 'slower'])
    expect(names(to(name).filter(({ status }) => status === 200))).toEqual([['api', 'web']]);
  expect(names(to('quick'))).toEqual([['web'], ['api']]);
  expect(await operator.metrics()).toMatch(/kubexray_notifications_total\{outcome="failed"\} ([2-9]|\d\d)/);
}, 90_000);
