// docs/recipes.md, done by a reader: each recipe's manifests and commands as they stand there, on the workloads that it speaks of.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@dot-kube/operator';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { sectionsOf } from '../docs/page.js';
import { aReader, type Reader } from '../docs/reader.js';
import type { Artifact } from '../xray-simulator/catalog.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aWorkload, type WorkloadOptions } from '../builders/manifests.js';
import {
  apply,
  emptyCluster,
  installOperator,
  type RunningOperator,
  startOperator,
  statusBecomes,
  TOKEN,
} from './harness.js';

const log4j = {
  issue_id: 'XRAY-193402',
  summary: 'Log4j looks up JNDI names in what it logs',
  severity: 'Critical',
  cves: [{ cve: 'CVE-2021-44228', cvss_v3: '10.0/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
  components: [{ component_id: 'gav://org.apache.logging.log4j:log4j-core:2.14.1', fixed_versions: ['2.15.0'] }],
};
const unfixed = { issue_id: 'XRAY-2', summary: 'No fix yet', severity: 'Critical', cves: [{ cve: 'CVE-2026-0002' }] };
const high = { issue_id: 'XRAY-3', summary: 'Overflow', severity: 'High', cves: [{ cve: 'CVE-2026-0003' }] };

/** What Xray knows; every other image it has never seen. */
const IMAGES: Readonly<Record<string, Partial<Artifact>>> = {
  'solr:8.11.0': { issues: [log4j], licenses: ['MIT'] },
  'unfixed:1': { issues: [unfixed], licenses: ['MIT'] },
  'high:1': { issues: [high], licenses: ['MIT'] },
  'clean:1': { licenses: ['MIT'] },
  'dual:1': { licenses: ['GPL-2.0-only OR MIT'] },
  'both:1': { licenses: ['GPL-2.0-only', 'MIT'] },
  'unwatched:1': { issues: [log4j], licenses: ['MIT'], watched: false },
};
const PIPELINE = `sha256:${'1'.padStart(64, '0')}`;

const FLEET = Array.from({ length: 30 }, (_, i) => `one-${i}`);

interface Story {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly workloads: readonly WorkloadOptions[];
  /** What the page leaves to time or to somebody else, between its manifests and what it shows. */
  readonly meanwhile?: () => Promise<void>;
}

/** The operator judges by a time that a story may move on. */
const time = { aheadMs: 0 };
const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + time.aheadMs) };

