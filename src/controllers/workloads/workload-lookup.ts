// controllers: finds, in the caches, what belongs to a workload, and which workload a pod belongs to. By owner references only.
import { apiVersionOf, type Manager, type Store } from '@dot-kube/operator';
import { type BuiltInKind, builtInApiVersion, workloadKindOf } from '../../api/workload-kinds.js';
import type { ObservedOwner, ObservedPod, ObservedTarget, OwnerReference } from '../../observe/observed.js';
import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  ownerText,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../observe/resources.js';
import { podTarget } from '../../observe/target.js';
import type { Sighted } from '../../workload/assemble.js';
import { topOwner } from '../../workload/owner.js';
import { workloadKey, type WorkloadRef } from '../../workload/workload.js';
import type { CustomOwners } from './custom-owners.js';

type NamedRef = Omit<WorkloadRef, 'uid'>;

export interface WorkloadLookup {
  readonly keyOfPod: (pod: ObservedPod) => string;
  readonly keyOfOwner: (kind: OwnerKind, owner: ObservedOwner) => string;
  /** @returns undefined where there is no such workload (any more), or what is named stands below one */
  readonly sight: (ref: NamedRef) => Sighted | undefined;
  /** Every workload of a namespace that has pods or is of a kind that is acted on. */
  readonly keysIn: (namespace: string) => ReadonlySet<string>;
}

/** A kind that stands between pods and their workload, or is the workload itself where nobody owns it. */
export type OwnerKind = (typeof OWNER_KINDS)[number];
const OWNER_KINDS = ['ReplicaSet', 'ReplicationController', 'Job'] as const;

/** A kind that is a workload itself, whoever owns it. */
type TopKind = (typeof TOP_KINDS)[number];
const TOP_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

function ownerKindOf(ref: NamedRef): OwnerKind | undefined {
  const kind = workloadKindOf(ref);
  return OWNER_KINDS.find((one) => one === kind);
}

function topKindOf(ref: NamedRef): TopKind | undefined {
  const kind = workloadKindOf(ref);
  return TOP_KINDS.find((one) => one === kind);
}

interface Stores {
  readonly pods: Store<ObservedPod, 'owner'>;
  readonly owners: Readonly<Record<OwnerKind, Store<ObservedOwner, 'owner'>>>;
  readonly tops: Readonly<Record<TopKind, Store<ObservedTarget>>>;
}

export function workloadLookup(manager: Manager, customs: CustomOwners): WorkloadLookup {
  const stores: Stores = {
    pods: manager.store(pods),
    owners: {
      ReplicaSet: manager.store(replicaSets),
      ReplicationController: manager.store(replicationControllers),
      Job: manager.store(jobs),
    },
    tops: {
      Deployment: manager.store(deployments),
      StatefulSet: manager.store(statefulSets),
      DaemonSet: manager.store(daemonSets),
      CronJob: manager.store(cronJobs),
    },
  };
  const findOwner = (namespace: string, reference: OwnerReference): OwnerReference | undefined => {
    const { apiVersion, kind, name, uid } = reference;
    const ref = { apiVersion, kind, namespace, name };
    const between = ownerKindOf(ref);
    const found = between === undefined ? undefined : stores.owners[between].get(ref);
    return found?.uid === uid ? found.owner : customs.ownerOf(namespace, reference);
  };
  const topOf = (namespace: string, owner: OwnerReference | undefined, itself: WorkloadRef): string =>
    workloadKey(topOwner({ namespace, owner, itself }, findOwner));
  const keyOfPod = (pod: ObservedPod): string =>
    topOf(pod.namespace, pod.owner, { ...builtInRef('Pod', pod), uid: pod.uid });
  const keyOfOwner = (kind: OwnerKind, one: ObservedOwner): string =>
    topOf(one.namespace, one.owner, { ...builtInRef(kind, one), uid: one.uid });
  const keysIn = (namespace: string): ReadonlySet<string> =>
    new Set([
      ...stores.pods.list(namespace).map(keyOfPod),
      ...TOP_KINDS.flatMap((kind) => stores.tops[kind].list(namespace).map(keyOfTarget)),
      ...OWNER_KINDS.flatMap((kind) => stores.owners[kind].list(namespace).map((one) => keyOfOwner(kind, one))),
    ]);
  return { keyOfPod, keyOfOwner, sight: (ref) => sight(ref, stores, customs), keysIn };
}

/** Without the workload itself, its pods are on their way out; and what stands below one is none. */
function sight(ref: NamedRef, stores: Stores, customs: CustomOwners): Sighted | undefined {
  if (workloadKindOf(ref) === 'Pod') return sightPod(ref, stores);
  const target = targetOf(ref, stores);
  if (target === undefined && workloadKindOf(ref) !== 'Custom') return undefined;
  // A former workload of the same name may have left pods that are on their way out.
  const isMine = ({ owner }: Owned): boolean => target === undefined || owner?.uid === target.uid;
  const texts = customs.withBelow(ref).map((one) => ownerText(one.namespace, one));
  const direct = texts.flatMap((text) => stores.pods.byIndex('owner', text).filter(isMine));
  const owners = OWNER_KINDS.map((kind) => ({
    kind,
    all: texts.flatMap((text) => stores.owners[kind].byIndex('owner', text).filter(isMine)),
  }));
  const between = owners.flatMap(({ all }) => all);
  const all = [...direct, ...owners.flatMap(({ kind, all: some }) => podsThrough(kind, some, stores))];
  const uid = all.length === 0 ? undefined : (customs.uidOf(ref) ?? [...direct, ...between][0]?.owner?.uid);
  return { ref, target, pods: all, owners: between, uid };
}

function sightPod(ref: NamedRef, stores: Stores): Sighted | undefined {
  const pod = stores.pods.get(ref);
  if (pod === undefined || pod.owner !== undefined) return undefined;
  return { ref, target: podTarget(pod), pods: [pod], owners: [], uid: pod.uid };
}

function targetOf(ref: NamedRef, { owners, tops }: Stores): ObservedTarget | undefined {
  const top = topKindOf(ref);
  if (top !== undefined) return tops[top].get(ref);
  const between = ownerKindOf(ref);
  const owner = between === undefined ? undefined : owners[between].get(ref);
  if (owner?.target === undefined || owner.owner !== undefined) return undefined;
  return { ...owner, ...owner.target };
}

function podsThrough(
  kind: OwnerKind,
  between: readonly ObservedOwner[],
  stores: Pick<Stores, 'pods'>,
): readonly ObservedPod[] {
  return between.flatMap(({ namespace, name, uid }) =>
    stores.pods
      .byIndex('owner', ownerText(namespace, { apiVersion: builtInApiVersion(kind), kind, name }))
      .filter((pod) => pod.owner?.uid === uid),
  );
}

interface Owned {
  readonly owner?: OwnerReference;
}

export function keyOfTarget({ coordinates, namespace, name }: ObservedTarget): string {
  return workloadKey({ apiVersion: apiVersionOf(coordinates), kind: coordinates.kind, namespace, name });
}

function builtInRef(kind: BuiltInKind, { namespace, name }: NamedObject): NamedRef {
  return { apiVersion: builtInApiVersion(kind), kind, namespace, name };
}

type NamedObject = Pick<NamedRef, 'namespace' | 'name'>;
