// The manifests of config/samples, as they stand: the API server takes them strictly, and the operator with its shipped rights goes by them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { kubectl } from '../../cluster/kubectl.js';
import { get, installOperator } from '../harness.js';
import { type ProxiedOperator, startProxiedOperator } from '../proxied-operator.js';

const namespace = 'default';
let operator: ProxiedOperator;

beforeAll(async () => {
  await installOperator('http://127.0.0.1:1');
  operator = await startProxiedOperator({ args: ['--leader-elect', 'false'], onAnswer: () => undefined });
  await operator.process.inStep();
}, 60_000);

afterAll(async () => {
  await kubectl(['delete', '-f', 'config/samples', '--ignore-not-found']);
  await operator.process.stop();
  await operator.close();
}, 60_000);

async function conditionsOf(policy: string): Promise<readonly string[]> {
  const { status } = await get<{ status?: { conditions?: { type: string; status: string; reason: string }[] } }>(
    'xpol',
    namespace,
    policy,
  );
  return (status?.conditions ?? []).map((one) => `${one.type} ${one.status} ${one.reason}`);
}

test('each policy is in force, and messages wait only for the platform to allow their host', async () => {
  await kubectl(['apply', '--server-side', '--validate=strict', '-f', 'config/samples']);
  await eventually(
    async () => {
      expect(await conditionsOf('base')).toContain('Ready True Valid');
      // Its Secret was read, so its Role is enough.
      expect(await conditionsOf('told')).toEqual(
        expect.arrayContaining(['Ready True Valid', 'Notified False HostNotAllowed']),
      );
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}, 60_000);
