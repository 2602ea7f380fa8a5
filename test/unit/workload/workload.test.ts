import { describe, expect, test } from '@jest/globals';
import type { ObservedPod, OwnerReference } from '../../../src/observe/observed.js';
import { noteText, parseNote } from '../../../src/plan/note.js';
import { plan } from '../../../src/plan/plan.js';
import { assembleWorkload, type Sighted } from '../../../src/workload/assemble.js';
import { type Owned, topOwner } from '../../../src/workload/owner.js';
import { parseWorkloadKey, type Workload, workloadKey } from '../../../src/workload/workload.js';
import { aDigest, aPod, aReplicaSet, aTarget, aViolation, now } from '../../builders/builders.js';

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };

function assemble(differs: Partial<Sighted>, remembered = new Map()): Workload | undefined {
  const sighted = { ref, target: aTarget(), pods: [aPod()], owners: [aReplicaSet()], uid: undefined, ...differs };
  return assembleWorkload(sighted, remembered);
}

const ownedAs = ({ namespace, name, uid, owner }: ObservedPod): Owned => ({
  namespace,
  owner,
  itself: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
});

test('a custom workload without a template has the labels of its pods, also while it is stopped and none runs', () => {
  const pod = aPod({ labels: { app: 'database' } });
  const custom = { kind: 'Custom', templateContainers: [], templateLabels: {} } as const;
  const running = assemble({ target: aTarget(custom), pods: [pod] });
  expect(running?.labels).toEqual({ app: 'database' });
  const surroundings = { protectedNamespaces: new Set<string>(), budgets: [] };
  const judgement = {
    demand: 'ScaleDown',
    violations: [aViolation()],
    undecided: false,
    allowsDataLoss: false,
  } as const;
  const { target, labels } = running ?? {};
  const planned = plan({ judgement, target, note: undefined, surroundings, pods: 1, ...(labels && { labels }), now });
  if (planned.kind !== 'change' || planned.change.kind !== 'ScaleDown') throw new Error('it is to be stopped');
  const noted = parseNote(noteText(planned.change.note))?.labels ?? {};
  expect(assemble({ target: aTarget(custom), pods: [], labelsNoted: noted })?.labels).toEqual({ app: 'database' });
});

describe('the top owner', () => {
  const find = (_: string, { kind, uid }: OwnerReference): OwnerReference | undefined =>
    kind === 'ReplicaSet' && uid === 'uid-rs-1' ? aReplicaSet().owner : undefined;

  test('of a pod of a Deployment is the Deployment', () => {
    expect(topOwner(ownedAs(aPod()), find)).toMatchObject({ kind: 'Deployment', name: 'web', uid: 'uid-web' });
  });

  test('is the owner that is not watched, where the chain goes on beyond it', () => {
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'r' };
    expect(topOwner(ownedAs(aPod({ owner })), find)).toMatchObject({
      kind: 'Rollout',
      apiVersion: 'argoproj.io/v1alpha1',
    });
  });

  test('of a pod whose owner was recreated under its name is not the new one', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'another' };
    expect(topOwner(ownedAs(aPod({ owner })), find)).toMatchObject({ kind: 'ReplicaSet', uid: 'another' });
  });

  test('of a bare pod is the pod', () => {
    const { owner, ...bare } = aPod();
    expect(owner).toBeDefined();
    expect(topOwner(ownedAs(bare), find)).toMatchObject({ kind: 'Pod', name: 'web-1-a' });
  });
});

test('defect 4: a StatefulSet called web, without a dash, is found by its owner reference', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 's' };
  expect(topOwner(ownedAs(aPod({ name: 'web-0', owner })), () => undefined)).toMatchObject({
    kind: 'StatefulSet',
    name: 'web',
  });
});

test('keys of a Deployment and a StatefulSet of one name differ, and read back', () => {
  const set = { ...ref, kind: 'StatefulSet' };
  expect(workloadKey(ref)).not.toBe(workloadKey(set));
  expect(parseWorkloadKey(workloadKey(set))).toEqual(set);
  expect(parseWorkloadKey(workloadKey({ ...ref, apiVersion: 'v1', kind: 'Pod' }))).toMatchObject({ apiVersion: 'v1' });
});

describe('the images of a workload', () => {
  test('are those that its pods run, by digest', () => {
    expect(assemble({})?.images).toEqual([
      {
        reference: 'shop/web:1',
        digest: aDigest(),
        containers: [{ name: 'web', kind: 'Container' }],
        revision: 'Current',
      },
    ]);
  });

  test('are judged before the pod has started where the reference pins a digest', () => {
    const image = `shop/web@${aDigest('b')}`;
    const containers = [{ name: 'web', kind: 'Container' as const, image, imageId: '' }];
    const templateContainers = [{ name: 'web', kind: 'Container' as const, image }];
    const target = aTarget({ templateContainers });
    expect(assemble({ target, pods: [aPod({ containers })] })?.images).toMatchObject([{ digest: aDigest('b') }]);
    expect(assemble({ target, pods: [] })?.images).toMatchObject([{ digest: aDigest('b') }]);
  });

  test('defect 6: init and ephemeral containers count', () => {
    const containers = (['InitContainer', 'EphemeralContainer'] as const).map((kind) => ({
      name: kind,
      kind,
      image: kind,
      imageId: `x@${aDigest('c')}`,
    }));
    const kinds = assemble({ pods: [aPod({ containers })] })?.images.flatMap((image) =>
      image.containers.map((c) => c.kind),
    );
    expect(kinds).toEqual(expect.arrayContaining(['InitContainer', 'EphemeralContainer']));
  });

  test('are remembered while it is scaled to zero, for the references that it still has', () => {
    const remembered = new Map([['shop/web:1', aDigest('d')]]);
    expect(assemble({ pods: [] }, remembered)?.images).toMatchObject([{ digest: aDigest('d') }]);
    const templateContainers = [{ name: 'web', kind: 'Container' as const, image: 'shop/web:2' }];
    const [changed] = assemble({ pods: [], target: aTarget({ templateContainers }) }, remembered)?.images ?? [];
    expect(changed?.digest).toBeUndefined();
  });

  test('are remembered while it is stopped, also where a pod that has not pulled yet is still to go', () => {
    const containers = [{ name: 'web', kind: 'Container' as const, image: 'shop/web:1', imageId: '' }];
    const target = aTarget({ stop: { by: 'replicas', replicas: 0 } });
    const remembered = new Map([['shop/web:1', aDigest('d')]]);
    const images = assemble({ target, pods: [aPod({ containers })] }, remembered)?.images;
    expect(images).toMatchObject([{ digest: aDigest('d') }]);
  });

  test('are not remembered while pods are under way: a tag may have moved', () => {
    const containers = [{ name: 'web', kind: 'Container' as const, image: 'shop/web:1', imageId: '' }];
    const [image] = assemble({ pods: [aPod({ containers })] }, new Map([['shop/web:1', aDigest('d')]]))?.images ?? [];
    expect(image?.digest).toBeUndefined();
  });
});

