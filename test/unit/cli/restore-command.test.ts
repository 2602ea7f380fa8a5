import { describe, expect, test } from '@jest/globals';
import { KubeApiError } from '@dot-kube/operator';
import { keptManifest } from '../../../src/report/result/kept-manifest.js';
import { aDigest, after, aTarget, now } from '../../builders/builders.js';
import { aCluster, aResult, aResultViolation, type FakeCluster, stored } from './a-cluster.js';
import { ran, type WorldOptions } from './a-world.js';

const container = {
  ...{ name: 'main', image: 'shop/web:1' },
  env: [
    { name: 'PASSWORD', value: 'hunter2' },
    { name: 'MODE', value: 'fast' },
  ],
};
const sidecar = { name: 'sidecar', image: 'shop/side:1', env: [{ name: 'PASSWORD', value: 'other' }] };

function aDeployment(containers: readonly object[]): Readonly<Record<string, unknown>> {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'web' } },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'web' } }, spec: { containers } } },
  };
}

const plain = aDeployment([{ name: 'main', image: 'shop/web:1' }]);
const enforcement = { action: 'Deleted', phase: 'Done', at: now.toISOString(), workloadUid: 'uid-web' };
const violation = aResultViolation({ mode: 'Enforce', asks: 'Delete', dueAt: after(-1000).toISOString() });
const images = [
  {
    ...{ reference: 'shop/web:1', digest: aDigest(), containers: [{ name: 'main', kind: 'Container' }] },
    ...{
      revision: 'Current',
      state: 'Scanned',
      firstSeen: after(-7_200_000).toISOString(),
      factsAt: now.toISOString(),
    },
  },
];

function deletedResult(object: Readonly<Record<string, unknown>>, status: object = {}) {
  const input = { object, target: aTarget(), note: undefined, keepsEnvValues: false };
  return aResult({ enforcement, deletedManifest: keptManifest(input), images, violations: [violation], ...status });
}

const policy = (spec: object = {}) =>
  stored('XrayPolicy', 'base', {
    spec: { mode: 'Enforce', security: { minSeverity: 'High', actions: { deployments: 'Delete' } }, ...spec },
  });
const waiver = stored('XrayException', 'waiver', {
  spec: {
    ...{ workloadSelector: {}, vulnerabilities: ['CVE-2026-0001'], reason: 'of the test' },
    expiresAt: after(3_600_000).toISOString(),
  },
});

const restore = async (cluster: FakeCluster, args: readonly string[], world: WorldOptions = {}) =>
  ran(['restore', 'deploy/web', ...args], { openCluster: async () => cluster, ...world });

test('it is made anew as it was', async () => {
  const cluster = aCluster([deletedResult(plain)]);
  const { code, out } = await restore(cluster, []);
  expect({ code, out }).toEqual({ code: 0, out: 'deployment/web in shop made anew\n' });
  expect(cluster.created).toEqual([plain]);
});

describe('what would be deleted again', () => {
  interface Case {
    readonly rules: readonly ReturnType<typeof stored>[];
    readonly args?: readonly string[];
    readonly answer?: string;
    readonly code: number;
    readonly isTold?: boolean;
  }
  test.each<[string, Case]>([
    ['is not made where nobody can be asked', { rules: [policy()], code: 2 }],
    ['is not made on a no', { rules: [policy()], answer: 'n', code: 1 }],
    ['is made on a yes', { rules: [policy()], answer: 'y', code: 0 }],
    ['is made with --yes', { rules: [policy()], args: ['--yes'], code: 0 }],
    ['is none where it is waived by now', { rules: [policy(), waiver], code: 0, isTold: false }],
    ['is none where the policy audits by now', { rules: [policy({ mode: 'Audit' })], code: 0, isTold: false }],
    ['is none where there is no such policy any more', { rules: [], code: 0, isTold: false }],
  ])('%s', async (_, { rules, args = [], answer, code, isTold = true }) => {
    const cluster = aCluster([deletedResult(plain), ...rules]);
    const ended = await restore(cluster, args, { ask: async () => answer });
    expect(ended.code).toBe(code);
    expect(cluster.created).toHaveLength(code === 0 ? 1 : 0);
    const told = 'the operator would act on it again (Delete): CVE-2026-0001 in shop/web:1';
    expect(ended.out.includes(told)).toBe(isTold);
  });

  test('it asks as well where the result no longer tells of an image', async () => {
    const moved = [...images, ...images.map((image) => ({ ...image, digest: aDigest('b') }))];
    const cluster = aCluster([deletedResult(plain, { images: moved }), policy()]);
    const { code, out } = await restore(cluster, [], { ask: async () => 'n' });
    expect(code).toBe(1);
    expect(out).toContain('nobody can tell here whether the operator would act on it again');
    expect(cluster.created).toEqual([]);
  });

  test('it asks as well where the rules can not be read', async () => {
    const cluster = aCluster([deletedResult(plain)], ['ClusterXrayPolicy']);
    const ended = await restore(cluster, []);
    expect(ended.code).toBe(2);
    expect(ended.out).toContain('nobody can tell here whether the operator would act on it again');
    expect(cluster.created).toEqual([]);
  });
});

