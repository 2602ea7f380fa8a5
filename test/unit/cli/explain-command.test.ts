import { describe, expect, test } from '@jest/globals';
import type { Explanation } from '../../../src/cli/explain/explanation.js';
import { aCluster, aResult, aResultViolation, aStoredDeployment, type FakeCluster, stored } from './a-cluster.js';
import { ran } from './a-world.js';

const stop = { actions: { deployments: 'ScaleDown' } };
const team = stored('XrayPolicy', 'base', { spec: { mode: 'Enforce', security: { ...stop, gracePeriod: '72h' } } });
const floor = stored(
  'ClusterXrayPolicy',
  'floor',
  { spec: { tier: 'Required', mode: 'Enforce', exceptions: 'Forbidden', license: { denied: ['AGPL-*'] } } },
  '',
);
const byDefault = stored(
  'ClusterXrayPolicy',
  'usual',
  { spec: { tier: 'Default', security: stop, unscanned: stop } },
  '',
);
const elsewhere = stored(
  'ClusterXrayPolicy',
  'elsewhere',
  { spec: { tier: 'Required', namespaceSelector: { matchLabels: { stage: 'prod' } }, security: stop } },
  '',
);
const waiver = stored('XrayException', 'waiver', {
  spec: {
    workloadSelector: {},
    vulnerabilities: ['CVE-2026-0002', 'CVE-2026-0009'],
    licenses: ['AGPL-3.0-only'],
    reason: 'SEC-1',
    expiresAt: '2026-03-10T00:00:00Z',
  },
});
const old = stored('XrayException', 'old', {
  spec: { workloadSelector: {}, unscanned: true, reason: 'then', expiresAt: '2026-03-01T11:59:59Z' },
});
const license = aResultViolation({
  ...{ policyKind: 'ClusterXrayPolicy', policy: 'floor', field: 'spec.license.denied', reason: 'LicenseDenied' },
  ...{ condition: 'License', id: 'AGPL-3.0-only', aliases: undefined, severity: undefined, asks: 'Ignore' },
});
const result = aResult({
  verdict: 'Violating',
  action: 'ScaledDown',
  message: 'Stopped.',
  violations: [aResultViolation(), aResultViolation({ id: 'CVE-2026-0003', dueAt: '2026-03-04T11:00:00Z' }), license],
  waived: [
    {
      ...aResultViolation({ id: 'CVE-2026-0002' }),
      exception: 'shop/waiver',
      until: '2026-03-10T00:00:00Z',
    },
  ],
  enforcement: {
    ...{ action: 'ScaledDown', phase: 'Done', at: '2026-03-01T11:00:01Z', workloadUid: 'uid-web', replicas: 3 },
    ...{ reason: 'PolicyViolated', message: 'Stopped for policy shop/base.', attempts: 1 },
  },
});
const all = [aStoredDeployment(), team, floor, byDefault, elsewhere, waiver, old, result];

async function explained(cluster: FakeCluster, ...args: readonly string[]): Promise<Explanation> {
  const { out, err } = await ran(['explain', ...args, '-o', 'json'], { openCluster: async () => cluster });
  expect(err).toBe('');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the command prints is what is tested
  return JSON.parse(out) as Explanation;
}

