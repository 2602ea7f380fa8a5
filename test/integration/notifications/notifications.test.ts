// Messages of policies, on the real API server, to a receiver in this process: after the act, once, many workloads in one, in spite
// of a receiver that fails, a restart and a change of the leader; and only to where the platform lets them go.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../../src/api/v1alpha1/types.js';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../../builders/manifests.js';
import { read, readAll } from '../../cluster/live.js';
import {
  apply,
  installOperator,
  QUICK_MESSAGES,
  replicasOf,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from '../harness.js';
import {
  type Answer,
  eventOf,
  type MessageReceiver,
  startMessageReceiver,
  type WorkloadEvent,
} from './message-receiver.js';

const namespace = 'notify';
const [BAD, MANY] = ['notify/web:bad', 'notify/web:many'];
const SOON = { withinMs: 60_000, everyMs: 100 };
const KEY = Buffer.from('a secret of the test').toString('base64');

let simulator: SimulatorProcess;
let operator: RunningOperator;
let receiver: MessageReceiver;
/** The replicas that the workload `web` had when a message came. */
let replicasThen: (number | undefined)[] = [];

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(MANY), { issues: [{ issue_id: 'XRAY-9', summary: 'overflow', severity: 'Critical' }] });
  receiver = await startMessageReceiver(async () => {
    replicasThen.push(await replicasOf('Deployment', namespace, 'web'));
  });
  await installOperator(simulator.url);
  await apply(
    aNamespace(namespace),
    aSecret('receiver', { url: `http://${receiver.host}/in?token=hidden`, signingKey: `whsec_${KEY}` }),
  );
  operator = await start();
}, 120_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  receiver.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

beforeEach(async () => {
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  receiver.clear();
  replicasThen = [];
});

async function start(): Promise<RunningOperator> {
  return startOperator(['--notification-hosts', `http://${receiver.host}`]);
}

function aSecret(name: string, stringData: object): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData };
}

function telling(notify: object, spec: object = {}): object {
  const actions = { default: 'ScaleDown' };
  const receiver = { name: 'team', secretRef: { name: 'receiver' }, ...notify };
  return anXrayPolicy(namespace, { mode: 'Enforce', security: { actions }, notify: [receiver], ...spec });
}

const EVENTS = { format: 'CloudEvents', events: ['Violating', 'Held', 'Enforced', 'Restored', 'Resolved'] };

function events(): readonly WorkloadEvent[] {
  return receiver.received.map(eventOf);
}

async function notified(): Promise<string> {
  const policy = await read<{
    status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
  }>('xpol', namespace, 'base');
  const found = policy.status?.conditions?.find(({ type }) => type === 'Notified');
  return found === undefined ? '' : `${found.status} ${found.reason} ${found.message}`;
}

async function remembered(name: string): Promise<readonly string[]> {
  const { status } = await read<{ status: { notified?: { told: string[] }[] } }>(
    'xscan',
    namespace,
    `deployment-${name}`,
  );
  return status.notified?.flatMap(({ told }) => told) ?? [];
}

async function toldOf(name: string, wanted: string): Promise<void> {
  await eventually(async () => {
    expect((await remembered(name)).join(' ')).toContain(wanted);
  }, SOON);
}

test('what the page shows is taken as it stands', async () => {
  const page = readFileSync('docs/notifications.md', 'utf8');
  const manifests = [...page.matchAll(/^ {3}```yaml\n(.*?)^ {3}```/gmsu)].map(([, yaml = '']) =>
    yaml.replaceAll(/^ {3}/gmu, ''),
  );
  expect(manifests).toHaveLength(3);
  await apply(aNamespace('shop'));
  const args = ['apply', '--server-side', '--validate=strict', '--dry-run=server', '-f', '-'];
  for (const input of manifests) await kubectl(args, { input });
}, 60_000);

test('a stop is told after it was done, once, as a signed CloudEvent', async () => {
  await apply(telling(EVENTS), aWorkload(namespace, { image: BAD }));
  await toldOf('web', 'Enforced/ScaledDown');
  expect(events()).toMatchObject([
    {
      specversion: '1.0',
      type: 'io.kubexray.workloads.enforced.v1',
      source: '/kubexray.io/XrayPolicy/notify/base',
      subject: 'notify/base',
      data: { count: 1, omitted: 0, workloads: [{ kind: 'Deployment', namespace, name: 'web', action: 'ScaledDown' }] },
    },
  ]);
  const [first] = receiver.received;
  expect(replicasThen).toEqual([0]);
  expect(first?.headers['content-type']).toBe('application/cloudevents+json');
  const signed = `${String(first?.headers['webhook-id'])}.${String(first?.headers['webhook-timestamp'])}.${first?.body ?? ''}`;
  const signature = createHmac('sha256', Buffer.from(KEY, 'base64')).update(signed).digest('base64');
  expect(first?.headers['webhook-signature']).toBe(`v1,${signature}`);
  await eventually(async () => {
    expect(await notified()).toMatch(/^True AllReachable/);
  }, SOON);
}, 90_000);