describe('values that were left out', () => {
  const result = deletedResult(aDeployment([container, sidecar]));

  test('are asked for', async () => {
    const cluster = aCluster([result]);
    const { code, err } = await restore(cluster, ['--env', 'MODE=slow', '--yes']);
    expect(code).toBe(2);
    expect(err).toContain('the values of main/PASSWORD, sidecar/PASSWORD were not kept. Give them with --env');
    expect(cluster.created).toEqual([]);
  });

  const main = (value: string) => ({ name: 'PASSWORD', value });
  test.each<[string, readonly string[], readonly object[], readonly object[]]>([
    [
      'are given for all containers',
      ['--env', 'PASSWORD=a=b', '--env', 'MODE=slow'],
      [main('a=b'), { name: 'MODE', value: 'slow' }],
      [main('a=b')],
    ],
    [
      'are given for one container, and are empty in the others',
      ['--env', 'sidecar/PASSWORD=x', '--empty-env'],
      [{ name: 'PASSWORD' }, { name: 'MODE' }],
      [main('x')],
    ],
  ])('%s', async (_, args, ofMain, ofSidecar) => {
    const cluster = aCluster([result]);
    expect((await restore(cluster, args)).code).toBe(0);
    const containers = [
      { ...container, env: ofMain },
      { ...sidecar, env: ofSidecar },
    ];
    expect(cluster.created).toMatchObject([{ spec: { template: { spec: { containers } } } }]);
  });

  test.each([
    ['of no variable', 'PASSWORD', 'names no variable'],
    ['of one that is not there', 'OTHER=1', 'no value of "OTHER" was left out'],
  ])('a value %s is wrong', async (_, text, problem) => {
    const { code, err } = await restore(aCluster([result]), ['--env', text, '--empty-env']);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });
});

test('--dry-run -o yaml prints the manifest alone, to be edited and applied', async () => {
  const cluster = aCluster([deletedResult(aDeployment([container])), policy()]);
  const { code, out, err } = await restore(cluster, ['--dry-run', '-o', 'yaml']);
  expect(code).toBe(0);
  expect(out).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\n/u);
  expect(out).toContain('value: LEFT-OUT-BY-KUBEXRAY');
  expect(err).toContain('would be made anew');
  expect(err).toContain('main/PASSWORD, main/MODE');
  expect(err).toContain('would act on it again');
  expect(cluster.created).toEqual([]);
});

describe('it is refused where', () => {
  test.each([
    ['the operator has not deleted it', aResult({}), 'the operator has not deleted deployment/web'],
    ['the manifest was not kept', aResult({ enforcement }), 'was not kept: it was too large'],
    [
      'what was kept is no manifest',
      aResult({ enforcement, deletedManifest: { gzip: 'AAAA', envValuesLeftOut: 0 } }),
      'is no manifest of it',
    ],
    [
      'what was kept is that of another',
      deletedResult({ ...plain, metadata: { namespace: 'shop', name: 'other' } }),
      'is no manifest of it',
    ],
  ])('%s', async (_, result, problem) => {
    const cluster = aCluster([result]);
    const { code, err } = await restore(cluster, ['--yes']);
    expect(code).toBe(2);
    expect(err).toContain(problem);
    expect(cluster.created).toEqual([]);
  });

  test('it is there already, also if it came a moment ago', async () => {
    const there = stored('Deployment', 'web', {});
    expect((await restore(aCluster([deletedResult(plain), there]), ['--yes'])).err).toContain('is there already');
    const cluster: FakeCluster = {
      ...aCluster([deletedResult(plain)]),
      create: async () => {
        throw new KubeApiError(409, 'AlreadyExists', 'it exists');
      },
    };
    expect((await restore(cluster, ['--yes'])).err).toContain('is there already');
  });
});

test('without a name it is wrong usage', async () => {
  expect((await ran(['restore'])).code).toBe(2);
});
