// The operator is killed (SIGKILL) after each of its writes in turn. Started again, it ends where an undisturbed one ends.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProxiedRequest } from '@dot-kube/operator/testing';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import {
  aNamespace,
  anXrayPolicy,
  apply,
  aWorkload,
  eventReasons,
  get,
  installOperator,
  replicasOf,
  type ScalableKind,
  TOKEN,
} from './harness.js';
import { startProxiedOperator } from './proxied-operator.js';

const BAD = 'crash/web:bad';
const GOOD = 'crash/web:good';
const REPLICAS = 3;
const ALONE = ['--leader-elect', 'false']; // else each one waits until the lease of the one before is over

interface Story {
  readonly kind: ScalableKind;
  readonly does: 'ScaleDown' | 'Delete' | 'Restore';
  /** Its writes about the workload: to the result, the workload, its Events, the result's status. */
  readonly writes: readonly string[];
}

const stories: readonly Story[] = [
  { kind: 'Deployment', does: 'ScaleDown', writes: ['result', 'workload', 'event', 'status'] },
  { kind: 'StatefulSet', does: 'ScaleDown', writes: ['result', 'workload', 'event', 'status'] },
  { kind: 'Deployment', does: 'Delete', writes: ['result', 'status', 'workload', 'event', 'status'] },
  { kind: 'Deployment', does: 'Restore', writes: ['workload', 'event', 'status'] },
];

/** What the write is to, in the words of the table; undefined for reads and for what is about other objects. */
function writeIn(namespace: string, { method, path }: ProxiedRequest): string | undefined {
  if (method === 'GET' || !path.includes(`/namespaces/${namespace}/`)) return undefined;
  if (path.endsWith('/events')) return 'event';
  if (/\/xrayscanresults\/\w+-web\/status$/.test(path)) return 'status';
  if (/\/xrayscanresults\/\w+-web$/.test(path)) return 'result';
  return path.endsWith('/web') ? 'workload' : undefined;
}

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await simulator.put(digestOf(GOOD), {});
  await installOperator(simulator.url);
}, 60_000);

afterAll(async () => {
  await simulator.close();
});

/** Runs the operator until it has made so many writes about the workload, then kills it. @returns the writes, in order */
async function runAndKill(namespace: string, afterWrites: number): Promise<readonly string[]> {
  const writes: string[] = [];
  const dead = Promise.withResolvers<undefined>();
  const operator = await startProxiedOperator({
    args: ALONE,
    onAnswer: async (request, process) => {
      const write = writeIn(namespace, request);
      if (write !== undefined) writes.push(write);
      if (writes.length < afterWrites) return;
      await process.kill(); // it never learns of the answer
      dead.resolve(undefined);
    },
  });
  await Promise.race([dead.promise, operator.process.ended]);
  await operator.close();
  if (writes.length < afterWrites) throw new Error(`it ended before it was killed:\n${operator.process.log()}`);
  return writes;
}

let markers = 0;

/** Runs the operator until `assertion` holds, but not before it has looked at everything; ends it in good order. */
async function runUntil(namespace: string, assertion: () => Promise<void>): Promise<void> {
  const strange: string[] = [];
  const operator = await startProxiedOperator({
    args: ALONE,
    onAnswer: ({ path }) => {
      if (path.includes('/xrayscanresults/replicaset-')) strange.push(path); // of a Deployment, so no workload
    },
  });
  try {
    await operator.process.inStep();
    // What comes now waits behind what was there: its verdict tells that the rest was judged.
    const marker = `marker-${++markers}`;
    await apply(aWorkload(namespace, { name: marker, image: `crash/${marker}`, replicas: 1 }));
    await eventually(async () => get('xscan', namespace, `deployment-${marker}`), { withinMs: 30_000, everyMs: 100 });
    await eventually(assertion, { withinMs: 30_000, everyMs: 100 });
  } catch (cause) {
    throw new Error(operator.process.log(), { cause });
  } finally {
    await operator.process.stop();
    await operator.close();
  }
  expect(strange).toEqual([]);
}

async function prepare(namespace: string, { kind, does }: Story): Promise<void> {
  const action = does === 'Delete' ? 'Delete' : 'ScaleDown';
  await apply(aNamespace(namespace));
  await apply(
    anXrayPolicy(namespace, {
      mode: 'Enforce',
      security: { actions: { deployments: action, statefulSets: action } },
    }),
    aWorkload(namespace, { kind, image: BAD, replicas: REPLICAS }),
  );
  await kubectl(['wait', '-n', namespace, '--for=jsonpath={.status.readyReplicas}=3', kind, 'web', '--timeout=60s']);
  if (does !== 'Restore') return;
  await runUntil(namespace, async () => expectEnd(namespace, { kind, does: 'ScaleDown' }));
  await kubectl(['set', 'image', '-n', namespace, `${kind}/web`, `main=${GOOD}`]);
}

async function expectEnd(namespace: string, { kind, does }: Pick<Story, 'kind' | 'does'>): Promise<void> {
  const name = `${kind.toLowerCase()}-web`;
  const { status } = await get<XrayScanResult>('xscan', namespace, name);
  const reasons = await eventReasons(namespace, kind, 'web');
  switch (does) {
    case 'ScaleDown': {
      expect(status).toMatchObject({ action: 'ScaledDown', enforcement: { action: 'ScaledDown', replicas: REPLICAS } });
      expect(await replicasOf(kind, namespace, 'web')).toBe(0);
      const workload = await get<{ metadata: { annotations: Record<string, string> } }>(kind, namespace, 'web');
      const note: unknown = JSON.parse(workload.metadata.annotations['kubexray.io/stopped'] ?? '{}');
      expect(note).toMatchObject({ replicas: REPLICAS, attempts: 1, digests: { [BAD]: digestOf(BAD) } });
      expect(reasons).toEqual(['ScaledDown']);
      return;
    }
    case 'Delete':
      expect(status).toMatchObject({ action: 'Deleted', enforcement: { action: 'Deleted', phase: 'Done' } });
      expect(await replicasOf(kind, namespace, 'web')).toBeUndefined();
      expect(reasons).toEqual(['Deleted']);
      return;
    case 'Restore': {
      expect(status).toMatchObject({ enforcement: { action: 'Restored', replicas: REPLICAS } });
      expect(await replicasOf(kind, namespace, 'web')).toBe(REPLICAS);
      const workload = await get<{ metadata: { annotations?: Record<string, string> } }>(kind, namespace, 'web');
      expect(workload.metadata.annotations?.['kubexray.io/stopped']).toBeUndefined();
      expect(reasons).toEqual(['ScaledDown', 'Restored']);
    }
  }
}

const cases = stories.flatMap((story) =>
  story.writes.map((write, i) => ({ ...story, write, afterWrites: i + 1, namespace: namespaceOf(story, i + 1) })),
);

function namespaceOf({ kind, does }: Story, afterWrites: number): string {
  return `crash-${kind}-${does}-${afterWrites}`.toLowerCase();
}

describe('killed between two writes', () => {
  test.each(cases)(
    '$does of a $kind: after write $afterWrites, to the $write',
    async ({ namespace, afterWrites, ...story }) => {
      await prepare(namespace, story);
      const writes = await runAndKill(namespace, afterWrites);
      expect(writes).toEqual(story.writes.slice(0, afterWrites));
      await runUntil(namespace, async () => expectEnd(namespace, story));
    },
    120_000,
  );
});
