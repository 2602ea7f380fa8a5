import { describe, expect, test } from '@jest/globals';
import { aCluster, aResult, aResultViolation, type FakeCluster, stored } from './a-cluster.js';
import { field } from '../../../src/cli/field.js';
import { type Ran, ran } from './a-world.js';

const two = aResultViolation({ id: 'CVE-2026-0002', aliases: ['XRAY-2', 'CVE-2026-0003'] });
const license = aResultViolation({ condition: 'License', id: 'AGPL-3.0-only', aliases: undefined });
const ofFloor = aResultViolation({ policyKind: 'ClusterXrayPolicy', policy: 'floor' });
const floor = stored(
  'ClusterXrayPolicy',
  'floor',
  { spec: { tier: 'Required', maxExceptionDuration: '7d', security: {} } },
  '',
);
const WHY = ['--reason', 'SEC-1', '--for', '14d'];

async function waived(cluster: FakeCluster, ...args: readonly string[]): Promise<Ran> {
  return ran(['waive', ...args], { openCluster: async () => cluster });
}

const cluster = (...violations: readonly object[]): FakeCluster =>
  aCluster([floor, aResult({ verdict: 'Violating', violations })]);

describe('waive', () => {
  test('makes an exception for this workload, and shows what it waives', async () => {
    const shop = cluster(aResultViolation(), license);
    const { code, out } = await waived(shop, 'web', '--vulnerability', 'CVE-2026-0001', ...WHY);
    expect(code).toBe(0);
    expect(out).toContain('waives CVE-2026-0001 in shop/web:1, asked by XrayPolicy shop/base');
    expect(out).not.toContain('AGPL');
    expect(shop.applied).toEqual([
      {
        apiVersion: 'kubexray.io/v1alpha1',
        kind: 'XrayException',
        metadata: { namespace: 'shop', name: 'deployment-web-cve-2026-0001-20260315' },
        spec: {
          workloads: [{ kind: 'Deployment', name: 'web' }],
          vulnerabilities: ['CVE-2026-0001'],
          reason: 'SEC-1',
          expiresAt: '2026-03-15T12:00:00Z',
        },
      },
    ]);
    expect(shop.isClosed).toBe(true);
  });

  test('two that end on one day and waive different things are two exceptions', async () => {
    const more = aResultViolation({ id: 'CVE-2026-0004', aliases: ['XRAY-4'] });
    const shop = cluster(aResultViolation(), license, more);
    const first = ['web', '--vulnerability', 'CVE-2026-0001'];
    await waived(shop, ...first, '--license', 'AGPL-3.0-only', ...WHY);
    await waived(shop, ...first, '--vulnerability', 'CVE-2026-0004', ...WHY);
    await waived(shop, 'web', '--vulnerability', 'CVE-2026-0004', '--vulnerability', 'CVE-2026-0001', ...WHY);
    const [one, another, asBefore] = shop.applied.map((object) => field(object, 'metadata', 'name'));
    expect(one).toMatch(/^deployment-web-cve-2026-0001-and-1-more-[0-9a-f]{8}-20260315$/);
    expect(another).not.toBe(one);
    expect(asBefore).toBe(another);
  });

  test('a license and a missing scan', async () => {
    const shop = cluster(license, aResultViolation({ condition: 'Unscanned', id: 'unscanned', aliases: undefined }));
    const args = ['--license', 'AGPL-3.0-only', '--unscanned', '--name', 'mine'];
    const { out } = await waived(shop, 'web', ...args, ...WHY);
    expect(out.match(/^ {2}waives/gm)).toHaveLength(2);
    expect(shop.applied).toMatchObject([
      { metadata: { name: 'mine' }, spec: { licenses: ['AGPL-3.0-only'], unscanned: true } },
    ]);
  });

  test('--dry-run shows it and does nothing', async () => {
    const shop = cluster(aResultViolation());
    const { code, out } = await waived(shop, 'web', '--vulnerability', 'CVE-2026-0001', '--dry-run', ...WHY);
    expect(code).toBe(0);
    expect(out).toContain('kind: XrayException\n');
    expect(shop.applied).toEqual([]);
  });

  test('what would waive nothing is not made, unless asked for', async () => {
    const shop = cluster(aResultViolation());
    const { code, err } = await waived(shop, 'web', '--vulnerability', 'CVE-2026-9999', ...WHY);
    expect({ code, applied: shop.applied }).toEqual({ code: 1, applied: [] });
    expect(err).toMatch(/nothing was done/);
    expect((await waived(shop, 'web', '--vulnerability', 'CVE-2026-9999', '--anyway', ...WHY)).code).toBe(0);
    expect(shop.applied).toHaveLength(1);
  });

  test('one of two CVEs waives nothing, and it says what to name', async () => {
    const { code, out } = await waived(cluster(two), 'web', '--vulnerability', 'CVE-2026-0002', ...WHY);
    expect(code).toBe(1);
    expect(out).toContain('XRAY-2 in shop/web:1 is also CVE-2026-0003; name these too, or XRAY-2');
  });

  test.each([['XRAY-2'], ['CVE-2026-0002', 'CVE-2026-0003']])('both are waived by %s', async (...ids) => {
    const args = ids.flatMap((id) => ['--vulnerability', id]);
    expect((await waived(cluster(two), 'web', ...args, ...WHY)).code).toBe(0);
  });

  test('what the platform does not let be waived that long is refused in words', async () => {
    const shop = cluster(ofFloor);
    const long = await waived(shop, 'web', '--vulnerability', 'CVE-2026-0001', ...WHY);
    expect(long.code).toBe(1);
    expect(long.out).toMatch(/refused: .*floor/);
    const short = ['--reason', 'SEC-1', '--for', '7d'];
    expect((await waived(shop, 'web', '--vulnerability', 'CVE-2026-0001', ...short)).code).toBe(0);
  });

  test('how long it lasts counts from the creation of an exception of that name that is there already', async () => {
    const mine = stored('XrayException', 'mine', { spec: {} }); // half a day old
    const shop = aCluster([floor, mine, aResult({ verdict: 'Violating', violations: [ofFloor] })]);
    const args = ['web', '--vulnerability', 'CVE-2026-0001', '--reason', 'SEC-1', '--for', '7d'];
    const { code, out } = await waived(shop, ...args, '--name', 'mine');
    expect({ code, applied: shop.applied }).toEqual({ code: 1, applied: [] });
    expect(out).toMatch(/refused: .*floor/);
    expect((await waived(shop, ...args)).code).toBe(0);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['no workload', ['--unscanned', ...WHY], /name a workload/],
    ['nothing named', ['web', ...WHY], /say what is waived/],
    ['no reason', ['web', '--unscanned', '--for', '1d'], /say why/],
    ['no end', ['web', '--unscanned', '--reason', 'x'], /say for how long/],
    ['no duration', ['web', '--unscanned', '--reason', 'x', '--for', 'ever'], /"ever" is no duration/],
    ['too long to count', ['web', '--unscanned', '--reason', 'x', '--for', '99999999d'], /is no duration/],
  ])('%s', async (_, args, message) => {
    const shop = cluster(aResultViolation());
    const { code, err } = await waived(shop, ...args);
    expect({ code, applied: shop.applied }).toEqual({ code: 2, applied: [] });
    expect(err).toMatch(message);
  });
});
