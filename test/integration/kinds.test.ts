// Every kind with every action, on the real controllers. What was stopped and kept comes back exactly as it was before.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { BUILT_IN_KINDS, type BuiltInKind } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy } from '../builders/manifests.js';
import { read, readAll } from '../cluster/live.js';
import { apply, eventReasons, installOperator, type RunningOperator, startOperator, TOKEN } from './harness.js';
import { workloadOfKind } from './kind-manifests.js';

const BAD = 'kinds/web:bad';
const GOOD = 'kinds/web:good';
const SOON = { withinMs: 60_000, everyMs: 200 };

const kept = BUILT_IN_KINDS.filter((kind) => kind !== 'Pod');
const stoppedAs = (kind: BuiltInKind): string => (kind === 'Job' || kind === 'CronJob' ? 'Suspended' : 'ScaledDown');
const namespaceOf = (kind: BuiltInKind, story: string): string => `kinds-${story}-${kind}`.toLowerCase();
const resultOf = (kind: BuiltInKind): string => `${kind.toLowerCase()}-web`;

let simulator: SimulatorProcess;
let operator: RunningOperator;
const namespaces: string[] = [];

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await simulator.put(digestOf(GOOD), {});
  await installOperator(simulator.url);
  operator = await startOperator();
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...namespaces]);
}, 60_000);

async function newNamespace(name: string): Promise<string> {
  namespaces.push(name);
  await apply(aNamespace(name));
  return name;
}

type Mode = 'Audit' | 'Enforce';

function policyThat(namespace: string, mode: Mode, actions: object): object {
  return anXrayPolicy(namespace, { mode, security: { actions } });
}

async function becomes(kind: BuiltInKind, namespace: string, wanted: object): Promise<void> {
  await eventually(async () => {
    expect((await read<XrayScanResult>('xscan', namespace, resultOf(kind))).status).toMatchObject(wanted);
  }, SOON);
}

interface Written {
  readonly metadata: {
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What users have written of an object. */
async function written(kind: string, namespace: string, name = 'web'): Promise<object> {
  const { metadata, spec } = await read<Written>(kind, namespace, name);
  const annotations = Object.entries(metadata.annotations ?? {})
    // The API server counts each change of a DaemonSet's template there.
    .filter(([key]) => key !== 'deprecated.daemonset.template.generation');
  return { uid: metadata.uid, labels: metadata.labels, annotations: Object.fromEntries(annotations), spec };
}

async function podCount(namespace: string): Promise<number> {
  return (await readAll('pods', namespace)).length;
}

async function runningPods(namespace: string, count: number): Promise<void> {
  await eventually(async () => {
    const pods = await readAll<V1Pod>('pods', namespace);
    expect(pods.filter(({ status }) => status?.phase === 'Running').length).toBe(count);
  }, SOON);
}

/** The DaemonSet has two nodes; the CronJob has a Job that was started by hand. */
const podsOf: Readonly<Record<BuiltInKind, number>> = {
  Deployment: 3,
  StatefulSet: 3,
  DaemonSet: 2,
  ReplicaSet: 3,
  ReplicationController: 3,
  Job: 2,
  CronJob: 1,
  Pod: 1,
};

describe('ScaleDown stops a workload and keeps it', () => {
  test.each(kept)(
    '%s, and it comes back as it was',
    async (kind) => {
      const namespace = await newNamespace(namespaceOf(kind, 'stop'));
      const actions = { default: 'ScaleDown' };
      await apply(policyThat(namespace, 'Audit', actions), workloadOfKind(kind, namespace, BAD));
      if (kind === 'CronJob') await kubectl(['create', 'job', 'web-run', '--from=cronjob/web', '-n', namespace]);
      await runningPods(namespace, podsOf[kind]);
      await becomes(kind, namespace, { verdict: 'Violating', action: 'Audited' });
      const before = await written(kind, namespace);

      await apply(policyThat(namespace, 'Enforce', actions));
      await becomes(kind, namespace, { verdict: 'Violating', action: stoppedAs(kind) });
      await eventually(async () => {
        expect(await podCount(namespace)).toBe(0);
      }, SOON);
      expect(await written(kind, namespace)).not.toEqual(before);
      await becomes(kind, namespace, { verdict: 'Violating', action: stoppedAs(kind) });

      await apply(policyThat(namespace, 'Audit', actions));
      await becomes(kind, namespace, {
        action: 'Audited',
        enforcement: { action: 'Restored' },
      });
      await eventually(async () => {
        expect(await written(kind, namespace)).toEqual(before);
      }, SOON);
      await runningPods(namespace, podsOf[kind]);
      expect(await eventReasons(namespace, kind, 'web')).toEqual(['WouldStop', stoppedAs(kind), 'Restored']);
    },
    120_000,
  );
});

describe('Delete', () => {
  test.each([...BUILT_IN_KINDS])(
    'deletes a %s with its pods',
    async (kind) => {
      const namespace = await newNamespace(namespaceOf(kind, 'delete'));
      await apply(policyThat(namespace, 'Audit', { default: 'Delete' }), workloadOfKind(kind, namespace, BAD));
      if (kind === 'CronJob') await kubectl(['create', 'job', 'web-run', '--from=cronjob/web', '-n', namespace]);
      await becomes(kind, namespace, { verdict: 'Violating', action: 'Audited' });
      await apply(policyThat(namespace, 'Enforce', { default: 'Delete' }));
      await becomes(kind, namespace, {
        action: 'Deleted',
        enforcement: { action: 'Deleted', phase: 'Done' },
      });
      await eventually(async () => {
        await expect(read(kind, namespace, 'web')).rejects.toMatchObject({ reason: 'NotFound' });
        expect(await podCount(namespace)).toBe(0);
      }, SOON);
      expect(await eventReasons(namespace, kind, 'web')).toEqual(['WouldStop', 'Deleted']);
    },
    90_000,
  );
});
