import { describe, expect, test } from '@jest/globals';
import { after, now } from '../../builders/builders.js';
import { aCluster, aResult, aResultViolation, type FakeCluster, stored } from './a-cluster.js';
import { ran } from './a-world.js';

const note = JSON.stringify({
  ...{ before: { by: 'replicas', replicas: 3 }, at: now.toISOString(), attempts: 1, policy: 'shop/base', digests: {} },
});
const ours = [{ manager: 'kubexray-operator', operation: 'Update', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }];

function aDeployment(
  name: string,
  replicas: number,
  { managedFields = ours, text = note } = {},
): ReturnType<typeof stored> {
  const object = stored('Deployment', name, { spec: { replicas, template: { spec: { containers: [] } } } });
  const metadata = {
    ...object.metadata,
    uid: `uid-${name}`,
    resourceVersion: '7',
    managedFields,
    annotations: { 'kubexray.io/stopped': text },
  };
  return { ...object, metadata };
}

const theirs = [{ manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }];
const release = async (cluster: FakeCluster, ...args: readonly string[]) =>
  ran(['release', ...args], { openCluster: async () => cluster });
const restored = (name: string) => ({
  name,
  body: {
    metadata: { uid: `uid-${name}`, resourceVersion: '7', annotations: { 'kubexray.io/stopped': null } },
    spec: { replicas: 3 },
  },
});

test('a stopped workload goes back to what its note says, in one write onto what was looked at', async () => {
  const cluster = aCluster([aDeployment('web', 0), aDeployment('other', 0)]);
  const { code, out } = await release(cluster, 'deploy/web');
  expect(code).toBe(0);
  expect(out).toBe('deployment/web in shop goes back to 3 replicas\ndeployment/web in shop released\n');
  expect(cluster.patched).toEqual([restored('web')]);
  expect(cluster.isClosed).toBe(true);
});

test('a CronJob comes with the Jobs that were suspended with it, and with no others', async () => {
  const suspended = [
    { manager: 'kubexray-operator', operation: 'Update', fieldsV1: { 'f:spec': { 'f:suspend': {} } } },
  ];
  const text = JSON.stringify({ ...JSON.parse(note), before: { by: 'suspend' } });
  const aSuspended = (kind: string, name: string, owner?: string): ReturnType<typeof stored> => {
    const object = stored(kind, name, { spec: { suspend: true } });
    const controller = { apiVersion: 'batch/v1', kind: 'CronJob', name: owner, uid: `uid-${owner}`, controller: true };
    const metadata = {
      ...object.metadata,
      ...{
        uid: `uid-${name}`,
        resourceVersion: '7',
        managedFields: suspended,
        annotations: { 'kubexray.io/stopped': text },
      },
      ...(owner === undefined ? {} : { ownerReferences: [controller] }),
    };
    return { ...object, metadata };
  };
  const cluster = aCluster([
    aSuspended('CronJob', 'report'),
    aSuspended('CronJob', 'other'),
    aSuspended('Job', 'report-1', 'report'),
    aSuspended('Job', 'other-1', 'other'),
  ]);
  expect((await release(cluster, 'cronjob/report')).code).toBe(0);
  expect(cluster.patched.map(({ name }) => name)).toEqual(['report', 'report-1']);
});

test('what somebody took over loses its note only', async () => {
  const cluster = aCluster([aDeployment('web', 5, { managedFields: theirs })]);
  expect((await release(cluster, 'web')).out).toContain('somebody took it over, so only the note is taken off');
  expect(cluster.patched).toMatchObject([{ body: { metadata: { annotations: { 'kubexray.io/stopped': null } } } }]);
  expect(cluster.patched[0]?.body).not.toHaveProperty('spec');
});

test('a note that somebody edited is told of, and left', async () => {
  const cluster = aCluster([aDeployment('web', 0, { text: 'mine' })]);
  const { code, err } = await release(cluster, 'web');
  expect(code).toBe(1);
  expect(err).toContain('somebody edited its note; see its annotation kubexray.io/stopped');
  expect(cluster.patched).toEqual([]);
});

