// The operator is killed (SIGKILL) after each of its writes in turn. Started again, it ends where an undisturbed one ends.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProxiedRequest } from '@dot-kube/operator/testing';
import type { V1Pod } from '@kubernetes/client-node';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import type { BuiltInKind } from '../../src/api/workload-kinds.js';
import { unpacked } from '../../src/report/result/kept-manifest.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, aWorkload, type ScalableKind } from '../builders/manifests.js';
import { read, readAll } from '../cluster/live.js';
import { apply, eventReasons, installOperator, TOKEN } from './harness.js';
import { workloadOfKind } from './kind-manifests.js';
import { startProxiedOperator } from './proxied-operator.js';
import { aRollout, podOf, rolloutCrd, type Written } from './rollouts.js';

const BAD = 'crash/web:bad';
const GOOD = 'crash/web:good';
const REPLICAS = 3;
const SOON = { withinMs: 60_000, everyMs: 100 };
const WRITES_WITHIN_MS = 60_000;
const ALONE = ['--leader-elect', 'false']; // else each one waits until the lease of the one before is over

type Kind = BuiltInKind | 'Rollout';

interface Story {
  readonly kind: Kind;
  readonly does: 'ScaleDown' | 'Delete' | 'Restore' | 'RollBack';
  /** Its writes about the workload: to the result, the workload, the Events on both, the result's status. */
  readonly writes: readonly string[];
  /** After which of them it is killed: all, unless they are told. */
  readonly killedAfter?: readonly number[];
}

const stories: readonly Story[] = [
  { kind: 'Deployment', does: 'ScaleDown', writes: ['result', 'workload', 'event', 'event', 'status'] },
  { kind: 'StatefulSet', does: 'ScaleDown', writes: ['result', 'workload', 'event', 'event', 'status'] },
  { kind: 'Deployment', does: 'Delete', writes: ['result', 'status', 'workload', 'event', 'event', 'status'] },
  { kind: 'Deployment', does: 'Restore', writes: ['workload', 'event', 'event', 'status'] },
  { kind: 'Deployment', does: 'RollBack', writes: ['workload', 'event', 'event', 'status'] },
  { kind: 'StatefulSet', does: 'RollBack', writes: ['workload', 'event', 'event', 'status'], killedAfter: [1] },
  // The order of the writes is the same for every kind; what differs is how it is stopped.
  {
    kind: 'DaemonSet',
    does: 'ScaleDown',
    writes: ['result', 'workload', 'event', 'event', 'status'],
    killedAfter: [2],
  },
  { kind: 'Job', does: 'ScaleDown', writes: ['result', 'workload', 'event', 'event', 'status'], killedAfter: [2] },
  {
    kind: 'CronJob',
    does: 'ScaleDown',
    writes: ['result', 'workload', 'job', 'event', 'event', 'status'],
    killedAfter: [2, 3],
  },
  {
    kind: 'Rollout',
    does: 'ScaleDown',
    writes: ['result', 'workload', 'scale', 'event', 'event', 'status'],
    killedAfter: [2, 3],
  },
];

/** What the write is to, in the words of the table; undefined for reads, for what is refused and for what is about other objects. */
function writeIn(namespace: string, { method, path, status }: ProxiedRequest): string | undefined {
  // One that comes to what a controller has just changed is refused, and made again.
  if (method === 'GET' || status === 409 || !path.includes(`/namespaces/${namespace}/`)) return undefined;
  if (path.endsWith('/events')) return 'event';
  if (/\/xrayscanresults\/[\w.]+-web\/status$/.test(path)) return 'status';
  if (/\/xrayscanresults\/[\w.]+-web$/.test(path)) return 'result';
  if (path.endsWith('/web/scale')) return 'scale';
  if (path.endsWith('/web-run')) return 'job';
  return path.endsWith('/web') ? 'workload' : undefined;
}

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await simulator.put(digestOf(GOOD), {});
  await installOperator(simulator.url);
  await apply(rolloutCrd);
  await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd/rollouts.argoproj.io']);
  await kubectl(['apply', '-f', 'config/rbac/custom-kinds.yaml']);
}, 60_000);

