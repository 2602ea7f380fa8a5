// Somebody puts a stopped workload back at once, again and again: a stand-in for GitOps tools, which writes as they do.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { isApiError, type KubeClient, systemClock } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult, XrayScanResultStatus } from '../../src/api/v1alpha1/types.js';
import { WORKLOAD_KINDS } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy, pinned } from '../builders/manifests.js';
import { newClient, read } from '../cluster/live.js';
import { apply, eventReasons, installOperator, type RunningOperator, startOperator, TOKEN } from './harness.js';
import { workloadOfKind } from './kind-manifests.js';

const BAD = 'contention/web:bad';
const SOON = { withinMs: 60_000, everyMs: 100 };
const HOUR_MS = 3_600_000;

let simulator: SimulatorProcess;
let client: KubeClient;
let operator: RunningOperator;
const namespaces: string[] = [];

/** The operator judges by a time that the test may move on. */
const time = { aheadMs: 0 };
const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + time.aheadMs) };
const advance = (ms: number): void => {
  time.aheadMs += ms;
};

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  client = await newClient();
  operator = await startOperator([], clock);
}, 60_000);

afterAll(async () => {
  await operator.stop();
  await client.close();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...namespaces]);
}, 60_000);

type Kind = 'Deployment' | 'CronJob';
type Spec = Readonly<Record<string, unknown>>;

interface Live {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
    }[];
  };
  readonly spec: Spec;
}

const RUNS: Readonly<Record<Kind, Spec>> = { Deployment: { replicas: 3 }, CronJob: { suspend: false } };
const STOPPED: Readonly<Record<Kind, Spec>> = { Deployment: { replicas: 0 }, CronJob: { suspend: true } };

interface Story {
  readonly kind: Kind;
  readonly manager: string;
  readonly reason: string;
  /** Applied by force, or replaced whole, as it stands in the manifest: with no note of ours. */
  readonly by: 'server-side apply' | 'plain update';
}

const stories: readonly Story[] = [
  { kind: 'Deployment', by: 'server-side apply', manager: 'argocd-controller', reason: 'PutBackByArgoCD' },
  { kind: 'Deployment', by: 'plain update', manager: 'kubectl-replace', reason: 'PutBackByUser' },
  { kind: 'CronJob', by: 'server-side apply', manager: 'kustomize-controller', reason: 'PutBackByFlux' },
  { kind: 'CronJob', by: 'plain update', manager: 'fleetagent', reason: 'PutBackByOther' },
];

const never = new AbortController().signal;
const standIns: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of standIns.splice(0)) await end();
});

/** Puts the workload back whenever it sees it stopped. @returns ends it */
function startStandIn({ kind, by, manager }: Story, namespace: string): () => Promise<void> {
  const key = { namespace, name: 'web' };
  const manifest = workloadOfKind(kind, namespace, pinned(BAD));
  const stop = new AbortController();
  const putBack = async (): Promise<void> => {
    const { metadata, spec } = await client.get<Live>(WORKLOAD_KINDS[kind], key, { signal: never });
    if (!isSame(spec, STOPPED[kind])) return;
    if (by === 'plain update') {
      const body = {
        ...manifest,
        metadata: { ...key, resourceVersion: metadata.resourceVersion },
        spec: { ...spec, ...RUNS[kind] },
      };
      await client.update(WORKLOAD_KINDS[kind], key, body, { signal: never, fieldManager: manager });
      return;
    }
    const { group, version } = WORKLOAD_KINDS[kind];
    const body = { apiVersion: `${group}/${version}`, kind, metadata: key, spec: RUNS[kind] };
    await client.patch(
      WORKLOAD_KINDS[kind],
      key,
      { type: 'apply', body, fieldManager: manager, force: true },
      { signal: never },
    );
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await putBack().catch((error: unknown) => {
        if (!isApiError(error, 'Conflict')) throw error;
      });
      await systemClock.sleep(20, stop.signal).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort(new Error('the stand-in ends'));
    await running;
  };
}

