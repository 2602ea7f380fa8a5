// The manifests of config/samples and of docs/notifications.md, as they stand: the API server takes them strictly, and the operator with its
// shipped rights goes by them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { kubectl } from '../../cluster/kubectl.js';
import { read } from '../../cluster/live.js';
import { aNamespace } from '../../builders/manifests.js';
import { sectionOf } from '../../docs/page.js';
import { apply, installOperator } from '../harness.js';
import { type ProxiedOperator, startProxiedOperator } from '../proxied-operator.js';

const SOON = { withinMs: 30_000, everyMs: 100 };
let operator: ProxiedOperator;

beforeAll(async () => {
  await installOperator('http://127.0.0.1:1');
  operator = await startProxiedOperator({ args: ['--leader-elect', 'false'], onAnswer: () => undefined });
  await operator.process.inStep();
}, 60_000);

afterAll(async () => {
  await kubectl(['delete', '-f', 'config/samples', '--ignore-not-found']);
  await kubectl(['delete', 'namespace', 'shop', '--ignore-not-found', '--timeout=120s']); // others use this name
  await operator.process.stop();
  await operator.close();
}, 240_000);

async function conditionsOf(namespace: string, policy: string): Promise<readonly string[]> {
  const { status } = await read<{ status?: { conditions?: { type: string; status: string; reason: string }[] } }>(
    'xpol',
    namespace,
    policy,
  );
  return (status?.conditions ?? []).map((one) => `${one.type} ${one.status} ${one.reason}`);
}

test('each policy is in force, and messages wait only for the platform to allow their host', async () => {
  await kubectl(['apply', '--server-side', '--validate=strict', '-f', 'config/samples']);
  await eventually(async () => {
    expect(await conditionsOf('default', 'base')).toContain('Ready True Valid');
    // Its Secret was read, so its Role is enough.
    expect(await conditionsOf('default', 'told')).toEqual(
      expect.arrayContaining(['Ready True Valid', 'Notified False HostNotAllowed']),
    );
  }, SOON);
}, 60_000);

test('so are those of the page', async () => {
  await kubectl(['delete', 'namespace', 'shop', '--ignore-not-found', '--timeout=120s']); // of another file, on its way out
  await apply(aNamespace('shop'));
  for (const step of sectionOf('notifications.md', 'Set it up').steps) {
    expect(step.kind).toBe('apply');
    if (step.kind === 'apply') for (const manifest of step.manifests) await applyStrictly(manifest);
  }
  await eventually(async () => {
    expect(await conditionsOf('shop', 'base')).toEqual(
      expect.arrayContaining(['Ready True Valid', 'Notified False HostNotAllowed']),
    );
  }, SOON);
}, 240_000);

async function applyStrictly(manifest: object): Promise<void> {
  await kubectl(['apply', '--validate=strict', '-f', '-'], { input: JSON.stringify(manifest) });
}
