// controllers: finds, in the caches, what belongs to a workload, and which workload a pod belongs to. By owner references only.
import type { Manager } from '@dot-kube/operator';
import type {
  ObservedOwner,
  ObservedPod,
  ObservedScalable,
  OwnerReference,
  ScalableKind,
} from '../observe/observed.js';
import { deployments, jobs, ownerText, pods, replicaSets, statefulSets } from '../observe/resources.js';
import type { Sighted } from '../workload/assemble.js';
import { topOwner } from '../workload/owner.js';
import { workloadKey, type WorkloadRef } from '../workload/workload.js';

type NamedRef = Omit<WorkloadRef, 'uid'>;

export interface WorkloadLookup {
  readonly keyOfPod: (pod: ObservedPod) => string;
  readonly keyOfOwner: (kind: 'ReplicaSet' | 'Job', owner: ObservedOwner) => string;
  /** @returns undefined where there is no such workload (any more), or what is named stands below one */
  readonly sight: (ref: NamedRef) => Sighted | undefined;
  /** Every workload of a namespace that has pods or is of a kind that is acted on. */
  readonly keysIn: (namespace: string) => ReadonlySet<string>;
}

const APPS = 'apps/v1';
const BATCH = 'batch/v1';
const ownerApiVersion = { ReplicaSet: APPS, Job: BATCH } as const;

type OwnerKind = keyof typeof ownerApiVersion;

/** A kind that stands between pods and their workload, or is the workload itself where nobody owns it. */
function isBetween(ref: NamedRef): ref is NamedRef & { kind: OwnerKind } {
  return (ref.kind === 'ReplicaSet' || ref.kind === 'Job') && ref.apiVersion === ownerApiVersion[ref.kind];
}

/** A kind that is acted on is watched itself. */
function isActedOn(ref: NamedRef): ref is NamedRef & { kind: ScalableKind } {
  return ref.apiVersion === APPS && (ref.kind === 'Deployment' || ref.kind === 'StatefulSet');
}

export function workloadLookup(manager: Manager): WorkloadLookup {
  const podStore = manager.store(pods);
  const owners = { ReplicaSet: manager.store(replicaSets), Job: manager.store(jobs) };
  const scalables = { Deployment: manager.store(deployments), StatefulSet: manager.store(statefulSets) };

  const findOwner = (namespace: string, { apiVersion, kind, name, uid }: OwnerReference): ObservedOwner | undefined => {
    const reference = { apiVersion, kind, namespace, name };
    const found = isBetween(reference) ? owners[reference.kind].get(reference) : undefined;
    return found?.uid === uid ? found : undefined;
  };

  const podsThrough = (kind: OwnerKind, between: readonly ObservedOwner[]): readonly ObservedPod[] =>
    between.flatMap(({ namespace, name, uid }) =>
      podStore
        .byIndex('owner', ownerText(namespace, { apiVersion: ownerApiVersion[kind], kind, name }))
        .filter((pod) => pod.owner?.uid === uid),
    );

  const scalableOf = (ref: NamedRef): ObservedScalable | undefined =>
    isActedOn(ref) ? scalables[ref.kind].get(ref) : undefined;
  const barePod = (ref: NamedRef): ObservedPod | undefined =>
    ref.apiVersion === 'v1' && ref.kind === 'Pod' ? podStore.get(ref) : undefined;

  const isWorkload = (ref: NamedRef): boolean => {
    if (isActedOn(ref)) return scalableOf(ref) !== undefined; // without it, its pods are on their way out
    return !isBetween(ref) || isTop(owners[ref.kind].get(ref));
  };

  const sight = (ref: NamedRef): Sighted | undefined => {
    if (!isWorkload(ref)) return undefined;
    const scalable = scalableOf(ref);
    // A former workload of the same name may have left pods that are on their way out.
    const isMine = ({ owner }: Owned): boolean => scalable === undefined || owner?.uid === scalable.uid;
    const text = ownerText(ref.namespace, ref);
    const sets = owners.ReplicaSet.byIndex('owner', text).filter(isMine);
    const ownedJobs = owners.Job.byIndex('owner', text).filter(isMine);
    const direct = podStore.byIndex('owner', text).filter(isMine);
    const bare = barePod(ref);
    const all = [
      ...(bare === undefined ? direct : [bare]),
      ...podsThrough('ReplicaSet', sets),
      ...podsThrough('Job', ownedJobs),
    ];
    const uid = bare?.uid ?? [...direct, ...sets, ...ownedJobs][0]?.owner?.uid;
    return { ref, scalable, pods: all, owners: [...sets, ...ownedJobs], uid: all.length === 0 ? undefined : uid };
  };

  const keyOfPod = (pod: ObservedPod): string => workloadKey(topOwner(pod, findOwner));
  const keysIn = (namespace: string): ReadonlySet<string> =>
    new Set([
      ...podStore.list(namespace).map(keyOfPod),
      ...Object.values(scalables).flatMap((store) => store.list(namespace).map(keyOfScalable)),
    ]);
  return { keyOfPod, keyOfOwner, sight, keysIn };
}

/** A pod may be seen before the ReplicaSet that owns it: until that is there, nobody knows what stands above it. */
function isTop(between: ObservedOwner | undefined): boolean {
  return between !== undefined && between.owner === undefined;
}

interface Owned {
  readonly owner?: OwnerReference;
}

function keyOfScalable({ kind, namespace, name }: ObservedScalable): string {
  return workloadKey({ apiVersion: APPS, kind, namespace, name });
}

function keyOfOwner(kind: OwnerKind, { namespace, name, owner }: ObservedOwner): string {
  const top = owner ?? { apiVersion: ownerApiVersion[kind], kind, name };
  return workloadKey({ apiVersion: top.apiVersion, kind: top.kind, namespace, name: top.name });
}
