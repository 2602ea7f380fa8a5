// PolicyReports on the real API server, with the rights that config/rbac gives for them and no others: in the kind that is
// installed, also when that changes; as their schemas have it; and written only where something changed.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aClusterXrayPolicy, aNamespace, anXrayException, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, statusBecomes, TOKEN } from './harness.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';
import { type Role, rightsIn, rightsUsedBy } from './rights-used.js';

const namespace = 'reports';
const [BAD, GOOD] = ['reports/web:bad', 'reports/web:good'];
const CRDS = 'test/fixtures/policy-reports';
const RIGHTS = 'config/rbac/policy-reports.yaml';
const KINDS = ['reports.openreports.io', 'policyreports.wgpolicyk8s.io'] as const;
const [OPEN, POLICY] = KINDS;
const SOON = { withinMs: 90_000, everyMs: 200 }; // kinds are looked for every half minute

let simulator: SimulatorProcess;
let operator: ProxiedOperator;
const used = new Set<string>();
const writes: string[] = [];

beforeAll(async () => {
  await kubectl(['delete', 'crd', '--ignore-not-found', ...KINDS]);
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), {
    issues: [
      { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-1' }] },
      { issue_id: 'XRAY-2', summary: 'leak', severity: 'High' },
    ],
  });
  await simulator.put(digestOf(GOOD), {});
  await installOperator(simulator.url);
  await kubectl(['apply', '--server-side', '--validate=strict', '-f', RIGHTS]);
  await apply(
    aNamespace(namespace),
    anXrayPolicy(namespace, {
      mode: 'Enforce',
      security: { minSeverity: 'Critical', actions: { default: 'ScaleDown' } },
    }),
    aClusterXrayPolicy('reports', {
      tier: 'Required',
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      security: { minSeverity: 'High' },
      license: { denied: ['AGPL-*'] },
    }),
    aWorkload(namespace, { name: 'bad', image: BAD }),
    aWorkload(namespace, { name: 'good', image: GOOD }),
  );
  operator = await startProxiedOperator({
    args: ['--policy-reports', 'true'],
    onAnswer: (request) => {
      const rights = rightsUsedBy(request).filter((right) => KINDS.some((kind) => right.endsWith(nameInRole(kind))));
      for (const right of rights) used.add(right);
      if (rights.length > 0 && request.method !== 'GET') writes.push(`${request.method} ${request.path}`);
    },
  });
}, 120_000);

afterAll(async () => {
  await operator.process.stop();
  await operator.close();
  await simulator.close();
  await kubectl(['delete', 'cxpol', 'reports', '--ignore-not-found']);
  await kubectl(['delete', '-f', RIGHTS, '--ignore-not-found']);
  await kubectl(['delete', 'crd', '--ignore-not-found', ...KINDS]);
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

/** `openreports.io/reports` of `reports.openreports.io`. */
function nameInRole(kind: string): string {
  const [plural = '', ...group] = kind.split('.');
  return `${group.join('.')}/${plural}`;
}

interface Report {
  readonly metadata: { readonly resourceVersion: string; readonly ownerReferences: readonly unknown[] };
  readonly scope: unknown;
  readonly summary: unknown;
  readonly results: readonly {
    readonly policy: string;
    readonly rule: string;
    readonly result: string;
    readonly severity?: string;
    readonly properties: Readonly<Record<string, string>>;
  }[];
}

async function report(kind: string, name: string): Promise<Report> {
  return read<Report>(kind, namespace, `kubexray-deployment-${name}`);
}

function linesOf({ results }: Report): readonly string[] {
  return results.map(({ policy, rule, result, severity = '-', properties: { id = '-' } }) =>
    [policy, rule, result, severity, id].join(' '),
  );
}

const OF_BAD = [
  'reports Security warn critical CVE-2026-1',
  'reports Security warn high XRAY-2',
  'reports License pass - -',
  'reports/base Security fail critical CVE-2026-1',
];
const OF_GOOD = ['reports Security pass - -', 'reports License pass - -', 'reports/base Security pass - -'];

async function linesBecome(kind: string, name: string, wanted: readonly string[]): Promise<Report> {
  return eventually(async () => {
    const found = await report(kind, name);
    expect(linesOf(found)).toEqual(wanted);
    return found;
  }, SOON);
}

async function install(file: string): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', `${CRDS}/${file}`]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', `${CRDS}/${file}`]);
}

