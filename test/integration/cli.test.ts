// The command line as users run it, a process with their kubeconfig, on a real cluster beside a running operator.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { XrayException } from '../../src/api/v1alpha1/types.js';
import type { Explanation } from '../../src/cli/explain/explanation.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aClusterXrayPolicy, aNamespace, anXrayPolicy, aWorkload, pinned } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, type RunningOperator, startOperator, statusBecomes, TOKEN } from './harness.js';
import { type Ended, kubexray } from '../command-line.js';

const BAD = 'cli/web:bad';
const CVE = 'CVE-2026-0001';
const shop = 'cli-shop';
const stop = { deployments: 'ScaleDown' };

let simulator: SimulatorProcess;
let operator: RunningOperator;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubexray-cli-'));
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: CVE }] }],
    licenses: ['MIT'],
  });
  await installOperator(simulator.url);
  await apply(
    aNamespace(shop),
    anXrayPolicy(shop, { mode: 'Enforce', security: { actions: stop } }),
    aClusterXrayPolicy('cli-default', {
      tier: 'Default',
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': shop } },
      security: { actions: { deployments: 'Delete' } },
    }),
  );
  operator = await startOperator();
  await apply(aWorkload(shop, { image: BAD }));
  await statusBecomes(shop, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });
}, 90_000);

afterAll(async () => {
  await kubectl(['delete', 'cxpol', '--ignore-not-found', 'cli-default', 'kubexray-unscanned', 'kubexray-security']);
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', shop]);
  await rm(folder, { recursive: true });
}, 60_000);

function parsed({ out, err }: Ended): unknown {
  if (out === '') throw new Error(err);
  return JSON.parse(out);
}

async function written(name: string, content: object): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

test('explain tells the policies, what gave way, what won and what was done', async () => {
  const ended = await kubexray(['explain', 'deploy/web', '-n', shop, '-o', 'json']);
  expect(ended.code).toBe(1);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the command prints is what is tested
  const told = parsed(ended) as Explanation;
  expect(told.notes).toEqual([]);
  expect(told).toMatchObject({
    verdict: 'Violating',
    action: 'ScaledDown',
    violations: [{ id: CVE, policy: `${shop}/base`, inGrace: false }],
    decided: { action: 'ScaleDown', by: [`XrayPolicy ${shop}/base`] },
    done: { action: 'ScaledDown', phase: 'Done', replicas: 2 },
  });
  expect(told.policies.map(({ name, yields }) => [name, yields])).toEqual([
    ['cli-default', [{ condition: 'Security', to: [`${shop}/base`] }]],
    [`${shop}/base`, []],
  ]);
}, 30_000);

test('a name that nothing bears says what to do', async () => {
  const { code, out, err } = await kubexray(['explain', 'nobody', '-n', shop]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^kubexray: there is no result of "nobody" in namespace cli-shop.*\n$/);
}, 30_000);

test('a kubeconfig without the context says what to do', async () => {
  const { code, err } = await kubexray(['status', '--context', 'nowhere']);
  expect(code).toBe(2);
  expect(err).toMatch(/no context "nowhere"; choose one with --context/);
}, 30_000);

test('status counts, and names the worst', async () => {
  const ended = await kubexray(['status', '-n', shop, '-o', 'json']);
  expect(ended.code).toBe(1);
  expect(parsed(ended)).toMatchObject({
    workloads: 1,
    verdicts: { Violating: 1 },
    actions: { ScaledDown: 1 },
    worst: [{ kind: 'Deployment', name: 'web', critical: 1, violations: 1 }],
    connections: [{ name: 'default', ready: 'True' }],
  });
}, 30_000);

