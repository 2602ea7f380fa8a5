// Getting started, installing, moving over from KubeXray, upgrading, bringing back by hand and uninstalling, as their pages tell it, one
// after the other on one cluster, and the README at last.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { digestOf } from '../../cluster/digest.js';
import { kubectl } from '../../cluster/kubectl.js';
import { sectionOf, sectionsOf, type Step } from '../../docs/page.js';
import { aReader, type Reader } from '../../docs/reader.js';
import { helmPath } from '../../helm/helm.js';
import { type SimulatorProcess, startSimulatorProcess } from '../../xray-simulator/process.js';
import { aNamespace, aWorkload } from '../../builders/manifests.js';
import {
  apply,
  emptyCluster,
  OPERATOR_NAMESPACE,
  replicasOf,
  startOperator,
  statusBecomes,
  TOKEN,
} from '../harness.js';
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
    has: {
      'https://example.jfrog.io': simulator.url,
      'accessToken=…': `accessToken=${TOKEN}`,
      'github.com/your-organisation/kubexray-operator/config/overlays/high-availability?ref=v0.1.0':
        'config/overlays/high-availability',
    },
    helm: true,
  });
}, BUILDING_HELM_MS);

afterAll(async () => {
  await operator?.stop();
  await reader.close();
  await simulator.close();
  await kubectl(['delete', '-k', 'config/default', '--ignore-not-found', '--timeout=120s']);
  await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', 'shop', OPERATOR_NAMESPACE]);
}, 300_000);

async function restart(): Promise<void> {
  await operator?.stop();
  operator = undefined;
  operator = await startAsInstalled();
}

function steps(page: string, heading: string): readonly Step[] {
  return sectionOf(page, heading).steps;
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
}, 300_000);

test('a web hook of Xray', async () => {
  await follow(steps('xray.md', 'The web hook'));
  await kubectl(['wait', '--for=condition=WebhookReady=False', 'xconn/default', '--timeout=30s']);
  // The certificate that the page leaves to its reader.
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'hook' }]);
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: OPERATOR_NAMESPACE, name: 'xray-hook-tls' },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': cert, 'tls.key': key },
  });
  await kubectl(['wait', '--for=condition=WebhookReady', 'xconn/default', '--timeout=30s']);
}, 90_000);

test('the two charts, from nothing, with a floor for the platform', async () => {
  await uninstalled();
  await follow(steps('install.md', 'With Helm').slice(0, 1));
  await restart();
  await follow(steps('install.md', 'With Helm').slice(1));
  expect(await kubectl(['get', 'cxpol', 'floor', '-o', 'jsonpath={.spec.mode}'])).toBe('Audit');
}, 300_000);

test('an upgrade', async () => {
  await follow(steps('operations.md', 'Upgrade'));
  expect(await kubectl(['get', 'cxpol', 'floor', '-o', 'jsonpath={.spec.mode}'])).toBe('Audit');
}, 240_000);

test('traces, by the values that the page has for them', async () => {
  await follow(steps('operations.md', 'Watch it'));
  const rendered = await reader.types('helm template kubexray charts/kubexray-operator --values values.yaml');
  expect(rendered).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
});

test('PolicyReports, where nobody has installed their kind', async () => {
  await follow(steps('reports.md', ''));
  await restart();
  await kubectl(['wait', '--for=condition=Ready', 'xconn/default', '--timeout=30s']);
}, 240_000);

test('moving over from KubeXray', async () => {
  await kubectl(['set', 'image', 'deployment/web', '-n', 'shop', 'main=shop/web:1']);
  await follow(steps('migration.md', 'Step by step'));
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
}, 240_000);

test('bringing a workload back by hand, without the operator', async () => {
  await operator?.stop();
  operator = undefined;
  await follow(steps('operations.md', 'Back up'));
  expect(await replicasOf('Deployment', 'shop', 'web')).toBe(3);
  expect(await kubectl(['get', 'deployments', '-n', 'shop', '-o', 'json'])).not.toContain('kubexray.io/stopped');
  await restart();
  await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
}, 240_000);

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
}, 300_000);

test('with kustomize', async () => {
  await kubectl(['wait', '--for=delete', `namespace/${OPERATOR_NAMESPACE}`, '--timeout=120s']);
  await follow(steps('install.md', 'With kustomize'));
  const built = await reader.types('kubectl kustomize .'); // of the page's last file
  expect(built).toContain('image: registry.example.com/kubexray-operator:0.1.0-amd64');
  expect(built).toContain('kind: PodDisruptionBudget');
}, 240_000);

test('the README', async () => {
  await kubectl(['delete', 'namespace', 'shop', OPERATOR_NAMESPACE, '--timeout=120s']);
  await kubectl(['delete', '-k', 'config/default', '--ignore-not-found', '--timeout=120s']);
  await simulator.put(digestOf('shop/agpl:1'), { licenses: ['AGPL-3.0-only'] });
  await simulator.put(digestOf('shop/clean:1'), { licenses: ['Apache-2.0', 'MIT'] });
  await simulator.put(digestOf('shop/vulnerable:1'), { issues: [log4j], licenses: ['MIT'] });
  const workloads = ['agpl', 'clean', 'unscanned', 'vulnerable'];
  await apply(aNamespace('shop'), ...workloads.map((name) => aWorkload('shop', { name, image: `shop/${name}:1` })));
  const [install, happens, ...others] = sectionsOf('README.md');
  if (install === undefined || happens === undefined) throw new Error('the README has fewer steps');
  expect(others).toEqual([]);
  await follow(install.steps);
  // No registry tells here that an image which Xray does not know is no index.
  await kubectl(['patch', 'xconn', 'default', '--type=merge', '-p', '{"spec":{"indexResolution":"None"}}']);
  const running = await startOperator();
  await follow(happens.steps).finally(async () => running.stop());
}, 300_000);

async function uninstalled(): Promise<void> {
  await kubectl(['delete', 'xpol', '--all', '-A']);
  await operator?.stop();
  operator = undefined;
  await reader.types(`helm uninstall kubexray --namespace ${OPERATOR_NAMESPACE} --wait`);
  await kubectl(['delete', 'crd', '-l', 'app.kubernetes.io/name=kubexray-operator']);
  await kubectl(['delete', 'namespace', OPERATOR_NAMESPACE, '--timeout=120s']);
}
