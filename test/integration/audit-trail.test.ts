// Every act is told on the workload, on its result, in the result's history and in the log, with the same facts; and what was deleted
// is brought back by `kubexray restore`. The operator is a process of its own, under the role that is shipped.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import type { HistoryLine, XrayScanResult } from '../../src/api/v1alpha1/types.js';
import { BUILT_IN_KINDS, type BuiltInKind } from '../../src/api/workload-kinds.js';
import { digestOf } from '../cluster/digest.js';
import { kubectl } from '../cluster/kubectl.js';
import { type SimulatorProcess, startSimulatorProcess } from '../xray-simulator/process.js';
import { aNamespace, anXrayException, anXrayPolicy, aWorkload, pinned } from '../builders/manifests.js';
import { read } from '../cluster/live.js';
import { apply, eventReasons, installOperator, TOKEN } from './harness.js';
import { kubexray } from '../command-line.js';
import { workloadOfKind } from './kind-manifests.js';
import { type ProxiedOperator, startProxiedOperator } from './proxied-operator.js';

const BAD = 'trail/web:bad';
const [trail, kinds] = ['audit-trail', 'audit-trail-kinds'];
const SOON = { withinMs: 60_000, everyMs: 200 };

let simulator: SimulatorProcess;
let operator: ProxiedOperator;

beforeAll(async () => {
  simulator = await startSimulatorProcess({ token: TOKEN });
  await simulator.put(digestOf(BAD), {
    issues: [{ issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical', cves: [{ cve: 'CVE-2026-0001' }] }],
  });
  await installOperator(simulator.url);
  operator = await start();
}, 90_000);

afterAll(async () => {
  await stop();
  await simulator.close();
  await kubectl(['delete', 'namespace', '--wait=false', trail, kinds, '--ignore-not-found']);
}, 60_000);

async function start(): Promise<ProxiedOperator> {
  const started = await startProxiedOperator({ args: ['--leader-elect', 'false'], onAnswer: () => undefined });
  await started.process.inStep();
  return started;
}

async function stop(): Promise<void> {
  await operator.process.stop();
  await operator.close();
}

const policyThat = (namespace: string, action: string): object =>
  anXrayPolicy(namespace, { mode: 'Enforce', security: { actions: { default: action } } });

async function historyBecomes(namespace: string, result: string, acts: readonly string[]): Promise<HistoryLine[]> {
  return eventually(async () => {
    const { status } = await read<XrayScanResult>('xscan', namespace, result);
    const history = status?.history ?? [];
    expect(history.map(({ act, outcome }) => `${act} ${outcome}`)).toEqual(acts);
    return [...history];
  }, SOON);
}

/** The lines of the log about acts on a workload. */
function logged(namespace: string, name: string): readonly Readonly<Record<string, unknown>>[] {
  return (
    operator.process
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the log is lines of JSON objects
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter((line) => line['namespace'] === namespace && line['name'] === name && line['act'] !== undefined)
  );
}

interface Live {
  readonly metadata: { readonly uid: string; readonly labels?: object; readonly annotations?: object };
  readonly spec: { readonly replicas?: number; readonly template?: unknown };
}

const env = [
  { name: 'PASSWORD', value: 'hunter2' },
  { name: 'POD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
];

test('each act is told on the workload, on its result, in the history and in the log; and a deletion is undone', async () => {
  await apply(aNamespace(trail), aWorkload(trail, { image: BAD, replicas: 3, env }));
  await kubectl(['rollout', 'status', 'deployment/web', '-n', trail, '--timeout=60s']);
  const before = await read<Live>('deployment', trail, 'web');
  await apply(policyThat(trail, 'ScaleDown'));
  const [stopped] = await historyBecomes(trail, 'deployment-web', ['ScaledDown Done']);
  const said = { policyKind: 'XrayPolicy', policy: `${trail}/base` };
  expect(stopped).toMatchObject({
    ...{ workloadUid: before.metadata.uid, before: 'replicas: 3', askedBy: [{ ...said, generation: 1 }] },
    facts: [{ digest: digestOf(BAD), ids: ['CVE-2026-0001'], saidAt: expect.any(String) as unknown }],
  });

  await apply(policyThat(trail, 'Delete'));
  const [deleted] = await historyBecomes(trail, 'deployment-web', ['Deleted Done', 'ScaledDown Done']);
  expect(deleted).toMatchObject({ before: 'replicas: 0', askedBy: [{ ...said, generation: 2 }] });
  for (const [kind, name] of [
    ['Deployment', 'web'],
    ['XrayScanResult', 'deployment-web'],
  ] as const)
    expect(await eventReasons(trail, kind, name)).toEqual(['ScaledDown', 'Deleted']);
  const lines = logged(trail, 'web');
  expect(lines.map(({ message }) => message)).toEqual(['ScaledDown Done', 'Deleted Requested', 'Deleted Done']);
  for (const [line, told] of [
    [lines[0], stopped],
    [lines[2], deleted],
  ] as const) {
    const { message: why, ...fields } = told ?? {};
    expect(line).toMatchObject({ ...fields, why, apiVersion: 'apps/v1', kind: 'Deployment' });
  }

  await stop();
  operator = await start(); // nothing is told twice, and nothing forgotten
  await eventually(async () => read('xscan', trail, 'deployment-web'));
  const stored = JSON.stringify(await read('xscan', trail, 'deployment-web'));
  expect(stored).not.toContain('hunter2');

  const asDeleted = ['restore', 'deployment/web', '-n', trail] as const;
  expect(await kubexray([...asDeleted, '--yes'])).toMatchObject({
    ...{ code: 2, err: expect.stringContaining('main/PASSWORD were not kept') as unknown },
  });
  const given = [...asDeleted, '--env', 'PASSWORD=hunter2'];
  const unasked = await kubexray([...given]);
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining('nobody to ask') as unknown });
  expect(unasked.out).toContain('the operator would act on it again (Delete)');
  await apply(anXrayException(trail, { vulnerabilities: ['CVE-2026-0001'] }));
  await kubectl(['wait', '-n', trail, '--for=condition=Ready', 'xexc/waiver', '--timeout=60s']); // it is gone by
  expect(await kubexray([...given])).toMatchObject({ code: 0, out: `deployment/web in ${trail} made anew\n` });

  const [recreated] = await historyBecomes(trail, 'deployment-web', [
    'Recreated Done',
    'Deleted Done',
    'ScaledDown Done',
  ]);
  expect(recreated?.message).toContain('Made anew by kubexray');
  const after = await read<Live>('deployment', trail, 'web');
  expect(after.spec).toEqual(before.spec);
  expect(recreated?.workloadUid).toBe(after.metadata.uid);
  const { status } = await read<XrayScanResult>('xscan', trail, 'deployment-web');
  expect(status?.deletedManifest).toBeUndefined();
  expect((await kubexray([...given])).err).toContain('the operator has not deleted deployment/web');

  await kubectl(['delete', 'xexc', 'waiver', '-n', trail]);
  await historyBecomes(trail, 'deployment-web', ['Deleted Done', 'Recreated Done', 'Deleted Done', 'ScaledDown Done']);
}, 180_000);

/** Of what its owner had applied: a Pod has its node, and a Job what is made for each. */
function seen(kind: BuiltInKind, { metadata: { labels, annotations }, spec }: Live): unknown {
  const json = JSON.stringify({
    labels,
    annotations: { ...annotations, 'deprecated.daemonset.template.generation': '' },
    spec,
  });
  if (kind === 'Pod') return json.replaceAll(/"nodeName":"[^"]*"|kube-api-access-[a-z0-9]+/gu, '');
  return json.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gu, 'uid');
}

