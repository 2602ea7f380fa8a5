// docs/cli.md, docs/enforcement.md and docs/gitops.md: what they tell to type, typed, and what they show, seen.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { sectionOf, sectionsOf } from '../docs/page.js';
import { aReader, type Reader } from '../docs/reader.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { workloadOfKind } from './kind-manifests.js';
import { aClusterXrayPolicy, aNamespace, anXrayPolicy, aWorkload, pinned } from '../builders/manifests.js';
import {
  apply,
  emptyCluster,
  installOperator,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const BAD = 'cli/web:bad';
const overflow = {
  issue_id: 'XRAY-1',
  summary: 'overflow',
  severity: 'Critical',
  cves: [{ cve: 'CVE-2026-0001' }],
};
const log4jText = 'Log4j looks up JNDI names in what it logs';

/** What the page's run of `test` looks at. */
const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: { name: search, namespace: shop }
spec:
  selector: { matchLabels: { app: search } }
  template:
    metadata: { labels: { app: search } }
    spec:
      containers:
        - { name: solr, image: solr:8.11.0 }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: report, namespace: shop }
spec: { schedule: '0 4 * * *', jobTemplate: { spec: { template: { spec: { containers: [{ name: report, image: 'shop/report:7' }] } } } } }
`;
const POLICIES = `apiVersion: kubexray.io/v1alpha1
kind: XrayPolicy
metadata: { name: base, namespace: shop }
spec:
  mode: Enforce
  unscanned: { gracePeriod: 15m, actions: { default: Ignore } }
  security: { minSeverity: High, actions: { deployments: ScaleDown } }
---
apiVersion: kubexray.io/v1alpha1
kind: XrayException
metadata: { name: log4j, namespace: shop }
spec:
  workloads: [{ kind: Deployment, name: search }]
  vulnerabilities: [CVE-2021-45046]
  reason: JNDI is off, see SEC-1234
  expiresAt: '2026-12-08T00:00:00Z'