describe('test', () => {
  test('asks Xray about a pinned image, and judges as the operator did', async () => {
    const [manifest, policy] = await Promise.all([
      written('web.json', aWorkload(shop, { image: pinned(BAD) })),
      written('policy.json', anXrayPolicy(shop, { mode: 'Enforce', security: { actions: stop } })),
    ]);
    const args = ['test', '-f', manifest, '--policies', policy, '--xray-url', simulator.url, '-o', 'json'];
    const ended = await kubexray(args, { XRAY_TOKEN: TOKEN });
    expect(ended.err).toBe('');
    expect(parsed(ended)).toMatchObject({
      workloads: [{ verdict: 'Violating', action: 'ScaleDown', violations: [{ id: CVE }] }],
    });
    expect(ended.code).toBe(1);
    const refused = await kubexray(args, { XRAY_TOKEN: 'wrong-secret' });
    expect(refused.code).toBe(2);
    expect(refused.err).not.toContain('wrong-secret');
  }, 60_000);
});

test('migrate gives objects that the API server takes by strict validation', async () => {
  const values = await written('values.yaml', {
    scanPolicy: {
      unscanned: { whiltelistNamespaces: `kube-system,${shop}`, deployments: 'scaledown', statefulSets: 'ignore' },
      security: { deployments: 'delete', statefulSets: 'scaledown', whitelistNamespaces: [shop] },
    },
  });
  const config = await written('xray_config.yaml', {
    ...{ url: 'https://acme.jfrog.io', user: 'robot', password: 's3cret', xrayWebhookToken: 'hook-s3cret' },
  });
  const target = join(folder, 'migrated.yaml');
  const args = ['migrate', '-f', values, '--xray-config', config, '--denied-license', 'AGPL-*'];
  const ended = await kubexray([...args, '--to-file', target]);
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(ended.out).not.toContain('s3cret');
  expect((await stat(target)).mode & 0o777).toBe(0o600);
  expect(await readFile(target, 'utf8')).toContain('password: s3cret');
  const applied = await kubectl([
    'apply',
    '--server-side',
    '--validate=strict',
    '--dry-run=server',
    '--force-conflicts',
    '-f',
    target,
  ]);
  expect(
    applied
      .trim()
      .split('\n')
      .map((line) => line.replace(/ .*/, '')),
  ).toEqual([
    'secret/xray',
    'secret/xray-hook',
    'xrayconnection.kubexray.io/default',
    'clusterxraypolicy.kubexray.io/kubexray-unscanned',
    'clusterxraypolicy.kubexray.io/kubexray-security',
    'clusterxraypolicy.kubexray.io/kubexray-license',
  ]);
  expect(await kubexray([...args, '--to-file', target])).toMatchObject({ code: 2 });
}, 60_000);

test('waive makes an exception as the manager kubexray, and the operator gives the workload back', async () => {
  const args = [
    'waive',
    'web',
    '-n',
    shop,
    '--vulnerability',
    CVE,
    '--reason',
    'SEC-1',
    '--for',
    '1h',
    '--name',
    'mine',
  ];
  const shown = await kubexray([...args, '--dry-run']);
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(await kubectl(['get', 'xexc', '-n', shop, '-o', 'name'])).toBe('');

  const made = await kubexray(args);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain(`waives ${CVE} in ${BAD}, asked by XrayPolicy ${shop}/base`);
  const exception = await read<XrayException>('xexc', shop, 'mine');
  expect(exception.spec).toMatchObject({ workloads: [{ kind: 'Deployment', name: 'web' }], vulnerabilities: [CVE] });
  const managed = await kubectl(['get', 'xexc', 'mine', '-n', shop, '--show-managed-fields', '-o', 'json']);
  expect(managed).toMatch(/"manager": "kubexray",\s+"operation": "Apply"/);
  await statusBecomes(shop, 'deployment-web', { verdict: 'Compliant', action: 'Restored' });
  const told = parsed(await kubexray(['explain', 'web', '-n', shop, '-o', 'json']));
  expect(told).toMatchObject({ waived: [{ id: CVE, exception: `${shop}/mine` }], exceptions: [{ waives: 1 }] });
}, 90_000);