function isSame(spec: Spec, wanted: Spec): boolean {
  return Object.entries(wanted).every(([field, value]) => spec[field] === value);
}

async function becomes(kind: Kind, namespace: string, wanted: object): Promise<XrayScanResultStatus> {
  return eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
    expect(status).toMatchObject(wanted);
    return status ?? {};
  }, SOON);
}

let pokes = 0;

/** The operator looks at it again, for its own timers go by the real time. An annotation would not do: it keeps none but its own. */
async function poke(kind: Kind, namespace: string): Promise<void> {
  await kubectl(['label', kind, 'web', '-n', namespace, '--overwrite', `example.com/poke=${++pokes}`]);
}

const contended = (status: 'True' | 'False', reason: string): unknown =>
  expect.arrayContaining([expect.objectContaining({ type: 'Contended', status, reason })]);

async function newFight(story: Story): Promise<string> {
  const namespace = `contention-${story.kind}-${story.by.replaceAll(/[^a-z]/gu, '')}`.toLowerCase();
  namespaces.push(namespace);
  await apply(aNamespace(namespace));
  await apply(
    anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } }),
    workloadOfKind(story.kind, namespace, pinned(BAD)),
  );
  standIns.push(startStandIn(story, namespace));
  return namespace;
}

interface Round {
  readonly attempts: number;
  /** From the stop that was ended to the next. */
  readonly waitMs: number;
}

const LONG = { withinMs: 180_000, everyMs: 100 };

/** Lets time pass, as far as the operator waits, until `isOver` throws no more. @returns what it waited, where that was seen */
async function fight(
  kind: Kind,
  namespace: string,
  isOver: (status: XrayScanResultStatus) => Promise<void> | void,
): Promise<readonly Round[]> {
  const rounds = new Map<number, Round>();
  await eventually(async () => {
    const { status = {} } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
    const { attempts = 0, at = '' } = status.enforcement ?? {};
    const [, until] = /it is stopped again at (\S+)\.$/u.exec(status.message ?? '') ?? [];
    if (until !== undefined) {
      rounds.set(attempts, { attempts, waitMs: Date.parse(until) - Date.parse(at) });
      const leftMs = Date.parse(until) - clock.now().getTime();
      if (leftMs > 0) {
        advance(leftMs);
        await poke(kind, namespace);
      }
    }
    await isOver(status);
  }, LONG);
  return [...rounds.values()];
}

const hasBeenStopped = (times: number) => (status: XrayScanResultStatus) => {
  expect(status.enforcement?.attempts).toBeGreaterThanOrEqual(times);
};

async function restart(): Promise<void> {
  await operator.stop();
  operator = await startOperator([], clock);
}

describe.each(stories)('a $kind put back at once by $by as $manager', (story) => {
  const { kind, manager, reason } = story;

  test('is stopped ever more slowly, over a restart too, and says who does it, until nobody does', async () => {
    const namespace = await newFight(story);
    await becomes(kind, namespace, { contention: { manager }, conditions: contended('True', reason) });

    const before = await fight(kind, namespace, hasBeenStopped(4));
    await restart();
    const after = await fight(kind, namespace, hasBeenStopped(8));
    for (const { attempts, waitMs } of [...before, ...after])
      expect([attempts, waitMs]).toEqual([attempts, 1000 * 2 ** (attempts - 1)]);
    expect(after.length).toBeGreaterThan(2);

    const { message, contention } = await becomes(kind, namespace, {
      action: 'Held',
      conditions: contended('True', reason),
    });
    expect(message).toMatch(new RegExp(`^Put back by ${manager}`, 'u'));
    expect(contention?.times).toBeGreaterThanOrEqual(7);
    await eventually(async () => {
      expect(await operator.metrics()).toContain(`kubexray_contended_workloads{contender="${reason.slice(9)}"} 1`);
    }, SOON);

    for (const end of standIns.splice(0)) await end();
    await fight(kind, namespace, async ({ action }) => {
      expect(action).toBe(kind === 'CronJob' ? 'Suspended' : 'ScaledDown');
      // The status may be that from before the last time it was put back.
      expect((await read<Live>(kind, namespace, 'web')).spec).toMatchObject(STOPPED[kind]);
    });
    await becomes(kind, namespace, { conditions: contended('True', reason) });

    advance(2 * HOUR_MS);
    await poke(kind, namespace);
    const quiet = await becomes(kind, namespace, { conditions: contended('False', 'Quiet') });
    expect(quiet.contention).toBeUndefined();
    const reasons = await eventReasons(namespace, kind, 'web');
    expect(reasons.filter((one) => one.startsWith('Conten'))).toEqual(['Contended', 'ContentionEnded']);
  }, 480_000);
});