describe('explain', () => {
  test('every policy that applies, what it asks, and what gives way to what', async () => {
    const { policies } = await explained(aCluster(all), 'web');
    expect(policies).toMatchObject([
      { name: 'floor', tier: 'Required', exceptions: 'Forbidden', asks: [{ condition: 'License', action: 'Ignore' }] },
      { name: 'usual', tier: 'Default', yields: [{ condition: 'Security', to: ['shop/base'] }] },
      { name: 'shop/base', asks: [{ condition: 'Security', action: 'ScaleDown', graceSeconds: 259_200 }] },
    ]);
  });

  test('what won, which grace periods run, what changes next, what was done', async () => {
    const told = await explained(aCluster(all), 'deploy/web');
    expect(told.decided).toEqual({ action: 'ScaleDown', by: ['XrayPolicy shop/base'] });
    expect(told.violations.map(({ id, inGrace }) => [id, inGrace])).toEqual([
      ['CVE-2026-0001', false],
      ['CVE-2026-0003', true],
      ['AGPL-3.0-only', false],
    ]);
    expect(told.nextAt).toBe('2026-03-04T11:00:00Z');
    expect(told.done).toMatchObject({ action: 'ScaledDown', replicas: 3 });
  });

  test('no text of others steers a terminal, and in a pipe it stands as it is', async () => {
    const summary = 'overflow\u001B[2J\u001B]0;fine\u0007\rCompliant\u009B1A\u202E';
    const hostile = aResult({ verdict: 'Violating', violations: [aResultViolation({ summary })] });
    const openCluster = async (): Promise<FakeCluster> => aCluster([aStoredDeployment(), hostile]);
    const { out } = await ran(['explain', 'web'], { openCluster, isTerminal: true });
    expect(out).toContain('overflow�[2J�]0;fine��Compliant�1A�\n');
    expect(out).toContain('\u001B[31m✗\u001B[39m');
    expect((await ran(['explain', 'web'], { openCluster })).out).toContain(summary);
  });

  test('what was done and who asked for it, as often as somebody undid it', async () => {
    const at = '2026-03-01T11:00:01Z';
    const fought = {
      ...{ at, act: 'ScaledDown', outcome: 'Done', workloadUid: 'uid-web', message: 'Stopped.' },
      ...{ times: 3, lastAt: '2026-03-01T11:30:00Z', undoneBy: 'helm' },
      askedBy: [{ policyKind: 'XrayPolicy', policy: 'shop/base', generation: 4, approved: true }],
    };
    const cut = { ...fought, act: 'Deleted', outcome: 'Requested', times: undefined, askedBy: [], undoneBy: undefined };
    const acted = aResult({ verdict: 'Violating', action: 'ScaledDown', history: [fought, cut] });
    const { out } = await ran(['explain', 'web'], { openCluster: async () => aCluster([aStoredDeployment(), acted]) });
    expect(out).toContain(
      [
        'History',
        `  ${at} ScaledDown (3 times, last at 2026-03-01T11:30:00Z): Stopped. Asked for by XrayPolicy shop/base (generation 4, approved). Undone by helm.`,
        `  ${at} Deleted: Stopped. Not known to be done.`,
      ].join('\n'),
    );
  });

  test('which exception waives what, which may not, and which ended', async () => {
    const told = await explained(aCluster(all), 'web');
    expect(told.exceptions).toMatchObject([
      { name: 'shop/waiver', state: 'Active', waives: 1 },
      { name: 'shop/old', state: 'Expired', waives: 0 },
    ]);
    expect(told.violations[0]?.notWaived).toEqual([]);
    expect(told.violations[2]?.notWaived).toEqual([expect.stringContaining('floor')]);
  });

  test('as text, with the exit code 1 for violations, and the cluster closed', async () => {
    const cluster = aCluster(all);
    const { code, out } = await ran(['explain', 'web'], { openCluster: async () => cluster });
    expect(code).toBe(1);
    expect(cluster.isClosed).toBe(true);
    expect(out).toContain('Deployment shop/web  Violating, ScaledDown');
    expect(out).toContain('Security: gives way to XrayPolicy shop/base');
    expect(out).toContain('Security: ScaleDown after a grace period of 3d');
    expect(out).toContain('in grace until 2026-03-04T11:00:00Z');
    expect(out).toContain('CVE-2026-0002 in shop/web:1, asked by XrayPolicy shop/base');
    expect(out).toContain('by XrayException shop/waiver until 2026-03-10T00:00:00Z');
    expect(out).toContain('ScaleDown won, asked for by XrayPolicy shop/base');
  });

  test('a compliant workload has the exit code 0', async () => {
    const cluster = aCluster([aStoredDeployment(), aResult({ verdict: 'Compliant', action: 'None' })]);
    expect((await ran(['explain', 'web'], { openCluster: async () => cluster })).code).toBe(0);
  });

  test('what may not be read is left out and said', async () => {
    const { notes, policies } = await explained(aCluster(all, ['ClusterXrayPolicy', 'Namespace']), 'web');
    expect(policies.map(({ name }) => name)).toEqual(['shop/base']);
    expect(notes.join('\n')).toMatch(/may not read ClusterXrayPolicy/);
  });

  test('an invalid policy is judged by its last valid form, and said to be invalid', async () => {
    const broken = stored('XrayPolicy', 'base', {
      spec: { license: { denied: ['^GPL'] } },
      status: { lastValid: { generation: 1, spec: { mode: 'Enforce', security: stop } } },
    });
    const { policies, notes } = await explained(aCluster([aStoredDeployment(), broken, result]), 'web');
    expect(policies).toMatchObject([{ name: 'shop/base', asks: [{ condition: 'Security' }] }]);
    expect(notes).toEqual([expect.stringMatching(/XrayPolicy shop\/base makes no sense.*last valid form/)]);
  });
});

describe('which workload is meant', () => {
  const both = aCluster([aResult({}), aResult({}, 'web', 'StatefulSet')]);
  test.each<[string, readonly string[], RegExp]>([
    ['none named', [], /name a workload/],
    ['none of that name', ['cart'], /no result of "cart" in namespace shop/],
    ['none of that kind', ['job/web'], /no result of "job\/web"/],
    ['two of that name', ['web'], /one of deployment\/web, statefulset\/web/],
    ['another namespace', ['web', '-n', 'calm'], /in namespace calm/],
  ])('%s', async (_, args, message) => {
    const { code, err } = await ran(['explain', ...args], { openCluster: async () => both });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test.each(['sts/web', 'statefulset/web', 'statefulsets/web', 'StatefulSet/web'])('%s', async (name) => {
    expect((await explained(both, name)).workload.kind).toBe('StatefulSet');
  });
});