afterAll(async () => {
  await kubectl(['delete', '--ignore-not-found', '-f', 'config/rbac/custom-kinds.yaml']);
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
  const late = setTimeout(dead.resolve, WRITES_WITHIN_MS, undefined);
  await Promise.race([dead.promise, operator.process.ended]);
  clearTimeout(late);
  await operator.close(); // it must not act beside that of the next story
  if (writes.length < afterWrites)
    throw new Error(`it ended, or made only ${writes.join(', ') || 'no write'}:\n${operator.process.log()}`);
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
    await eventually(async () => read('xscan', namespace, `deployment-${marker}`), SOON);
    await eventually(assertion, SOON);
  } catch (cause) {
    throw new Error(operator.process.log(), { cause });
  } finally {
    await operator.process.stop();
    await operator.close();
  }
  expect(strange).toEqual([]);
}

function manifestOf(kind: Kind, namespace: string): object {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      return aWorkload(namespace, { kind, image: BAD, replicas: REPLICAS });
    case 'Rollout':
      return aRollout(namespace, 'web', BAD, REPLICAS);
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'Job':
    case 'CronJob':
    case 'Pod':
      return workloadOfKind(kind, namespace, BAD);
  }
}

/** Its pods run, so that all that is to be known of it is known. */
async function started(kind: Kind, namespace: string): Promise<void> {
  if (kind === 'CronJob') await kubectl(['create', 'job', 'web-run', '--from=cronjob/web', '-n', namespace]);
  if (kind === 'Rollout') {
    const { metadata } = await read<Written>('rollout', namespace, 'web');
    await apply(podOf({ namespace, name: 'web', uid: metadata.uid }, 'web-0', BAD));
  }
  const count = kind === 'Deployment' || kind === 'StatefulSet' ? REPLICAS : 1;
  await eventually(
    async () => {
      const pods = await readAll<V1Pod>('pods', namespace);
      expect(pods.filter(({ status }) => status?.phase === 'Running').length).toBeGreaterThanOrEqual(count);
    },
    { withinMs: 60_000, everyMs: 200 },
  );
}

/** The good image has run, and the result remembers it; the bad one runs now. */
async function prepareRollback(namespace: string, kind: ScalableKind): Promise<void> {
  const policy = { mode: 'Enforce', rollback: 'PreviousCompliant', security: { actions: { default: 'ScaleDown' } } };
  await apply(aNamespace(namespace));
  await apply(anXrayPolicy(namespace, policy), aWorkload(namespace, { kind, image: GOOD, replicas: REPLICAS }));
  await started(kind, namespace);
  await runUntil(namespace, async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, resultOf(kind));
    expect(status).toMatchObject({ verdict: 'Compliant', action: 'None' });
  });
  await kubectl(['set', 'image', '-n', namespace, `${kind}/web`, `main=${BAD}`]);
  await kubectl(['rollout', 'status', `${kind}/web`, '-n', namespace, '--timeout=60s']);
}

async function expectRolledBack(kind: Kind, namespace: string): Promise<void> {
  const { status } = await read<XrayScanResult>('xscan', namespace, resultOf(kind));
  const rollback = { from: { number: 2 }, to: { number: 1 }, digests: [digestOf(BAD)] };
  expect(status).toMatchObject({
    action: 'RolledBack',
    verdict: 'Compliant',
    enforcement: { action: 'RolledBack', rollback },
  });
  const { metadata, spec } = await read<Written>(kind, namespace, 'web');
  expect(JSON.parse(metadata.annotations?.['kubexray.io/rolled-back'] ?? '')).toMatchObject(rollback);
  expect(spec).toMatchObject({ replicas: REPLICAS, template: { spec: { containers: [{ image: GOOD }] } } });
  expect(status?.history?.[0]).toMatchObject({ act: 'RolledBack', outcome: 'Done', before: 'revision: 2' });
  await expectReasons(namespace, kind, ['RolledBack']);
}

