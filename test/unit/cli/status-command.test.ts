import { describe, expect, test } from '@jest/globals';
import type { Overview } from '../../../src/cli/status/overview.js';
import { aCluster, aResult, aResultViolation, type FakeCluster, stored } from './a-cluster.js';
import { ran } from './a-world.js';

const ready = { conditions: [{ type: 'Ready', status: 'True', reason: 'Valid', message: 'fine' }] };
const connection = stored(
  'XrayConnection',
  'default',
  { spec: { url: 'https://acme.jfrog.io' }, status: { ...ready, xrayVersion: '3.131.2' } },
  '',
);
const bad = (name: string, action: string, critical: number): ReturnType<typeof aResult> =>
  aResult({ verdict: 'Violating', action, summary: { critical, high: 1 }, violations: [aResultViolation()] }, name);
const clean = aResult({ verdict: 'Compliant', action: 'None' }, 'clean');
const policy = stored('XrayPolicy', 'base', { spec: {}, status: ready });

async function overview(cluster: FakeCluster, ...args: readonly string[]): Promise<Overview> {
  const { out, err } = await ran(['status', '-o', 'json', ...args], { openCluster: async () => cluster });
  expect(err).toBe('');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the command prints is what is tested
  return JSON.parse(out) as Overview;
}

describe('status', () => {
  test('counts, and the worst first: what is held, then what is stopped, then by findings', async () => {
    const results = [clean, bad('b', 'ScaledDown', 1), bad('c', 'ScaledDown', 3), bad('a', 'Held', 0)];
    const told = await overview(aCluster([connection, policy, ...results]));
    expect(told).toMatchObject({
      workloads: 4,
      violating: 3,
      verdicts: { Compliant: 1, Violating: 3 },
      actions: { None: 1, ScaledDown: 2, Held: 1 },
      policiesNotReady: [],
      connections: [{ ready: 'True', version: '3.131.2' }],
    });
    expect(told.worst.map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });

  test('of one namespace, or of all', async () => {
    const cluster = aCluster([connection, clean, { ...clean, metadata: { name: 'x', namespace: 'calm' } }]);
    const counts = [await overview(cluster), await overview(cluster, '-n', 'none'), await overview(cluster, '-A')];
    expect(counts.map(({ workloads }) => workloads)).toEqual([1, 0, 2]);
  });

  test('policies that are not in force are named with the reason', async () => {
    const broken = { type: 'Ready', status: 'False', reason: 'InvalidLicensePattern', message: 'mend it' };
    const { policiesNotReady } = await overview(
      aCluster([
        connection,
        stored('XrayPolicy', 'broken', { spec: {}, status: { conditions: [broken] } }),
        stored('ClusterXrayPolicy', 'new', { spec: {} }, ''),
      ]),
    );
    expect(policiesNotReady).toMatchObject([
      { kind: 'ClusterXrayPolicy', name: 'new', reason: 'NotObserved' },
      { kind: 'XrayPolicy', name: 'shop/broken', reason: 'InvalidLicensePattern', message: 'mend it' },
    ]);
  });

  const down = { conditions: [{ type: 'Ready', status: 'False', reason: 'Unreachable', message: 'nobody there' }] };
  test.each<[string, Parameters<typeof aCluster>[0], number]>([
    ['all is well', [connection, policy, clean], 0],
    ['an image without a scan that no policy speaks of', [connection, aResult({ verdict: 'Unscanned' })], 0],
    ['something violates', [connection, policy, bad('a', 'Held', 0)], 1],
    ['a policy is not in force', [connection, stored('XrayPolicy', 'new', { spec: {} })], 1],
    ['Xray does not answer', [{ ...connection, ...{ status: down } }], 1],
    ['there is no connection, so that nothing is judged', [policy], 1],
  ])('%s', async (_, objects, code) => {
    expect((await ran(['status'], { openCluster: async () => aCluster(objects) })).code).toBe(code);
  });

  test('as text, in colour on a terminal', async () => {
    const openCluster = async (): Promise<FakeCluster> => aCluster([connection, policy, bad('a', 'Held', 2)]);
    const { out } = await ran(['status'], { openCluster });
    expect(out).toContain('Workloads of namespace shop: 1\n  verdicts: 1 Violating\n  actions: 1 Held\n');
    expect(out).toMatch(/shop +deployment\/a +Violating +Held +2 +1 +1\n/);
    expect(out).toContain('default https://acme.jfrog.io 3.131.2: Valid\n');
    const coloured = await ran(['status'], { openCluster, isTerminal: true });
    expect(coloured.out).toContain('\u001B[31m1 Violating\u001B[39m');
  });

  test('what may not be read is said', async () => {
    const { notes } = await overview(aCluster([clean], ['ClusterXrayPolicy', 'XrayConnection']));
    expect(notes).toHaveLength(2);
    const forbidden = aCluster([connection, clean], ['XrayConnection']);
    const { code, out } = await ran(['status'], { openCluster: async () => forbidden });
    expect(code).toBe(0);
    expect(out).not.toContain('there is no XrayConnection');
    expect(out).toContain('note: you may not read XrayConnection objects');
  });
});
