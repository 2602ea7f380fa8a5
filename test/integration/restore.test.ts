// What was stopped comes back only if it is the very workload that was stopped, as the operator left it: for each kind of stop.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayPolicy } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, installOperator, type RunningOperator, startOperator, TOKEN } from './harness.js';
import { workloadOfKind } from './kind-manifests.js';

const BAD = 'restore/web:bad';
const SOON = { withinMs: 60_000, everyMs: 200 };

/** One of each way to stop, and how somebody ends such a stop and how the spec is then. */
const stops = {
  Deployment: { takeOver: { spec: { replicas: 5 } }, stopped: { replicas: 0 } },
  DaemonSet: {
    takeOver: { spec: { template: { spec: { nodeSelector: { 'kubexray.io/stopped': null, tier: 'front' } } } } },
    stopped: { template: { spec: { nodeSelector: { 'kubexray.io/stopped': 'true' } } } },
  },
  Job: { takeOver: { spec: { suspend: false } }, stopped: { suspend: true } },
} as const;
type Kind = keyof typeof stops;
const kinds = ['Deployment', 'DaemonSet', 'Job'] as const satisfies readonly Kind[];
const stories = ['unruled', 'taken', 'anew'] as const;
type Story = (typeof stories)[number];

const namespaceOf = (kind: Kind, story: Story): string => `restore-${story}-${kind}`.toLowerCase();
const all = kinds.flatMap((kind) => stories.map((story) => ({ kind, story, namespace: namespaceOf(kind, story) })));

let simulator: SimulatorProcess;
let operator: RunningOperator;
const before = new Map<string, object>();

interface Written {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

async function resultBecomes(kind: Kind, namespace: string, wanted: object): Promise<void> {
  await eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
    expect(status).toMatchObject(wanted);
  }, SOON);
}

function noteOf({ metadata }: Written): string | undefined {
  return metadata.annotations?.['kubexray.io/stopped'];
}

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), { issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' }] });
  await installOperator(simulator.url);
  await apply(...all.map(({ namespace }) => aNamespace(namespace)));
  await apply(...all.map(({ kind, namespace }) => workloadOfKind(kind, namespace, BAD)));
  for (const { kind, namespace } of all) before.set(namespace, (await read<Written>(kind, namespace, 'web')).spec);
  await apply(
    ...all.map(({ namespace }) =>
      anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: 'ScaleDown' } } }),
    ),
  );
  operator = await startOperator();
  for (const { kind, namespace } of all)
    await resultBecomes(kind, namespace, { action: kind === 'Job' ? 'Suspended' : 'ScaledDown' });
  await operator.stop();

  // Nobody acts now: what happens here, happens between two looks of the operator.
  for (const { kind, story, namespace } of all) {
    if (story === 'taken')
      await kubectl([
        'patch',
        kind,
        'web',
        '-n',
        namespace,
        '--type=merge',
        '-p',
        JSON.stringify(stops[kind].takeOver),
      ]);
    if (story === 'anew') await makeAnew(kind, namespace);
  }
  await kubectl(['delete', 'xpol', '--all', '-A']);
  operator = await startOperator();
}, 180_000);

afterAll(async () => {
  await operator.stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', ...all.map(({ namespace }) => namespace)]);
}, 60_000);

/** As somebody makes it who wants it to be stopped himself. */
async function makeAnew(kind: Kind, namespace: string): Promise<void> {
  await kubectl(['delete', kind, 'web', '-n', namespace, '--wait=true']);
  await apply(workloadOfKind(kind, namespace, BAD));
  const own = JSON.stringify({ spec: stops[kind].stopped });
  await kubectl(['patch', kind, 'web', '-n', namespace, '--type=merge', '-p', own]);
}

describe.each(kinds)('a stopped %s', (kind) => {
  test('comes back as it was when its policy is deleted', async () => {
    const namespace = namespaceOf(kind, 'unruled');
    await eventually(async () => {
      const now = await read<Written>(kind, namespace, 'web');
      expect(now.spec).toEqual(before.get(namespace));
      expect(noteOf(now)).toBeUndefined();
    }, SOON);
    await resultBecomes(kind, namespace, { enforcement: { action: 'Restored' } });
  }, 90_000);

  test('that somebody took over meanwhile keeps what they wrote, and loses the note', async () => {
    const namespace = namespaceOf(kind, 'taken');
    await resultBecomes(kind, namespace, { enforcement: { action: 'Released' } });
    const now = await read<Written>(kind, namespace, 'web');
    expect(noteOf(now)).toBeUndefined();
    if (kind === 'Deployment') expect(now.spec).toMatchObject({ replicas: 5 });
    if (kind === 'Job') expect(now.spec).toMatchObject({ suspend: false });
    if (kind === 'DaemonSet')
      expect(now.spec).toMatchObject({
        template: { spec: { nodeSelector: { 'kubernetes.io/os': 'linux', tier: 'front' } } },
      });
  }, 90_000);
});

// The label in a DaemonSet's node selector is the operator's own, whoever wrote it: it is told apart above.
describe.each(['Deployment', 'Job'] as const)('a %s that was made anew under the name of a stopped one', (kind) => {
  test('stays as whoever made it wants it', async () => {
    const namespace = namespaceOf(kind, 'anew');
    await eventually(async () => {
      const { spec } = await read<XrayScanResult>('xscan', namespace, `${kind.toLowerCase()}-web`);
      const { metadata } = await read<Written>(kind, namespace, 'web');
      expect(spec.workloadRef.uid).toBe(metadata.uid);
    }, SOON);
    await resultBecomes(kind, namespace, { action: 'None' }); // it was judged, and what was to be done is done
    expect((await read<Written>(kind, namespace, 'web')).spec).toMatchObject(stops[kind].stopped);
  }, 90_000);
});
