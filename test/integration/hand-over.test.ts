// The leader is killed (SIGKILL) in the middle of a mass stop that was approved: the other replica ends it, nothing is done twice
// and nothing is forgotten.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, type ProxiedRequest } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { readAll } from '../cluster/live.js';
import type { OperatorProcess } from '../operator-process.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload } from '../builders/manifests.js';
import { apply, installOperator, TOKEN } from './harness.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';

const namespace = 'hand-over';
const BAD = 'hand-over/web:bad';
const WORKLOADS = 64;
const KILLED_AFTER = 25;
/** The first has its burst, and so has the second: neither needs to wait, and none of them may do all of it at once. */
const LIMITS = ['--brake-share', '1', '--brake-floor', '8', '--enforcements-per-minute', '200'];
const LONG = { withinMs: 120_000, everyMs: 500 };
const security = { actions: { deployments: 'ScaleDown' } };

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  await apply(aNamespace(namespace));
  const names = Array.from({ length: WORKLOADS }, (_, i) => `web-${i}`);
  await apply(
    anXrayPolicy(namespace, { mode: 'Audit', security }),
    ...names.map((name) => aWorkload(namespace, { name, image: BAD, replicas: 1 })),
  );
}, 90_000);

afterAll(async () => {
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
}, 60_000);

/** The workload that was written, where the API server took the write. */
function stoppedBy({ method, path, status }: ProxiedRequest): string | undefined {
  if (method !== 'PATCH' || status !== 200) return undefined;
  return new RegExp(`/namespaces/${namespace}/deployments/([^/]+)$`).exec(path)?.[1];
}

interface Replica {
  readonly operator: ProxiedOperator;
  readonly writes: readonly string[];
}

async function startReplica(onWrite?: (count: number, process: OperatorProcess) => Promise<void>): Promise<Replica> {
  const writes: string[] = [];
  const operator = await startProxiedOperator({
    args: LIMITS,
    onAnswer: async (request, process) => {
      const name = stoppedBy(request);
      if (name === undefined) return;
      writes.push(name);
      await onWrite?.(writes.length, process);
    },
  });
  await operator.process.inStep();
  return { operator, writes };
}

interface Written {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly replicas: number };
}

interface Told {
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly name: string };
}

async function expectActions(action: string): Promise<void> {
  await eventually(async () => {
    const results = await readAll<XrayScanResult>('xscan', namespace);
    const actions = Map.groupBy(results, ({ status }) => status?.action);
    expect([...actions].map(([one, all]) => [one, all.length])).toEqual([[action, WORKLOADS]]);
  }, LONG);
}

test('each is stopped exactly once', async () => {
  const dead = Promise.withResolvers<undefined>();
  const first = await startReplica(async (count, process) => {
    if (count !== KILLED_AFTER) return;
    await process.kill(); // it never learns of the answer
    dead.resolve(undefined);
  });
  await expectActions('Audited');
  const second = await startReplica();
  await apply(anXrayPolicy(namespace, { mode: 'Enforce', security }));
  await expectActions('Held');
  expect(first.writes).toEqual([]);

  await kubectl(['annotate', 'xpol', 'base', '-n', namespace, 'kubexray.io/approve=2']);
  await dead.promise;
  await first.operator.close();
  expect(second.writes).toEqual([]);
  await expectActions('ScaledDown');

  expect(first.writes.length).toBeGreaterThanOrEqual(KILLED_AFTER);
  expect(second.writes.length).toBeGreaterThan(0);
  const all = [...first.writes, ...second.writes];
  expect(all).toHaveLength(WORKLOADS);
  expect(new Set(all).size).toBe(WORKLOADS);
  for (const { spec, metadata } of await readAll<Written>('deploy', namespace)) {
    expect(spec.replicas).toBe(0);
    const note: unknown = JSON.parse(metadata.annotations?.['kubexray.io/stopped'] ?? '{}');
    expect(note).toMatchObject({ before: { by: 'replicas', replicas: 1 }, attempts: 1 });
  }
  const events = await readAll<Told>('events.events.k8s.io', namespace);
  const stops = events.filter(({ reason }) => reason === 'ScaledDown').map(({ regarding }) => regarding);
  const told = (wanted: string): readonly string[] =>
    stops.flatMap(({ kind, name }) => (kind === wanted ? [name] : [])).toSorted();
  expect(told('Deployment')).toEqual(all.toSorted());
  expect(told('XrayScanResult')).toEqual(all.map((name) => `deployment-${name}`).toSorted());
  for (const { status } of await readAll<XrayScanResult>('xscan', namespace))
    expect(status?.history).toMatchObject([{ act: 'ScaledDown', outcome: 'Done' }]);
  await second.operator.process.stop();
}, 240_000);