test('neither a restart nor another leader says it again, and the next change is told', async () => {
  await operator.stop();
  operator = await start();
  await simulator.put(digestOf(BAD), {});
  await statusBecomes(namespace, 'deployment-web', { action: 'Restored' });
  await eventually(() => {
    expect(events().map(({ type }) => type)).toEqual(['io.kubexray.workloads.restored.v1']);
  }, SOON);
  await eventually(async () => {
    expect(await remembered('web')).toEqual([]);
  }, SOON);
}, 120_000);

test('a receiver that fails is asked again, at the time it asks for, until it takes the same message', async () => {
  const notBefore: number[] = [];
  const later = (retryAfter: string, at: number): Answer => {
    notBefore.push(at);
    return { status: 503, headers: { 'retry-after': retryAfter } };
  };
  receiver.answer(
    { status: 500 },
    () => later('2', Date.now() + 2_000),
    { status: 302, headers: { location: '/elsewhere' } },
    () => {
      const date = new Date(Date.now() + 4_000).toUTCString(); // in whole seconds
      return later(date, Date.parse(date));
    },
  );
  await statusBecomes(namespace, 'deployment-web', { action: 'ScaledDown' });
  await toldOf('web', 'Enforced/ScaledDown');
  expect(receiver.received.map(({ path }) => path)).toEqual(Array(5).fill('/in?token=hidden')); // a redirect is not followed
  expect(new Set(events().map(({ id }) => id)).size).toBe(1);
  const [, , afterSeconds, , afterDate] = receiver.received.map(({ at }) => at.getTime());
  const roundingMs = 20;
  expect(afterSeconds).toBeGreaterThanOrEqual((notBefore[0] ?? Infinity) - roundingMs);
  expect(afterDate).toBeGreaterThanOrEqual((notBefore[1] ?? Infinity) - roundingMs);
  const metrics = await operator.metrics();
  expect(metrics).toMatch(/kubexray_notifications_total\{outcome="failed"\} 4/);
  expect(metrics).not.toContain('hidden');
}, 90_000);

test('what can not be sent says why on the policy, and is told once it can', async () => {
  const said = async (pattern: RegExp): Promise<void> => {
    await eventually(async () => {
      expect(await notified()).toMatch(pattern);
    }, SOON);
  };
  await apply(telling({ ...EVENTS, name: 'other', secretRef: { name: 'absent' } }));
  await said(/^False SecretNotFound other: There is no Secret notify\/absent; create it/);
  await apply(aSecret('absent', { url: 'https://metadata.internal/latest?token=hidden' }));
  await said(/^False HostNotAllowed/);
  expect(await notified()).not.toContain('hidden');
  expect(receiver.received).toEqual([]);
  await apply(aSecret('absent', { url: `http://${receiver.host}/other` }));
  await eventually(() => {
    expect(events()).toMatchObject([{ type: 'io.kubexray.workloads.enforced.v1', data: { count: 1 } }]);
  }, SOON);
  await said(/^True/);
}, 120_000);

test('fifty workloads that one change stops are few messages, for Slack with a list that ends', async () => {
  await apply(telling({ format: 'Slack', name: 'slack', events: ['Enforced'] }, { mode: 'Audit' }));
  await apply(
    ...Array.from({ length: 50 }, (_, i) => aWorkload(namespace, { name: `many-${i}`, image: MANY, replicas: 1 })),
  );
  await eventually(async () => {
    const listed = await readAll<XrayScanResult>('xscan', namespace);
    expect(listed.filter(({ status }) => status?.action === 'Audited')).toHaveLength(51);
  }, SOON);
  receiver.clear();
  const changedMs = Date.now();
  await apply(telling({ format: 'Slack', name: 'slack', events: ['Enforced'] }));
  for (let i = 0; i < 50; i++) await toldOf(`many-${i}`, 'Enforced/ScaledDown');
  // On a slow machine the stops take longer, and more messages tell of them, at their pace.
  const lastedMs = (receiver.received.at(-1)?.at.getTime() ?? 0) - changedMs;
  expect(receiver.received.length).toBeLessThanOrEqual(1 + lastedMs / QUICK_MESSAGES.spacingMs);
  const texts = receiver.received.map(({ body }) => body);
  const counts = texts.map((text) => Number(/"text":"([0-9]+) workload/.exec(text)?.[1]));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(4_000);
}, 180_000);
