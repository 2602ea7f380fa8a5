// config/default applies as it stands, and the role in it gives the operator exactly what it uses: nothing less, nothing more.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { BUILT_IN_KINDS } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aClusterXrayPolicy, aNamespace, anXrayException, anXrayPolicy } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, emptyCluster, installOperator, OPERATOR_NAMESPACE, replicasOf, TOKEN } from './harness.js';
import { workloadOfKind } from './kind-manifests.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';
import { type Role, rightsIn, rightsUsedBy } from './rights-used.js';

const BAD = 'install/web:bad';
const GOOD = 'install/web:good';
const [stopped, deleted] = ['install-stopped', 'install-deleted'];

const SOON = { withinMs: 60_000, everyMs: 200 };
const KEPT = BUILT_IN_KINDS.filter((kind) => kind !== 'Pod');

let simulator: SimulatorProcess;
let operator: ProxiedOperator;
const used = new Set<string>();

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await simulator.put(digestOf(GOOD), {});
  await emptyCluster(); // what is left of other files would be acted on, or need no right
  await installOperator(simulator.url);
  await promisify(execFile)(process.execPath, ['scripts/build.mjs']); // what the image holds
  operator = await startProxiedOperator({
    onAnswer: (request) => {
      for (const right of rightsUsedBy(request)) used.add(right);
    },
  });
}, 360_000);

afterAll(async () => {
  await kubectl(['delete', 'cxpol', 'install', '--ignore-not-found']);
  await operator.process.stop();
  await operator.close();
  await simulator.close();
}, 30_000);

test('applying it once more changes nothing', async () => {
  const said = await kubectl(['apply', '--server-side', '--validate=strict', '-k', 'config/default', '-o', 'name']);
  expect(said.trim().split('\n').length).toBeGreaterThan(5);
  await expect(kubectl(['diff', '--server-side', '-k', 'config/default'])).resolves.toBe('');
}, 60_000);

test('the main job with the rights of the role, which has none that are not used', async () => {
  const policyThat = (action: string): object => ({
    mode: 'Enforce',
    security: { actions: { default: action } },
  });
  await apply(aNamespace(stopped), aNamespace(deleted));
  await apply(
    aClusterXrayPolicy('install', { tier: 'Default', mode: 'Audit', license: { denied: ['AGPL-*'] } }),
    anXrayException(stopped, { vulnerabilities: ['CVE-2026-9999'] }),
  );
  for (const [kind, namespace, name] of [['cxpol', '', 'install'] as const, ['xexc', stopped, 'waiver'] as const])
    await eventually(async () => {
      const { status } = await read<Conditioned>(kind, namespace, name);
      expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    }, SOON); // the operator has just been started
  await apply(
    anXrayPolicy(stopped, { ...policyThat('ScaleDown'), rollback: 'PreviousCompliant' }), // its history is read before
    anXrayPolicy(deleted, policyThat('Delete')),
    ...KEPT.map((kind) => workloadOfKind(kind, stopped, BAD)),
    ...BUILT_IN_KINDS.map((kind) => workloadOfKind(kind, deleted, BAD)),
  );
  await startByHand(stopped, deleted);
  for (const kind of BUILT_IN_KINDS) await becomes(kind, deleted, { action: 'Deleted' });
  for (const kind of KEPT) {
    await becomes(kind, stopped, { action: kind === 'Job' || kind === 'CronJob' ? 'Suspended' : 'ScaledDown' });
    await kubectl(['delete', kind, 'web', '-n', stopped]);
  }
  for (const kind of ['Deployment', 'StatefulSet'] as const)
    expect(await replicasOf(kind, deleted, 'web')).toBeUndefined();
  await eventually(async () => {
    expect(await kubectl(['get', 'xscan', '-n', stopped, '-o', 'name'])).toBe('');
  }, SOON);
  await failTwice();
  await eventually(async () => {
    expect([...used].sort()).toEqual(await rightsGranted());
  }, SOON);
}, 240_000);

/** Of a CronJob nothing is known before it has run. */
async function startByHand(...namespaces: readonly string[]): Promise<void> {
  for (const within of namespaces) await kubectl(['create', 'job', 'web-run', '--from=cronjob/web', '-n', within]);
}

/** What happens again is one Event with a count, which is a right of its own. */
async function failTwice(): Promise<void> {
  for (const [faults, status] of [
    [{ status: 503 }, 'False'],
    [{}, 'True'],
    [{ status: 503 }, 'False'],
    [{}, 'True'],
  ] as const) {
    await simulator.fail(faults);
    await kubectl(['wait', `--for=condition=Ready=${status}`, 'xconn/default', '--timeout=30s']);
  }
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function becomes(kind: string, namespace: string, status: object): Promise<void> {
  await eventually(async () => {
    const result = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
    expect(result.status).toMatchObject(status);
  }, SOON);
}

/** By the roles of config/default. */
async function rightsGranted(): Promise<readonly string[]> {
  const roles = await Promise.all([
    read<Role>('clusterrole', '', 'kubexray-operator'),
    read<Role>('clusterrole', '', 'kubexray-operator-enforce'),
    read<Role>('clusterrole', '', 'kubexray-operator-rollback'),
    read<Role>('role', OPERATOR_NAMESPACE, 'kubexray-operator'),
  ]);
  return rightsIn(roles);
}