describe('--all', () => {
  const objects = [aDeployment('web', 0), aDeployment('db', 0)];

  test.each([
    ['nobody can be asked', ['--all'], undefined, 2],
    ['the answer is no', ['--all'], '', 1],
    ['it is a dry run', ['--all', '--dry-run', '--yes'], 'y', 0],
  ])('shows what it would do and does nothing where %s', async (_, args, answer, code) => {
    const cluster = aCluster(objects);
    const ended = await ran(['release', ...args], { openCluster: async () => cluster, ask: async () => answer });
    expect(ended.code).toBe(code);
    expect(ended.out).toMatch(/web in shop goes back.*\n.*db in shop goes back/u);
    if (code > 0) expect(ended.err).toContain('nothing was done');
    expect(cluster.patched).toEqual([]);
  });

  test('takes off what tells of a rollback, and changes nothing else', async () => {
    const web = aDeployment('web', 3);
    const metadata = { ...web.metadata, annotations: { 'kubexray.io/rolled-back': '{}' } };
    const cluster = aCluster([{ ...web, metadata }]);
    expect((await release(cluster, '--all', '--yes')).code).toBe(0);
    expect(cluster.patched).toEqual([
      { name: 'web', body: { metadata: { uid: 'uid-web', annotations: { 'kubexray.io/rolled-back': null } } } },
    ]);
  });

  test('asks at a terminal, and does it on a yes', async () => {
    const cluster = aCluster(objects);
    const questions: string[] = [];
    const ask = async (question: string) => {
      questions.push(question);
      return 'y';
    };
    expect((await ran(['release', '--all'], { openCluster: async () => cluster, ask })).code).toBe(0);
    expect(questions).toEqual(['Bring all 2 back? [y/N] ']);
    expect(cluster.patched).toEqual([restored('web'), restored('db')]);
  });

  test('brings all back with it', async () => {
    const cluster = aCluster(objects);
    expect((await release(cluster, '--all', '-A', '-y')).code).toBe(0);
    expect(cluster.patched).toEqual([restored('web'), restored('db')]);
  });

  test('where nothing is stopped there is nothing to do', async () => {
    const { code, err } = await release(aCluster([]), '--all', '--yes');
    expect({ code, err }).toEqual({ code: 1, err: 'kubexray: the operator has stopped nothing there\n' });
  });
});

describe('while the policies still ask for the stop', () => {
  const due = { mode: 'Enforce', asks: 'ScaleDown', dueAt: after(-1000).toISOString() };
  const aLease = (renewed: number) => ({
    ...stored('Lease', 'kubexray-operator', {}, 'kubexray-system'),
    spec: { holderIdentity: 'pod-1', renewTime: after(renewed).toISOString(), leaseDurationSeconds: 15 },
  });
  const violating = (differs: object = {}) => aResult({ violations: [aResultViolation({ ...due, ...differs })] });

  test.each([
    ['it refuses while the operator leads', [violating(), aLease(-5000)], [], 2],
    ['--force does it', [violating(), aLease(-5000)], ['--force'], 0],
    ['it goes on where the lease has run out', [violating(), aLease(-20_000)], [], 0],
    ['it goes on where there is no lease', [violating()], [], 0],
    ['it goes on in mode Audit', [violating({ mode: 'Audit' }), aLease(-5000)], [], 0],
    ['it goes on in grace', [violating({ dueAt: after(60_000).toISOString() }), aLease(-5000)], [], 0],
  ])('%s', async (_, others, args, code) => {
    const cluster = aCluster([aDeployment('web', 0), ...others]);
    const ended = await release(cluster, 'web', ...args);
    expect(ended.code).toBe(code);
    expect(cluster.patched.length).toBe(code === 0 ? 1 : 0);
    if (code === 2)
      expect(ended.err).toContain('the operator is running (pod-1), and would stop deployment/web in shop again');
  });

  test('it refuses where nobody can tell whether the operator runs', async () => {
    const cluster = aCluster([aDeployment('web', 0), violating()], ['Lease']);
    const { code, err } = await release(cluster, 'web');
    expect(code).toBe(2);
    expect(err).toContain('you may not read the lease in kubexray-system');
  });
});

test.each([[[]], [['web', '--all']], [['web', '-A']]])('%j is wrong usage', async (args) => {
  expect((await release(aCluster([]), ...args)).code).toBe(2);
});
