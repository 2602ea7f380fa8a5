// What the first release stored is still read by the newest: stored under the first release's own CRDs, then judged by.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { parseAllDocuments } from 'yaml';
import type { XrayPolicyStatus, XrayScanResultStatus } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, aWorkload } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, replicasOf, type RunningOperator, startOperator, TOKEN } from './harness.js';

const FIXTURES = 'test/fixtures/first-release';
const CRDS = ['xraypolicies', 'xrayconnections', 'xrayscanresults'];
const IMAGE = 'first/web:1';
const namespace = 'first-release';

interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
  readonly status?: object;
}

const objects: readonly Stored[] = parseAllDocuments(readFileSync(`${FIXTURES}/objects.yaml`, 'utf8')).map(
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the fixture beside this test
  (document) => document.toJS() as Stored,
);

let simulator: SimulatorProcess;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(IMAGE), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-0001' }] }],
  });
  for (const plural of CRDS)
    await kubectl(['apply', '--server-side', '--force-conflicts', '-f', `${FIXTURES}/${plural}.crd.yaml`]);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  await apply(aNamespace(namespace));
  // The CRD may have changed a moment ago; the API server serves the new schema a little later.
  await eventually(async () => store(), { withinMs: 20_000, everyMs: 500 });
}, 90_000);

afterAll(async () => {
  await kubectl(['delete', 'xconn', namespace, '--ignore-not-found']);
  await operator?.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

async function store(): Promise<void> {
  for (const { status, ...object } of objects) {
    await apply(object);
    const input = JSON.stringify({ ...object, status });
    const args = ['apply', '--server-side', '--force-conflicts', '--subresource=status', '-f', '-'];
    if (status !== undefined) await kubectl(args, { input });
  }
}

async function stored({ kind, metadata }: Stored): Promise<Stored> {
  return read<Stored>(kind, metadata.namespace ?? '', metadata.name);
}

test('under the newest CRDs each is what it was, and may be written again as it stands', async () => {
  await installOperator(simulator.url);
  for (const object of objects) {
    const { spec, status = {} } = await stored(object);
    expect(spec).toMatchObject(object.spec);
    expect(status).toMatchObject(object.status ?? {});
    await kubectl(['apply', '--server-side', '--validate=strict', '--dry-run=server', '--force-conflicts', '-f', '-'], {
      input: JSON.stringify({ ...object, status: undefined }),
    });
  }
}, 60_000);

test('the newest operator judges by them: the last valid form is in force, and grace counts from then', async () => {
  await apply(aWorkload(namespace, { image: IMAGE }));
  operator = await startOperator();
  await eventually(
    async () => {
      const { status } = await read<{ status: XrayPolicyStatus }>('xpol', namespace, 'base');
      expect(status).toMatchObject({
        lastValid: { generation: 1 },
        conditions: [{ type: 'Ready', status: 'False', reason: 'InvalidLicensePattern' }],
        workloads: { selected: 1, violating: 1, stopped: 0 },
      });
      const result = await read<{ status: XrayScanResultStatus }>('xscan', namespace, 'deployment-web');
      expect(result.status).toMatchObject({
        verdict: 'Violating',
        violations: [
          {
            policyKind: 'XrayPolicy',
            policy: 'first-release/base',
            reason: 'SeverityReached',
            firstSeen: '2026-01-01T00:00:00.000Z',
          },
        ],
      });
    },
    { withinMs: 30_000, everyMs: 200 },
  );
  expect(await replicasOf('Deployment', namespace, 'web')).toBe(2);
}, 60_000);
