// Getting started, installing, moving over from KubeXray, upgrading, bringing back by hand and uninstalling, as their pages tell it, one
// after the other on one cluster.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { sectionsOf, type Step } from '../../docs/page.js';
import { aReader, type Reader } from '../../docs/reader.js';
import { helmPath } from '../../helm/helm.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, aWorkload } from '../../builders/manifests.js';
import { apply, emptyCluster, OPERATOR_NAMESPACE, replicasOf, statusBecomes, TOKEN } from '../harness.js';
import { type Installed, startAsInstalled } from './installed.js';

const BUILDING_HELM_MS = 900_000;
const log4j = {
  issue_id: 'XRAY-193402',
  summary: 'Log4j looks up JNDI names in what it logs',
  severity: 'Critical',
  cves: [{ cve: 'CVE-2021-44228' }],
};

let simulator: SimulatorProcess;
let reader: Reader;
let operator: Installed | undefined;

beforeAll(async () => {
  await helmPath();
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf('shop/web:1'), { issues: [log4j], licenses: ['MIT'] });
  await simulator.put(digestOf('shop/web:fixed'), { licenses: ['MIT'] });
  await kubectl(['delete', '-k', 'config/default', '--ignore-not-found', '--timeout=120s']);
  await emptyCluster();
  await apply(aNamespace('shop'), aWorkload('shop', { image: 'shop/web:1' }));
  reader = await aReader({
    has: { 'https://example.jfrog.io': simulator.url, 'accessToken=…': `accessToken=${TOKEN}` },
    helm: true,
  });
}, BUILDING_HELM_MS);

afterAll(async () => {
  await operator?.stop();
  await reader.close();
  await simulator.close();
  await kubectl(['delete', '-k', 'config/default', '--ignore-not-found', '--timeout=120s']);
  await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', 'shop', OPERATOR_NAMESPACE]);
}, 180_000);

async function restart(): Promise<void> {
  await operator?.stop();
  operator = undefined;
  operator = await startAsInstalled();
}

function steps(page: string, heading: string): readonly Step[] {
  const found = sectionsOf(`docs/${page}`).find((section) => section.heading === heading);
  if (found === undefined) throw new Error(`docs/${page} has no section "${heading}"`);
  return found.steps;
}

async function follow(all: readonly Step[]): Promise<void> {
  for (const step of all) await reader.does(step);
}

test('getting started', async () => {
  for (const { heading, steps: all } of sectionsOf('docs/getting-started.md')) {
    await follow(all);
    // Its Deployment is played, so somebody has to run what it says.
    if (heading.startsWith('1.')) await restart();
  }
  await kubectl(['delete', 'secret', 'xray', '-n', OPERATOR_NAMESPACE]);
  await follow(steps('xray.md', 'What the account in Xray needs'));
}, 180_000);

test('the two charts, from nothing, with a floor for the platform', async () => {
  await uninstalled();
  await follow(steps('install.md', 'With Helm').slice(0, 1));
  await restart();
  await follow(steps('install.md', 'With Helm').slice(1));
  expect(await kubectl(['get', 'cxpol', 'floor', '-o', 'jsonpath={.spec.mode}'])).toBe('Audit');
}, 180_000);

test('an upgrade', async () => {
  await follow(steps('operations.md', 'Upgrade'));
  expect(await kubectl(['get', 'cxpol', 'floor', '-o', 'jsonpath={.spec.mode}'])).toBe('Audit');
}, 120_000);

test('PolicyReports, where nobody has installed their kind', async () => {
  await follow(steps('reports.md', ''));
  await restart();
  await kubectl(['wait', '--for=condition=Ready', 'xconn/default', '--timeout=30s']);
}, 120_000);

test('moving over from KubeXray', async () => {
  await kubectl(['set', 'image', 'deployment/web', '-n', 'shop', 'main=shop/web:1']);
  await follow(steps('migration.md', 'Step by step'));
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
}, 120_000);

test('bringing a workload back by hand, without the operator', async () => {
  await operator?.stop();
  operator = undefined;
  await follow(steps('operations.md', 'Back up'));
  expect(await replicasOf('Deployment', 'shop', 'web')).toBe(3);
  expect(await kubectl(['get', 'deployments', '-n', 'shop', '-o', 'json'])).not.toContain('kubexray.io/stopped');
  await restart();
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
}, 120_000);

test('uninstalling, once all is brought back', async () => {
  await kubectl([
    'delete',
    'cxpol',
    'kubexray-unscanned',
    'kubexray-security',
    'kubexray-license',
    '--ignore-not-found',
  ]);
  const [policies, untilNothingIsStopped, ...rest] = steps('operations.md', 'Uninstall');
  if (policies === undefined || untilNothingIsStopped === undefined) throw new Error('the page has fewer steps');
  await follow([policies, untilNothingIsStopped]);
  expect(await replicasOf('Deployment', 'shop', 'web')).toBe(3);
  await operator?.stop();
  operator = undefined;
  await follow(rest);
  expect(await kubectl(['get', 'crd', '-o', 'name'])).not.toContain('kubexray');
}, 180_000);

test('with kustomize', async () => {
  await kubectl(['wait', '--for=delete', `namespace/${OPERATOR_NAMESPACE}`, '--timeout=60s']);
  await follow(steps('install.md', 'With kustomize'));
}, 120_000);

async function uninstalled(): Promise<void> {
  await kubectl(['delete', 'xpol', '--all', '-A']);
  await operator?.stop();
  operator = undefined;
  await reader.types(`helm uninstall kubexray --namespace ${OPERATOR_NAMESPACE} --wait`);
  await kubectl(['delete', 'crd', '-l', 'app.kubernetes.io/name=kubexray-operator']);
  await kubectl(['delete', 'namespace', OPERATOR_NAMESPACE, '--timeout=60s']);
}
