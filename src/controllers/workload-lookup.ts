// controllers: finds, in the caches, what belongs to a workload, and which workload a pod belongs to. By owner references only.
import type { Manager } from '@dot-kube/operator';
import type { ObservedOwner, ObservedPod, ObservedScalable, OwnerReference } from '../observe/observed.js';
import { deployments, jobs, ownerText, pods, replicaSets, statefulSets } from '../observe/resources.js';
import type { Sighted } from '../workload/assemble.js';
import { topOwner } from '../workload/owner.js';
import { workloadKey, type WorkloadRef } from '../workload/workload.js';

type NamedRef = Omit<WorkloadRef, 'uid'>;

export interface WorkloadLookup {
  readonly keyOfPod: (pod: ObservedPod) => string;
  readonly keyOfOwner: (kind: 'ReplicaSet' | 'Job', owner: ObservedOwner) => string;
  readonly sight: (ref: NamedRef) => Sighted;
  /** Every workload of a namespace that has pods or is of a kind that is acted on. */
  readonly keysIn: (namespace: string) => ReadonlySet<string>;
}

const apps = 'apps/v1';
const ownerApiVersion = { ReplicaSet: apps, Job: 'batch/v1' } as const;

export function workloadLookup(manager: Manager): WorkloadLookup {
  const podStore = manager.store(pods);
  const replicaSetStore = manager.store(replicaSets);
  const jobStore = manager.store(jobs);
  const scalables = { Deployment: manager.store(deployments), StatefulSet: manager.store(statefulSets) };

  const findOwner = (namespace: string, { apiVersion, kind, name, uid }: OwnerReference): ObservedOwner | undefined => {
    const key = { namespace, name };
    const found =
      apiVersion === apps && kind === 'ReplicaSet'
        ? replicaSetStore.get(key)
        : apiVersion === 'batch/v1' && kind === 'Job'
          ? jobStore.get(key)
          : undefined;
    return found?.uid === uid ? found : undefined;
  };

  const scalableOf = ({ apiVersion, kind, namespace, name }: NamedRef): ObservedScalable | undefined =>
    apiVersion === apps && (kind === 'Deployment' || kind === 'StatefulSet')
      ? scalables[kind].get({ namespace, name })
      : undefined;

  const sight = (ref: NamedRef): Sighted => {
    const scalable = scalableOf(ref);
    const isMine = ({ owner }: { owner?: OwnerReference }): boolean =>
      scalable === undefined || owner?.uid === scalable.uid;
    const text = ownerText(ref.namespace, ref);
    const sets = replicaSetStore.byIndex('owner', text).filter(isMine);
    const ownedJobs = jobStore.byIndex('owner', text).filter(isMine);
    const direct = podStore.byIndex('owner', text).filter(isMine);
    const through = [
      ...sets.map((owner) => ({ owner, apiVersion: apps, kind: 'ReplicaSet' })),
      ...ownedJobs.map((owner) => ({ owner, apiVersion: 'batch/v1', kind: 'Job' })),
    ].flatMap(({ owner: { name, uid }, apiVersion, kind }) =>
      podStore
        .byIndex('owner', ownerText(ref.namespace, { apiVersion, kind, name }))
        .filter((pod) => pod.owner?.uid === uid),
    );
    const bare = ref.kind === 'Pod' && ref.apiVersion === 'v1' ? podStore.get(ref) : undefined;
    const all = bare === undefined ? [...direct, ...through] : [bare];
    const uid = bare?.uid ?? [...direct, ...sets, ...ownedJobs].find(({ owner }) => owner !== undefined)?.owner?.uid;
    // A kind that is acted on is watched itself: without it, what is left are pods on their way out.
    const isActedOn = ref.apiVersion === apps && (ref.kind === 'Deployment' || ref.kind === 'StatefulSet');
    return {
      ref,
      scalable,
      pods: all,
      owners: [...sets, ...ownedJobs],
      uid: isActedOn || all.length === 0 ? undefined : uid,
    };
  };

  const keyOfPod = (pod: ObservedPod): string => workloadKey(topOwner(pod, findOwner));
  const keyOfOwner = (kind: 'ReplicaSet' | 'Job', { namespace, name, owner }: ObservedOwner): string =>
    owner === undefined
      ? workloadKey({ apiVersion: ownerApiVersion[kind], kind, namespace, name })
      : workloadKey({ ...owner, namespace });

  return {
    keyOfPod,
    keyOfOwner,
    sight,
    keysIn: (namespace) =>
      new Set([
        ...podStore.list(namespace).map(keyOfPod),
        ...scalables.Deployment.list(namespace).map(({ name }) =>
          workloadKey({ apiVersion: apps, kind: 'Deployment', namespace, name }),
        ),
        ...scalables.StatefulSet.list(namespace).map(({ name }) =>
          workloadKey({ apiVersion: apps, kind: 'StatefulSet', namespace, name }),
        ),
      ]),
  };
}