test('where no such kind is installed, all else works', async () => {
  await statusBecomes(namespace, 'deployment-bad', { verdict: 'Violating', action: 'ScaledDown' });
  await statusBecomes(namespace, 'deployment-good', { verdict: 'Compliant' });
  expect(writes).toEqual([]);
}, 60_000);

test('the kind is picked up when it comes, and reports say what the results say', async () => {
  await install('policyreports.crd.yaml');
  const found = await linesBecome(POLICY, 'bad', OF_BAD);
  expect(found.summary).toEqual({ pass: 1, fail: 1, warn: 2, error: 0, skip: 0 });
  expect(found.scope).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'bad' });
  expect(found.metadata.ownerReferences).toMatchObject([{ kind: 'XrayScanResult', name: 'deployment-bad' }]);
  expect(found.results[3]).toMatchObject({
    source: 'kubexray',
    category: 'Vulnerability',
    scored: true,
    properties: { mode: 'Enforce', asks: 'ScaleDown', action: 'ScaledDown' },
  });
  await linesBecome(POLICY, 'good', OF_GOOD);
}, 120_000);

test('nothing is written while nothing changes', async () => {
  const askedAgain = async (): Promise<void> => {
    const asked = (await simulator.requests()).length;
    await eventually(async () => {
      expect((await simulator.requests()).length).toBeGreaterThan(asked + 3); // Xray has been asked again several times
    }, SOON);
  };
  await askedAgain(); // what was under way is written
  const before = writes.length;
  await askedAgain();
  expect(writes.slice(before)).toEqual([]);
}, 120_000);

test('what somebody deletes or edits is put right', async () => {
  await kubectl(['delete', POLICY, '-n', namespace, 'kubexray-deployment-bad']);
  await linesBecome(POLICY, 'bad', OF_BAD);
  const patch = JSON.stringify({ results: [{ policy: 'mine', result: 'pass' }] });
  await kubectl(['patch', POLICY, '-n', namespace, 'kubexray-deployment-bad', '--type=merge', '-p', patch]);
  await linesBecome(POLICY, 'bad', OF_BAD);
}, 120_000);

test('a waiver is a skip, and an image that is fixed passes', async () => {
  await apply(anXrayException(namespace, { vulnerabilities: ['XRAY-2'] }));
  await linesBecome(POLICY, 'bad', [
    'reports Security warn critical CVE-2026-1',
    'reports Security skip high XRAY-2',
    'reports License pass - -',
    'reports/base Security fail critical CVE-2026-1',
  ]);
  await kubectl(['delete', 'xexc', '-n', namespace, 'waiver']);
  await linesBecome(POLICY, 'bad', OF_BAD);
}, 120_000);

test('where both kinds are installed, openreports.io has them, and nothing stale stays in the other', async () => {
  await install('openreports.crd.yaml');
  await linesBecome(OPEN, 'bad', OF_BAD);
  await linesBecome(OPEN, 'good', OF_GOOD);
  await eventually(async () => {
    expect(await kubectl(['get', POLICY, '-n', namespace, '-o', 'name'])).toBe('');
  }, SOON);
}, 120_000);

test('what it writes has no field that either schema does not know', async () => {
  const { results, scope, summary } = await report(OPEN, 'bad');
  for (const [apiVersion, kind] of [
    ['openreports.io/v1alpha1', 'Report'],
    ['wgpolicyk8s.io/v1alpha2', 'PolicyReport'],
  ]) {
    const input = JSON.stringify({
      apiVersion,
      kind,
      metadata: { namespace, name: 'strict' },
      results,
      scope,
      summary,
    });
    await kubectl(['create', '--validate=strict', '--dry-run=server', '-f', '-'], { input });
  }
}, 60_000);

test('it goes with its workload', async () => {
  await kubectl(['delete', 'deployment', '-n', namespace, 'good']);
  await eventually(async () => {
    expect(await kubectl(['get', OPEN, '-n', namespace, '-o', 'name'])).toBe(
      'report.openreports.io/kubexray-deployment-bad\n',
    );
  }, SOON);
}, 120_000);

test('its role gives what it used, and nothing else', async () => {
  const granted = rightsIn([await read<Role>('clusterrole', '', 'kubexray-operator-policy-reports')]);
  expect([...used].sort()).toEqual(granted);
}, 30_000);