test('what is deleted of any kind is brought back as it was', async () => {
  await apply(aNamespace(kinds));
  await apply(...BUILT_IN_KINDS.map((kind) => workloadOfKind(kind, kinds, pinned(BAD))));
  await kubectl(['rollout', 'status', 'deployment/web', '-n', kinds, '--timeout=60s']);
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', '-n', kinds, '--timeout=60s']);
  const before = new Map<BuiltInKind, Live>();
  for (const kind of BUILT_IN_KINDS) before.set(kind, await read<Live>(kind, kinds, 'web'));
  await apply(policyThat(kinds, 'Delete'));
  for (const kind of BUILT_IN_KINDS) await historyBecomes(kinds, `${kind.toLowerCase()}-web`, ['Deleted Done']);
  await kubectl(['wait', '--for=delete', 'pod/web', '-n', kinds, '--timeout=60s']);

  await kubectl(['delete', 'xpol', 'base', '-n', kinds]);
  for (const kind of BUILT_IN_KINDS)
    expect(await kubexray(['restore', `${kind}/web`, '-n', kinds])).toMatchObject({ code: 0, err: '' });
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', '-n', kinds, '--timeout=60s']);
  await kubectl(['rollout', 'status', 'deployment/web', '-n', kinds, '--timeout=60s']);
  for (const kind of BUILT_IN_KINDS) {
    const was = before.get(kind);
    const is = await read<Live>(kind, kinds, 'web');
    expect(is.metadata.uid).not.toBe(was?.metadata.uid);
    expect(seen(kind, is)).toEqual(was === undefined ? undefined : seen(kind, was));
  }
}, 180_000);
