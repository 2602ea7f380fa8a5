// What is known of images over all that may happen to Xray: faults, forgetting, a restart of ours; and how soon news arrive.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayConnection, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import type { Faults } from '../xray-simulator/faults.js';
import { startSimulatorProcess, type SimulatorProcess } from '../xray-simulator/process.js';
import { aConnection, aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import {
  apply,
  emptyCluster,
  installOperator,
  reconnect,
  OPERATOR_NAMESPACE,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const namespace = 'knowledge';
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
const LATER = { issue_id: 'XRAY-2', summary: 'injection', severity: 'Critical' };
const HOOK_TOKEN = 'hook-token';
let simulator: SimulatorProcess;
let operator: RunningOperator;
let hookPort = 0;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf('knowledge/bad:1'), { issues: [CRITICAL] });
  for (const tag of ['good', 'hooked', 'forgotten'])
    await simulator.put(digestOf(`knowledge/${tag}:1`), { licenses: ['MIT'] });
  await emptyCluster(); // what others left would be asked about, too
  await installOperator(simulator.url);
  await apply(aNamespace(namespace));
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'hook', namespace: OPERATOR_NAMESPACE },
    stringData: { token: HOOK_TOKEN },
  });
  await apply(
    anXrayPolicy(namespace, {
      mode: 'Enforce',
      unscanned: { gracePeriod: '0s', actions: { deployments: 'ScaleDown' } },
      security: { actions: { deployments: 'ScaleDown' } },
    }),
  );
  [hookPort = 0] = await freePorts(1); // only now: nobody keeps it free
  operator = await startOperator(['--hook-port', String(hookPort)]);
  await apply(aWorkload(namespace, { name: 'good', image: 'knowledge/good:1' }));
  await apply(aWorkload(namespace, { name: 'bad', image: 'knowledge/bad:1' }));
  await statusBecomes(namespace, 'deployment-good', { verdict: 'Compliant' });
  await statusBecomes(namespace, 'deployment-bad', { verdict: 'Violating', action: 'ScaledDown' });
}, 360_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
}, 120_000);