async function prepare(namespace: string, { kind, does }: Story): Promise<void> {
  if (does === 'RollBack' && (kind === 'Deployment' || kind === 'StatefulSet')) return prepareRollback(namespace, kind);
  const action = does === 'Delete' ? 'Delete' : 'ScaleDown';
  await apply(aNamespace(namespace));
  await apply(
    anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: action } } }),
    manifestOf(kind, namespace),
  );
  await started(kind, namespace);
  if (does !== 'Restore') return;
  await runUntil(namespace, async () => expectEnd(namespace, { kind, does: 'ScaleDown' }));
  await kubectl(['set', 'image', '-n', namespace, `${kind}/web`, `main=${GOOD}`]);
}

const before = (kind: Kind): object => {
  if (kind === 'DaemonSet') return { by: 'nodeSelector' };
  return kind === 'Job' || kind === 'CronJob' ? { by: 'suspend' } : { by: 'replicas', replicas: REPLICAS };
};

async function noteOf(kind: string, namespace: string, name: string): Promise<unknown> {
  const { metadata } = await read<Written>(kind, namespace, name);
  const text = metadata.annotations?.['kubexray.io/stopped'];
  return text === undefined ? undefined : JSON.parse(text);
}

async function expectStopped(kind: Kind, namespace: string): Promise<void> {
  const action = kind === 'Job' || kind === 'CronJob' ? 'Suspended' : 'ScaledDown';
  const { status } = await read<XrayScanResult>('xscan', namespace, resultOf(kind));
  expect(status).toMatchObject({ action, enforcement: { action } });
  const note = { before: before(kind), attempts: 1, digests: { [BAD]: digestOf(BAD) } };
  expect(await noteOf(kind, namespace, 'web')).toMatchObject(note);
  if (kind === 'CronJob') expect(await noteOf('Job', namespace, 'web-run')).toMatchObject(note);
  const { spec } = await read<Written>(kind, namespace, 'web');
  if ('replicas' in before(kind)) expect(spec).toMatchObject({ replicas: 0 });
  expect(status?.history).toMatchObject([{ act: action, outcome: 'Done', askedBy: [{ policy: `${namespace}/base` }] }]);
  await expectReasons(namespace, kind, [action]);
}

/** On the workload and on its result. */
async function expectReasons(namespace: string, kind: Kind, reasons: readonly string[]): Promise<void> {
  expect(await eventReasons(namespace, kind, 'web')).toEqual(reasons);
  expect(await eventReasons(namespace, 'XrayScanResult', resultOf(kind))).toEqual(reasons);
}

async function expectEnd(namespace: string, { kind, does }: Pick<Story, 'kind' | 'does'>): Promise<void> {
  if (does === 'ScaleDown') {
    await expectStopped(kind, namespace);
    return;
  }
  if (does === 'RollBack') return expectRolledBack(kind, namespace);
  const { status } = await read<XrayScanResult>('xscan', namespace, resultOf(kind));
  if (does === 'Delete') {
    expect(status).toMatchObject({ action: 'Deleted', enforcement: { action: 'Deleted', phase: 'Done' } });
    await expect(read(kind, namespace, 'web')).rejects.toMatchObject({ reason: 'NotFound' });
    expect(status?.history).toMatchObject([{ act: 'Deleted', outcome: 'Done', before: `replicas: ${REPLICAS}` }]);
    expect(unpacked(status?.deletedManifest ?? { gzip: '' })).toMatchObject({ kind, spec: { replicas: REPLICAS } });
    await expectReasons(namespace, kind, ['Deleted']);
    return;
  }
  expect(status).toMatchObject({ enforcement: { action: 'Restored', replicas: REPLICAS } });
  expect((await read<Written>(kind, namespace, 'web')).spec).toMatchObject({ replicas: REPLICAS });
  expect(await noteOf(kind, namespace, 'web')).toBeUndefined();
  expect(status?.history).toMatchObject([{ act: 'Restored' }, { act: 'ScaledDown' }]);
  await expectReasons(namespace, kind, ['ScaledDown', 'Restored']);
}

function resultOf(kind: Kind): string {
  return kind === 'Rollout' ? 'rollout.argoproj.io-web' : `${kind.toLowerCase()}-web`;
}

const cases = stories.flatMap((story) =>
  story.writes
    .map((write, i) => ({ ...story, write, afterWrites: i + 1, namespace: namespaceOf(story, i + 1) }))
    .filter(({ afterWrites }) => story.killedAfter?.includes(afterWrites) ?? true),
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
    240_000,
  );
});
