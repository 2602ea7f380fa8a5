// A web hook that the replica receives which does not lead makes the one that leads look and act.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { freePorts } from '@dot-kube/operator/testing/cluster';
import type { ProxiedRequest } from '@dot-kube/operator/testing';
import { request } from 'undici';
import { digestOf } from '../cluster/digest.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { apply, installOperator, OPERATOR_NAMESPACE, reconnect, replicasOf, statusBecomes, TOKEN } from './harness.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';

const namespace = 'relayed';
const IMAGE = 'relayed/web:1';
const HOOK_TOKEN = 'hook-token';
const CRITICAL = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(IMAGE), {});
  await installOperator(simulator.url);
  await apply(aNamespace(namespace), {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'hook', namespace: OPERATOR_NAMESPACE },
    stringData: { token: HOOK_TOKEN },
  });
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } }));
  await apply(aWorkload(namespace, { image: IMAGE }));
}, 60_000);

afterAll(async () => {
  await simulator.close();
}, 60_000);

interface Replica {
  readonly operator: ProxiedOperator;
  readonly hookPort: number;
  /** What it wrote, but for the lease. */
  readonly writes: string[];
}

async function startReplica(): Promise<Replica> {
  const [hookPort = 0] = await freePorts(1);
  const writes: string[] = [];
  const operator = await startProxiedOperator({
    args: ['--hook-port', String(hookPort)],
    onAnswer: ({ method, path }: ProxiedRequest) => {
      if (method !== 'GET' && !path.includes('/leases')) writes.push(`${method} ${path}`);
    },
  });
  await operator.process.inStep();
  return { operator, hookPort, writes };
}

async function post(port: number, digest: string): Promise<number> {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'x-auth-token': HOOK_TOKEN },
    body: JSON.stringify({ issues: [{ type: 'security', impacted_artifacts: [{ sha256: digest.slice(7) }] }] }),
  });
  await body.dump();
  return statusCode;
}

test('the follower passes it on and acts on nothing itself', async () => {
  const leader = await startReplica();
  await reconnect(simulator.url, {
    pollInterval: '1h',
    resyncInterval: '1h',
    webhook: { tokenSecretRef: { name: 'hook' } },
  });
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Compliant' });
  const follower = await startReplica();

  await simulator.addIssue(digestOf(IMAGE), CRITICAL);
  await eventually(
    async () => {
      expect(await post(follower.hookPort, digestOf(IMAGE))).toBe(202);
    },
    { withinMs: 30_000 },
  );
  await statusBecomes(namespace, 'deployment-web', { verdict: 'Violating', action: 'ScaledDown' });

  expect(await replicasOf('Deployment', namespace, 'web')).toBe(0);
  expect(leader.writes.some((one) => one.includes('/deployments/web'))).toBe(true);
  expect(new Set(follower.writes.map((one) => one.replace(/\?.*$/, '')))).toEqual(
    new Set(['PATCH /apis/kubexray.io/v1alpha1/xrayconnections/default/status']),
  );
  for (const { operator } of [leader, follower]) await operator.process.stop();
}, 120_000);