describe('defect 11: leftovers of a bad revision', () => {
  const target = aTarget({
    revision: '2',
    templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:2' }],
  });

  test('do not count while the fixed image rolls out', () => {
    const owners = [aReplicaSet(), aReplicaSet({ name: 'web-2', uid: 'uid-rs-2', revision: '2' })];
    const revisions = assemble({ target, owners })?.images.map(({ reference, revision }) => [reference, revision]);
    expect(revisions).toEqual([
      ['shop/web:2', 'Current'],
      ['shop/web:1', 'Previous'],
    ]);
  });

  test('do not count before the Deployment controller has seen the change', () => {
    const unseen = { ...target, revision: '1', generation: 2, observedGeneration: 1 };
    expect(assemble({ target: unseen })?.images).toMatchObject([{ revision: 'Current' }, { revision: 'Previous' }]);
  });

  test('of a DaemonSet are told by the generation of its template, and by their images where that was changed back', () => {
    const set = aTarget({
      kind: 'DaemonSet',
      revision: '2',
      templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:2' }],
    });
    const pods = ['1', '2'].map((generation, i) =>
      aPod({ labels: { 'pod-template-generation': generation }, uid: `uid-${i}` }),
    );
    expect(assemble({ target: set, pods })?.images.map(({ revision }) => revision)).toEqual(['Current', 'Previous']);
    const back = { ...set, templateContainers: [{ name: 'web', kind: 'Container' as const, image: 'shop/web:1' }] };
    expect(assemble({ target: back, pods })?.images.map(({ revision }) => revision)).toEqual(['Current']);
  });

  test('of a custom kind are those that do not run what the template names, once one does', () => {
    const custom = aTarget({
      kind: 'Custom',
      templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:2' }],
    });
    const old = aPod();
    const containers = [{ name: 'web', kind: 'Container' as const, image: 'shop/web:2', imageId: '' }];
    const young = aPod({ uid: 'uid-young', containers });
    expect(assemble({ target: custom, pods: [old] })?.images).toMatchObject([{ reference: 'shop/web:1' }]);
    expect(assemble({ target: custom, pods: [old, young] })?.images).toMatchObject([
      { reference: 'shop/web:2', revision: 'Current' },
      { reference: 'shop/web:1', revision: 'Previous' },
    ]);
  });

  test('of a CronJob are its Jobs of a former template, known by their note while they are suspended', () => {
    const cronJob = aTarget({
      kind: 'CronJob',
      templateContainers: [{ name: 'web', kind: 'Container', image: 'shop/web:2' }],
    });
    const { namespace, uid, resourceVersion, generation, labels, creationTimestamp, ...target } = aTarget({
      kind: 'Job',
      stop: { by: 'suspend', suspend: true },
    });
    const job = { ...aReplicaSet(), target };
    const sighted = { ref, target: cronJob, pods: [], owners: [job], uid: undefined };
    expect([namespace, uid, resourceVersion, generation, labels, creationTimestamp]).toHaveLength(6);
    const workload = assembleWorkload(sighted, new Map(), () => new Map([['shop/web:1', aDigest('e')]]));
    expect(workload?.images).toMatchObject([
      { reference: 'shop/web:2', revision: 'Current' },
      { reference: 'shop/web:1', revision: 'Previous', digest: aDigest('e') },
    ]);
    expect(workload?.startedJobs).toMatchObject([{ target: { kind: 'Job', uid: job.uid } }]);
  });

  test.each([
    [
      'of a CronJob are the pods of a Job that has ended, before they are seen to have ended too',
      'shop/web:2',
      'Previous',
    ],
    ['not those that run what the CronJob names', 'shop/web:1', 'Current'],
  ])('%s', (_, image, revision) => {
    const templateContainers = [{ name: 'web', kind: 'Container' as const, image }];
    const cronJob = aTarget({ kind: 'CronJob', templateContainers });
    const images = assemble({ target: cronJob, owners: [aReplicaSet()], pods: [aPod()] })?.images;
    expect(images?.find(({ reference }) => reference === 'shop/web:1')).toMatchObject({ revision });
  });

  test('of a StatefulSet are told by their revision hash', () => {
    const set = aTarget({ kind: 'StatefulSet', revision: 'web-new' });
    const old = aPod({ labels: { 'controller-revision-hash': 'web-old' } });
    expect(assemble({ target: set, pods: [old] })?.images).toMatchObject([
      { revision: 'Current' },
      { revision: 'Previous' },
    ]);
  });
});
