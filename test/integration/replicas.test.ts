// Two replicas: one acts, the other takes over when it goes, and nothing is done twice.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ProxiedRequest } from '@dot-kube/operator/testing';
import { digestOf } from '../cluster/digest.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { apply, eventReasons, installOperator, replicasOf, statusBecomes, TOKEN } from './harness.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';

const namespace = 'replicas';
const BAD = 'replicas/web:bad';

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  await apply(aNamespace(namespace));
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { deployments: 'ScaleDown' } } }));
}, 60_000);

afterAll(async () => {
  await simulator.close();
});

interface Replica {
  readonly operator: ProxiedOperator;
  /** Its writes to anything but the lease. */
  readonly acts: string[];
}

async function startReplica(): Promise<Replica> {
  const acts: string[] = [];
  const operator = await startProxiedOperator({
    onAnswer: ({ method, path }: ProxiedRequest) => {
      if (method !== 'GET' && !path.includes('/leases')) acts.push(`${method} ${path}`);
    },
  });
  await operator.process.inStep();
  return { operator, acts };
}

test('the second replica does nothing while the first leads, and all of it once the first has stopped', async () => {
  const first = await startReplica();
  await apply(aWorkload(namespace, { name: 'before', image: BAD }));
  await statusBecomes(namespace, 'deployment-before', { action: 'ScaledDown' });
  const second = await startReplica();

  await apply(aWorkload(namespace, { name: 'during', image: BAD }));
  await statusBecomes(namespace, 'deployment-during', { action: 'ScaledDown' });
  expect(second.acts).toEqual([]);

  await first.operator.process.stop(); // gives the lease back
  const done = first.acts.length;
  await apply(aWorkload(namespace, { name: 'after', image: BAD }));
  await statusBecomes(namespace, 'deployment-after', { action: 'ScaledDown' });
  expect(second.acts).not.toEqual([]);
  expect(first.acts).toHaveLength(done);

  for (const name of ['before', 'during', 'after']) {
    expect(await replicasOf('Deployment', namespace, name)).toBe(0);
    expect(await eventReasons(namespace, 'Deployment', name)).toEqual(['ScaledDown']);
  }
  await second.operator.process.stop();
}, 120_000);