const stories: Readonly<Record<string, Story>> = {
  'See what would be stopped, before anything is': {
    namespace: 'search',
    workloads: [
      { name: 'solr', image: 'solr:8.11.0' },
      { name: 'clean', image: 'clean:1' },
    ],
  },
  'Run nothing in production that Xray has not scanned': {
    namespace: 'pay',
    labels: { environment: 'production' },
    workloads: [
      { name: 'web', image: 'new/web:1' },
      { name: 'coredns', image: 'registry.k8s.io/coredns:1.12' },
    ],
    meanwhile: async () => {
      const wait = ['wait', 'xscan/deployment-web', '-n', 'pay', '--timeout=60s'];
      await kubectl([...wait, '--for=create']); // nothing has a condition before it is there
      await kubectl([...wait, '--for=condition=Scanned=False']);
      time.aheadMs += 15 * 60_000;
      await kubectl(['label', 'deployment', 'web', '-n', 'pay', 'looked-at=again']);
    },
  },
  'Give teams three days for what is critical and can be fixed': {
    namespace: 'orders',
    labels: { team: 'orders' },
    workloads: [
      { name: 'web', image: 'solr:8.11.0' },
      { name: 'unfixed', image: 'unfixed:1' },
    ],
    meanwhile: async () => {
      await statusBecomes('orders', 'deployment-unfixed', { verdict: 'Compliant', action: 'None' });
      await statusBecomes('orders', 'deployment-web', { verdict: 'Violating', action: 'None' });
      time.aheadMs += 72 * 3_600_000;
      await kubectl(['label', 'deployment', 'web', '-n', 'orders', 'looked-at=again']);
      await statusBecomes('orders', 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });
    },
  },
  'Go back to the last good version instead of stopping': {
    namespace: 'web-shop',
    workloads: [{ name: 'web', image: 'clean:1' }],
    meanwhile: async () => {
      await statusBecomes('web-shop', 'deployment-web', { verdict: 'Compliant' });
    },
  },
  'Keep copyleft out of a product': {
    namespace: 'product',
    workloads: [
      { name: 'dual', image: 'dual:1' },
      { name: 'both', image: 'both:1' },
    ],
  },
  'Put a floor under everybody, and a default for who says nothing': {
    namespace: 'catalog',
    labels: { tier: 'customer' },
    workloads: [
      { name: 'critical', image: 'solr:8.11.0' },
      { name: 'high', image: 'high:1' },
    ],
  },
  'Let the images of one vendor run without a scan': {
    namespace: 'mail',
    workloads: [
      { name: 'vendor', image: 'vendor.example.com/relay:4' },
      { name: 'home-made', image: 'home/made:1' },
    ],
  },
  'Tell of a database, and never stop it': {
    namespace: 'ledger',
    workloads: [
      { name: 'api', image: 'solr:8.11.0' },
      { kind: 'StatefulSet', name: 'postgres', image: 'solr:8.11.0' },
    ],
  },
  'Excuse one finding for two weeks': {
    namespace: 'shop',
    workloads: [{ name: 'web', image: 'solr:8.11.0' }],
    meanwhile: async () => {
      await statusBecomes('shop', 'deployment-web', { action: 'ScaledDown' });
    },
  },
  'Let the security team decide in Xray': {
    namespace: 'intranet',
    labels: { 'decided-in': 'xray' },
    workloads: [
      { name: 'raised', image: 'solr:8.11.0' },
      { name: 'unwatched', image: 'unwatched:1' },
    ],
  },
  'Judge in the pipeline, before it is applied': { namespace: 'pipeline', workloads: [] },
  'Let a mass stop go ahead': {
    namespace: 'fleet',
    labels: { fleet: 'yes' },
    workloads: FLEET.map((name) => ({ name, image: 'solr:8.11.0', replicas: 1 })),
    meanwhile: async () => {
      for (const name of FLEET) await statusBecomes('fleet', `deployment-${name}`, { action: 'Held' });
    },
  },
  'Take the power to stop away at once': {
    namespace: 'wiki',
    labels: { team: 'wiki' },
    workloads: [{ name: 'wiki', image: 'high:1' }],
  },
};

const recipes = sectionsOf('docs/recipes.md');
let simulator: SimulatorProcess;
let operator: RunningOperator;
let reader: Reader;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  for (const [image, artifact] of Object.entries(IMAGES)) await simulator.put(digestOf(image), artifact);
  await simulator.put(PIPELINE, { issues: [log4j], licenses: ['MIT'] });
  await emptyCluster(); // what others have stopped would count for the brake
  await installOperator(simulator.url);
  operator = await start();
  reader = await aReader({ has: { 'https://example.jfrog.io': simulator.url, 'XRAY_TOKEN=…': `XRAY_TOKEN=${TOKEN}` } });
}, 360_000);

afterAll(async () => {
  await reader.close();
  await operator.stop();
  await simulator.close();
  const namespaces = Object.values(stories).map(({ namespace }) => namespace);
  await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', ...namespaces]);
}, 60_000);

afterEach(async () => {
  await kubectl(['delete', 'cxpol', '--all']);
  if (time.aheadMs === 0) return;
  await operator.stop();
  time.aheadMs = 0;
  operator = await start();
}, 30_000); // one would hold for the next recipe's workloads, too

async function start(): Promise<RunningOperator> {
  return startOperator(['--brake-share', '1', '--brake-floor', '20'], clock);
}

test('each recipe has its story', () => {
  expect(recipes.map(({ heading }) => heading)).toEqual(Object.keys(stories));
});

describe('the recipe', () => {
  test.each(recipes)(
    '$heading',
    async ({ heading, steps }) => {
      const { namespace, labels, workloads, meanwhile } = stories[heading] ?? { namespace: heading, workloads: [] };
      await kubectl(['delete', 'namespace', '--ignore-not-found', '--timeout=120s', namespace]); // of another file, on its way out
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
      if (workloads.length > 0) await apply(...workloads.map((workload) => aWorkload(namespace, workload)));
      const firstLook = steps.findIndex(({ kind }) => kind === 'see');
      for (const step of steps.slice(0, firstLook)) await reader.does(step);
      await meanwhile?.();
      for (const step of steps.slice(firstLook)) await reader.does(step);
    },
    240_000,
  );
});