`;
const base = { mode: 'Enforce', security: { minSeverity: 'High', actions: { default: 'ScaleDown' } } };

let simulator: SimulatorProcess;
let operator: RunningOperator | undefined;
let reader: Reader;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [overflow], licenses: ['MIT'] });
  await emptyCluster();
  await installOperator(simulator.url);
  await kubectl(['delete', 'cxpol', '--all']);
  await apply(
    aNamespace('shop'),
    anXrayPolicy('shop', base),
    aClusterXrayPolicy('cli-default', {
      tier: 'Default',
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
      security: { actions: { deployments: 'Delete' } },
    }),
    aWorkload('shop', { image: BAD }),
  );
  operator = await startOperator();
  reader = await aReader({ has: { 'https://example.jfrog.io': simulator.url } });
}, 360_000);

afterAll(async () => {
  await reader.close();
  await operator?.stop();
  await simulator.close();
  await kubectl(['delete', 'cxpol', '--all']);
  await kubectl(['delete', 'namespace', '--wait=false', 'shop']);
}, 60_000);

async function follow(page: string, heading: string): Promise<void> {
  for (const step of sectionOf(page, heading).steps) await reader.does(step);
}

async function restart(...args: readonly string[]): Promise<void> {
  await operator?.stop();
  operator = undefined;
  operator = await startOperator(args);
}

async function save(file: string, content: object | string): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await reader.does({ kind: 'save', file, text });
}

test('each command has its part here', () => {
  const headings = sectionsOf('docs/cli.md').map(({ heading }) => heading);
  expect(headings).toEqual([
    'test',
    'explain',
    'status',
    'waive',
    'release',
    'restore',
    'approve',
    'migrate',
    'completion',
  ]);
});

test('test', async () => {
  const jndi = {
    severity: 'Critical',
    components: [{ component_id: 'gav://log4j', fixed_versions: ['[2.15.0]', '[2.12.2]'] }],
  };
  const incomplete = 'The first fix of CVE-2021-44228 in Log4j was incomplete';
  await save('manifests/shop.yaml', SHOP);
  await save('policies/shop.yaml', POLICIES);
  await save('facts.json', {
    images: {
      'solr:8.11.0': {
        issues: [
          { ...jndi, issue_id: 'XRAY-1', cves: [{ cve: 'CVE-2021-44228' }], summary: log4jText },
          {
            ...jndi,
            issue_id: 'XRAY-2',
            cves: [{ cve: 'CVE-2021-45046' }],
            summary: incomplete,
            components: [{ component_id: 'gav://log4j', fixed_versions: ['[2.16.0]'] }],
          },
        ],
      },
    },
  });
  await follow('cli.md', 'test');
}, 60_000);

test('explain', async () => {
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
  await follow('cli.md', 'explain');
}, 60_000);

test('status', async () => follow('cli.md', 'status'), 60_000);

test('release, after the operator has gone', async () => {
  const report = workloadOfKind('CronJob', 'shop', pinned(BAD));
  await apply({ ...report, metadata: { name: 'report', namespace: 'shop' } });
  await statusBecomes('shop', 'cronjob-report', { action: 'Suspended' });
  await operator?.stop();
  operator = undefined;
  await follow('cli.md', 'release');
  await kubectl(['delete', 'cronjob', 'report', '-n', 'shop']);
}, 90_000);

test('waive', async () => {
  await restart();
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
  await follow('cli.md', 'waive');
  await statusBecomes('shop', 'deployment-web', { action: 'Restored' });
}, 90_000);

test('restore', async () => {
  const env = [{ name: 'PASSWORD', value: 'tiger' }];
  const deleting = { ...base, security: { minSeverity: 'High', actions: { default: 'Delete' } } };
  await apply(
    anXrayPolicy('shop', { ...deleting, workloadSelector: { matchLabels: { app: 'db' } } }, 'db'),
    aWorkload('shop', { name: 'db', image: BAD, replicas: 1, env }),
  );
  await statusBecomes('shop', 'deployment-db', { action: 'Deleted' });
  await follow('cli.md', 'restore');
  await kubectl(['delete', 'xpol', 'db', '-n', 'shop']);
  await kubectl(['delete', 'deployment', 'db', '-n', 'shop', '--ignore-not-found']);
}, 90_000);

test('approve, and the same by the annotation', async () => {
  await restart('--brake-share', '1', '--brake-floor', '0'); // so that the first of them does not go before the others are there
  const names = Array.from({ length: 12 }, (_, i) => `api-${i}`);
  await apply(...names.map((name) => aWorkload('shop', { name, image: BAD, replicas: 1 })));
  for (const name of names) await statusBecomes('shop', `deployment-${name}`, { action: 'Held' });
  await follow('cli.md', 'approve');
  for (const name of names) await statusBecomes('shop', `deployment-${name}`, { action: 'ScaledDown' });

  await apply(anXrayPolicy('shop', { ...base, mode: 'Audit' }));
  for (const name of names) await statusBecomes('shop', `deployment-${name}`, { action: 'Audited' });
  await apply(anXrayPolicy('shop', base));
  for (const name of names) await statusBecomes('shop', `deployment-${name}`, { action: 'Held' });
  await follow('enforcement.md', 'The brake');
  for (const name of names) await statusBecomes('shop', `deployment-${name}`, { action: 'ScaledDown' });
}, 180_000);

test('migrate', async () => {
  await save('values.yaml', {
    scanPolicy: {
      unscanned: {
        whitelistNamespaces: 'kube-system,kubexray,cert-manager,nginx-ingress',
        deployments: 'scaledown',
        statefulSets: 'scaledown',
      },
    },
  });
  await save('xray_config.yaml', { url: 'https://acme.jfrog.io', user: 'robot', password: '0123456' });
  await follow('cli.md', 'migrate');
}, 60_000);

test('completion', async () => follow('cli.md', 'completion'), 30_000);

const typedBesideGitOps = sectionsOf('docs/gitops.md').filter(({ steps }) => steps.some(({ kind }) => kind === 'run'));

test.each(typedBesideGitOps)('docs/gitops.md: $heading', async ({ steps }) => {
  for (const step of steps) if (step.kind === 'run') await reader.does(step);
});
