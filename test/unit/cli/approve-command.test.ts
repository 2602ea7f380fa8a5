import { describe, expect, test } from '@jest/globals';
import { aCluster, aResultViolation, type FakeCluster, stored } from './a-cluster.js';
import { type Ran, ran } from './a-world.js';

const braked = [{ type: 'Enforced', status: 'False', reason: 'BrakeEngaged', message: '' }];

function held(name: string, violation: object = {}, conditions: readonly object[] = braked): ReturnType<typeof stored> {
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: `uid-${name}` };
  const status = { action: 'Held', violations: [aResultViolation(violation)], conditions };
  return stored('XrayScanResult', `deployment-${name}`, { spec: { workloadRef }, status });
}

function policy(kind: string, name: string, generation = 3, annotations: object = {}): ReturnType<typeof stored> {
  const namespace = kind === 'XrayPolicy' ? { namespace: 'shop' } : {};
  return stored(
    kind,
    name,
    { metadata: { name, ...namespace, uid: `uid-${name}`, generation, annotations }, spec: {} },
    '',
  );
}

async function approved(cluster: FakeCluster, args: readonly string[], answer?: string): Promise<Ran> {
  return ran(['approve', ...args], { openCluster: async () => cluster, ask: async () => answer });
}

const shop = (...more: ReturnType<typeof stored>[]): FakeCluster =>
  aCluster([policy('XrayPolicy', 'base'), held('web'), held('api', { asks: 'Delete' }), ...more]);

const ofGeneration3 = { metadata: { uid: 'uid-base', annotations: { 'kubexray.io/approve': '3' } } };

describe('approve', () => {
  test('shows what would be stopped, asks, and approves the generation that it looked at', async () => {
    const cluster = shop();
    const { code, out } = await approved(cluster, ['base'], 'y');
    expect(out).toContain(
      'XrayPolicy shop/base, generation 3: approving it stops 2 workloads in 1 namespace (Delete 1, ScaleDown 1)',
    );
    expect(out).toMatch(/shop {7}deployment\/api {2}Delete {5}CVE-2026-0001 in shop\/web:1/);
    expect(out).toContain('xraypolicy.kubexray.io/base in shop: generation 3 approved');
    expect({ code, merged: cluster.merged, closed: cluster.isClosed }).toEqual({
      code: 0,
      merged: [ofGeneration3],
      closed: true,
    });
  });

  test.each(['n', '', 'yess', 'no'])('the answer "%s" is no', async (answer) => {
    const cluster = shop();
    const { code, err } = await approved(cluster, ['base'], answer);
    expect({ code, merged: cluster.merged }).toEqual({ code: 1, merged: [] });
    expect(err).toMatch(/nothing was done/);
  });

  test('without a terminal it wants --yes', async () => {
    const cluster = shop();
    const { code, err } = await approved(cluster, ['base']);
    expect({ code, merged: cluster.merged }).toEqual({ code: 2, merged: [] });
    expect(err).toMatch(/--yes/);
    expect((await approved(cluster, ['base', '--yes'])).code).toBe(0);
    expect(cluster.merged).toEqual([ofGeneration3]);
  });

  test('--dry-run does nothing', async () => {
    const cluster = shop();
    const { code, out } = await approved(cluster, ['base', '--dry-run'], 'y');
    expect({ code, merged: cluster.merged }).toEqual({ code: 0, merged: [] });
    expect(out).toContain('stops 2 workloads');
  });

  test('counts only what this policy wants stopped and the brake holds', async () => {
    const cluster = shop(
      held('other', { policy: 'shop/other' }),
      held('floor', { policyKind: 'ClusterXrayPolicy', policy: 'base' }),
      held('audited', { mode: 'Audit' }),
      held('graced', { dueAt: '2026-03-01T13:00:00Z' }),
      held('waits', {}, [{ type: 'Enforced', status: 'False', reason: 'RateLimited', message: '' }]),
    );
    expect((await approved(cluster, ['base', '--dry-run'])).out).toContain('stops 2 workloads');
  });

  test('lists twenty, or all', async () => {
    const cluster = shop(...Array.from({ length: 25 }, (_, i) => held(`more-${i}`)));
    const { out } = await approved(cluster, ['base', '--dry-run']);
    expect(out).toContain('stops 27 workloads');
    expect(out.match(/deployment\//g)).toHaveLength(20);
    expect(out).toContain('and 7 more (--all lists them)');
    expect((await approved(cluster, ['base', '--dry-run', '--all'])).out.match(/deployment\//g)).toHaveLength(27);
  });

  test('a policy of which the brake holds nothing is not approved, unless asked for', async () => {
    const cluster = aCluster([policy('XrayPolicy', 'base')]);
    const { code, out } = await approved(cluster, ['base', '--yes']);
    expect({ code, merged: cluster.merged }).toEqual({ code: 1, merged: [] });
    expect(out).toContain('the brake holds nothing that it wants stopped');
    expect((await approved(cluster, ['base', '--yes', '--anyway'])).code).toBe(0);
    expect(cluster.merged).toEqual([ofGeneration3]);
  });

  test('a ClusterXrayPolicy is found by its name too, and where both are there, one is named', async () => {
    const floor = policy('ClusterXrayPolicy', 'base', 7);
    const alone = aCluster([floor, held('web', { policyKind: 'ClusterXrayPolicy', policy: 'base' })]);
    const { out } = await approved(alone, ['base', '--yes']);
    expect(out).toContain('clusterxraypolicy.kubexray.io/base: generation 7 approved');
    const both = shop(floor);
    const { code, err } = await approved(both, ['base', '--yes']);
    expect(code).toBe(2);
    expect(err).toContain('could be one of xraypolicy/base, clusterxraypolicy/base');
    expect((await approved(both, ['xpol/base', '--yes'])).code).toBe(0);
    expect(both.merged).toEqual([ofGeneration3]);
  });

  test('a policy that was edited meanwhile is not approved, and it says so', async () => {
    const cluster = shop();
    const edited = { metadata: { name: 'base', uid: 'uid-base', generation: 4 } };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the API server answers with then
    const meanwhile = { ...cluster, merge: async <O>() => edited as O };
    const { code, err } = await approved(meanwhile, ['base', '--yes']);
    expect(code).toBe(2);
    expect(err).toMatch(/was changed meanwhile, to generation 4/);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no policy', [], /name a policy/],
    ['one that is not there', ['none'], /there is no policy "none"/],
    ['another kind', ['deploy/base'], /no kind of policy/],
  ])('%s', async (_, args, message) => {
    const { code, err } = await approved(shop(), args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