async function conditionBecomes(type: string, reason: string): Promise<void> {
  await eventually(
    async () => {
      const { status } = await read<XrayConnection>('xconn', '', 'default');
      expect(status?.conditions?.find((one) => one.type === type)?.reason).toBe(reason);
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}

/** The result says of an image whether Xray could be asked about it again. */
async function judgedBy(facts: 'facts that are' | 'facts that are not confirmed'): Promise<void> {
  await eventually(
    async () => {
      for (const name of ['good', 'bad']) {
        const { status } = await read<XrayScanResult>('xscan', namespace, `deployment-${name}`);
        const isConfirmed = status?.images?.[0]?.message === undefined;
        expect(isConfirmed).toBe(facts === 'facts that are');
      }
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}

async function verdicts(): Promise<readonly unknown[]> {
  const found = await Promise.all(
    ['good', 'bad'].map(async (name) => read<XrayScanResult>('xscan', namespace, `deployment-${name}`)),
  );
  return found.map(({ status }) => [status?.verdict, status?.action]);
}

describe('while Xray is in trouble verdicts stay, the connection says so, and it recovers by itself', () => {
  test.each<[string, Faults, string]>([
    ['an error of the server', { status: 503, body: '<html>' }, 'ServerError'],
    ['a web page', { status: 200, body: '<html>' }, 'NotXray'],
    ['credentials refused', { status: 401 }, 'CredentialsRefused'],
    ['no permission', { status: 403 }, 'Forbidden'],
    ['too many requests', { status: 429, headers: { 'retry-after': '1' } }, 'RateLimited'],
    ['silence', { delayMs: 20_000 }, 'TimedOut'],
    ['answers cut off', { cut: true }, 'Unreachable'],
    [
      'wrong types',
      { status: 200, body: '{"status":"pong","xray_version":3,"artifacts":7,"violations":7}' },
      'UnexpectedAnswer',
    ],
    ['a suspended tenant', { status: 302, headers: { location: '/reactivate-server' } }, 'ServerInactive'],
  ])(
    '%s',
    async (_, faults, reason) => {
      const before = await verdicts();
      await simulator.fail(faults);
      await conditionBecomes('Ready', reason);
      await judgedBy('facts that are not confirmed');
      expect(await verdicts()).toEqual(before);
      await simulator.fail({});
      await conditionBecomes('Ready', 'Ready');
      await judgedBy('facts that are');
      expect(await verdicts()).toEqual(before);
    },
    180_000,
  );

  test('violations that may not be read are said, and everything else goes on', async () => {
    await simulator.fail({ path: '/violations', status: 403 });
    await conditionBecomes('ViolationsReadable', 'Forbidden');
    await conditionBecomes('Ready', 'Ready');
    await simulator.fail({});
    await conditionBecomes('ViolationsReadable', 'Read');
  }, 120_000);

  test('a clock that is hours off hides no violation', async () => {
    await simulator.fail({ clockOffsetMs: -5 * 3_600_000 });
    await simulator.put(digestOf('knowledge/skewed:1'), { licenses: ['MIT'] });
    await apply(aConnection(simulator.url, { resyncInterval: '1h' }));
    await apply(aWorkload(namespace, { name: 'skewed', image: 'knowledge/skewed:1' }));
    await statusBecomes(namespace, 'deployment-skewed', { verdict: 'Compliant' });
    await simulator.addIssue(digestOf('knowledge/skewed:1'), LATER);
    await statusBecomes(namespace, 'deployment-skewed', { verdict: 'Violating', action: 'ScaledDown' });
    await simulator.fail({});
    await apply(aConnection(simulator.url));
  }, 120_000);
});

test('ignore rules that cannot be read hold everything back, loudly', async () => {
  await simulator.fail({ path: '/ignore_rules', status: 500 });
  await operator.stop();
  operator = await startOperator(['--hook-port', String(hookPort)]);
  await conditionBecomes('Ready', 'ServerError');
  await simulator.put(digestOf('knowledge/early:1'), { issues: [CRITICAL] });
  await apply(aWorkload(namespace, { name: 'early', image: 'knowledge/early:1' }));
  await statusBecomes(namespace, 'deployment-early', { verdict: 'Unknown', action: 'None' });
  await simulator.fail({});
  await conditionBecomes('Ready', 'Ready');
  await statusBecomes(namespace, 'deployment-early', { verdict: 'Violating', action: 'ScaledDown' });
}, 180_000);

test('a digest that Xray does not know and no registry explains is unknown, and nothing is done', async () => {
  await reconnect(simulator.url, { indexResolution: 'Registry' });
  await apply(aWorkload(namespace, { name: 'unexplained', image: '127.0.0.1:1/knowledge/index:1' }));
  const { images } = await statusBecomes(namespace, 'deployment-unexplained', { verdict: 'Unknown', action: 'None' });
  expect(images).toMatchObject([{ state: 'Unavailable', message: expect.stringContaining('127.0.0.1:1') }]);
  await reconnect(simulator.url);
  await statusBecomes(namespace, 'deployment-unexplained', { verdict: 'Unscanned', action: 'ScaledDown' });
}, 120_000);

test('what Xray has forgotten stays as it was, over a restart too', async () => {
  const digest = digestOf('knowledge/forgotten:1');
  await simulator.addIssue(digest, CRITICAL);
  await apply(aWorkload(namespace, { name: 'forgotten', image: 'knowledge/forgotten:1' }));
  await statusBecomes(namespace, 'deployment-forgotten', { verdict: 'Violating', action: 'ScaledDown' });
  await simulator.forget(digest);
  await simulator.forget(digestOf('knowledge/good:1'));
  await operator.stop();
  operator = await startOperator(['--hook-port', String(hookPort)]);
  await eventually(
    async () => {
      for (const [name, verdict] of [
        ['good', 'Compliant'],
        ['forgotten', 'Violating'],
      ] as const) {
        const { status } = await read<XrayScanResult>('xscan', namespace, `deployment-${name}`);
        expect(status).toMatchObject({
          verdict,
          images: [{ state: 'Scanned', message: expect.stringContaining('no longer has data') }],
        });
      }
    },
    { withinMs: 30_000 },
  );
  await simulator.put(digestOf('knowledge/good:1'), { licenses: ['MIT'] });
  await eventually(
    async () => {
      const { status } = await read<XrayScanResult>('xscan', namespace, 'deployment-good');
      expect(status?.images?.[0]).not.toHaveProperty('message');
    },
    { withinMs: 30_000 },
  );
}, 180_000);

test("what an ignore rule of Xray excuses comes back, with the rule's end shown, and is stopped when the rule is gone", async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await simulator.ignore([{ id: 'r1', expires_at: until, ignore_filters: { vulnerabilities: ['XRAY-1'] } }]);
  await statusBecomes(namespace, 'deployment-bad', { verdict: 'Compliant', action: 'Restored' });
  await eventually(
    async () => {
      const { status } = await read<XrayScanResult>('xscan', namespace, 'deployment-bad');
      // Of the pods that were just made the digest is known a moment later.
      expect(status?.images?.[0]?.ignoredInXray).toEqual([{ id: 'XRAY-1', until: expect.stringMatching(/^\d{4}-/) }]);
    },
    { withinMs: 30_000 },
  );
  await simulator.ignore([]);
  await statusBecomes(namespace, 'deployment-bad', { verdict: 'Violating', action: 'ScaledDown' });
}, 120_000);

test('a web hook is heard at once, where polling would take an hour', async () => {
  const webhook = { tokenSecretRef: { name: 'hook' } };
  await apply(aConnection(simulator.url, { pollInterval: '1h', resyncInterval: '1h', webhook }));
  await conditionBecomes('WebhookReady', 'Receiving');
  await simulator.sendHooksTo({ url: `http://127.0.0.1:${hookPort}/`, headers: { 'x-auth-token': HOOK_TOKEN } });
  await apply(aWorkload(namespace, { name: 'hooked', image: 'knowledge/hooked:1' }));
  await statusBecomes(namespace, 'deployment-hooked', { verdict: 'Compliant' });
  await simulator.addIssue(digestOf('knowledge/hooked:1'), LATER);
  await statusBecomes(namespace, 'deployment-hooked', { verdict: 'Violating', action: 'ScaledDown' });
  await simulator.sendHooksTo(undefined);
  await apply(aConnection(simulator.url));
  await conditionBecomes('Ready', 'Ready');
}, 120_000);