test('the stop is written by one field manager, as an update: what Argo CD exempts', async () => {
  const namespace = 'contention-deployment-serversideapply';
  const args = ['get', 'deployment', 'web', '-n', namespace, '-o', 'json', '--show-managed-fields'];
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what kubectl prints of a Deployment
  const { metadata } = JSON.parse(await kubectl(args)) as { metadata: V1ObjectMeta };
  const owners = (metadata.managedFields ?? []).filter(({ fieldsV1 }) =>
    JSON.stringify(fieldsV1).includes('"f:replicas":{}'),
  );
  expect(owners.filter(({ subresource }) => subresource === undefined)).toMatchObject([
    { manager: 'kubexray-operator', operation: 'Update' },
  ]);
}, 30_000);

describe('a horizontal pod autoscaler', () => {
  const namespace = 'contention-hpa';
  const story = { manager: 'kube-controller-manager', reason: 'PutBackByHPA' };

  test('leaves our zero alone, and is named where it raises what somebody else began', async () => {
    namespaces.push(namespace);
    await apply(aNamespace(namespace));
    await apply(
      anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } }),
      workloadOfKind('Deployment', namespace, pinned(BAD)),
    );
    await becomes('Deployment', namespace, { action: 'ScaledDown' });
    await apply(anAutoscaler(namespace));
    await eventually(async () => {
      const { status } = await read<{
        status?: { conditions?: readonly { type: string; status: string; reason: string }[] };
      }>('hpa', namespace, 'web');
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }),
      );
    }, SOON);
    await becomes('Deployment', namespace, { action: 'ScaledDown', enforcement: { replicas: 3, attempts: 1 } });

    // Again and again, so that the wait is long enough for the autoscaler to come by.
    for (let stops = 2; stops <= 9; stops++) {
      await kubectl(['scale', 'deployment/web', '-n', namespace, '--replicas=1']);
      await fight('Deployment', namespace, hasBeenStopped(stops));
    }
    await kubectl(['scale', 'deployment/web', '-n', namespace, '--replicas=1']);
    await becomes('Deployment', namespace, {
      contention: { manager: story.manager },
      conditions: contended('True', story.reason),
    });
    expect((await read<Live>('deployment', namespace, 'web')).spec).toMatchObject({ replicas: 2 }); // its minReplicas
  }, 180_000);

  test("'s own zero is none of ours", async () => {
    await kubectl(['delete', 'hpa', 'web', '-n', namespace]);
    const uid = (await read<{ metadata: { uid: string } }>('deployment', namespace, 'web')).metadata.uid;
    // As it does: by the scale subresource, under its own name. Without metrics the real one never goes down to zero.
    const body = { spec: { replicas: 0 } };
    await client.patch(
      WORKLOAD_KINDS.Deployment,
      { namespace, name: 'web' },
      { type: 'merge', body, subresource: 'scale', fieldManager: story.manager },
      { signal: never },
    );
    await kubectl(['delete', 'xpol', 'base', '-n', namespace]);
    await becomes('Deployment', namespace, { action: 'None', enforcement: { action: 'Released', workloadUid: uid } });
    const live = await read<Live>('deployment', namespace, 'web');
    expect(live.spec).toMatchObject({ replicas: 0 });
    expect(live.metadata.annotations?.['kubexray.io/stopped']).toBeUndefined();
  }, 60_000);
});

function anAutoscaler(namespace: string): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  };
}
