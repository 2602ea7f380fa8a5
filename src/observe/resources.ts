// observe: what is watched, and the projection that makes a small object of each. The only place that knows the wire types.
import { type Kept, type Resource, resource } from '@dot-kube/operator';
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1ReplicationController,
  V1StatefulSet,
} from '@kubernetes/client-node';
import {
  clusterXrayPolicies,
  xrayConnections,
  xrayExceptions,
  xrayPolicies,
  xrayScanResults,
} from '../api/v1alpha1/coordinates.js';
import type {
  ClusterXrayPolicy,
  Condition,
  LabelSelector,
  Notified,
  XrayConnection,
  XrayException,
  XrayPolicy,
  XrayScanResult,
  XrayScanResultStatus,
} from '../api/v1alpha1/types.js';
import { APPROVE_ANNOTATION } from '../api/approve-annotation.js';
import { WORKLOAD_KINDS } from '../api/workload-kinds.js';
import type { ContainerKind, ObservedContainer, OwnerReference } from './observed.js';
import { controllerOf } from './owner-reference.js';
import {
  budget,
  cronJob,
  daemonSet,
  deployment,
  job,
  onlyMetadata,
  pod,
  replicaSet,
  statefulSet,
  type WirePod,
  type WireSelector,
} from './shapes.js';
import {
  cronJobTarget,
  daemonSetTarget,
  deploymentTarget,
  isEnded,
  jobTarget,
  type Named,
  named,
  pullSecretsOf,
  replicaSetTarget,
  replicationControllerTarget,
  REVISION_ANNOTATION,
  statefulSetTarget,
} from './target.js';

/** The text under which the index `owner` finds what an object controls. */
export function ownerText(namespace: string, { apiVersion, kind, name }: Omit<OwnerReference, 'uid'>): string {
  return `${namespace} ${apiVersion} ${kind} ${name}`;
}

interface Owned {
  readonly namespace: string;
  readonly owner?: OwnerReference;
}

function ownerTexts({ namespace, owner }: Owned): readonly string[] {
  return owner === undefined ? [] : [ownerText(namespace, owner)];
}

export const pods = resource<V1Pod>(WORKLOAD_KINDS.Pod)
  .protobuf(pod)
  .project((wire) => ({
    ...controllerOf(wire.metadata),
    ...(isStatic(wire.metadata) ? { isStatic: true as const } : {}),
    finished: wire.status?.phase === 'Succeeded' || wire.status?.phase === 'Failed',
    ...(wire.spec?.nodeName === undefined ? {} : { nodeName: wire.spec.nodeName }),
    pullSecrets: pullSecretsOf(wire.spec),
    containers: containersOf(wire),
  }))
  .index('owner', ownerTexts);

/** For the labels kubernetes.io/os and kubernetes.io/arch: which image of an index a pod runs. */
export const nodes = resource<{ metadata?: V1ObjectMeta }>({
  group: '',
  version: 'v1',
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
})
  .metadataOnly()
  .protobuf(onlyMetadata)
  .project(() => ({}));

/** Whole, for the few that nobody owns are workloads themselves; of the others only owner and revision are kept. */
export const replicaSets = resource<V1ReplicaSet>(WORKLOAD_KINDS.ReplicaSet)
  .protobuf(replicaSet)
  .project((wire) => {
    const revision = wire.metadata?.annotations?.[REVISION_ANNOTATION];
    const owner = controllerOf(wire.metadata);
    return {
      ...owner,
      ...(revision === undefined ? {} : { revision }),
      ...(owner.owner === undefined ? { target: replicaSetTarget(wire) } : {}),
    };
  })
  .index('owner', ownerTexts);

export const replicationControllers = resource<V1ReplicationController>(WORKLOAD_KINDS.ReplicationController)
  .protobuf(replicaSet)
  .project((wire) => {
    const owner = controllerOf(wire.metadata);
    return { ...owner, ...(owner.owner === undefined ? { target: replicationControllerTarget(wire) } : {}) };
  })
  .index('owner', ownerTexts);

/** Those of a CronJob are stopped with it. */
export const jobs = resource<V1Job>(WORKLOAD_KINDS.Job)
  .protobuf(job)
  .project((wire) => {
    const owner = controllerOf(wire.metadata);
    const isActedOn = owner.owner === undefined || (owner.owner.kind === 'CronJob' && !isEnded(wire));
    return { ...owner, ...(isActedOn ? { target: jobTarget(wire) } : {}) };
  })
  .index('owner', ownerTexts);

export const deployments = resource<V1Deployment>(WORKLOAD_KINDS.Deployment)
  .protobuf(deployment)
  .project(deploymentTarget);
export const statefulSets = resource<V1StatefulSet>(WORKLOAD_KINDS.StatefulSet)
  .protobuf(statefulSet)
  .project(statefulSetTarget);
export const daemonSets = resource<V1DaemonSet>(WORKLOAD_KINDS.DaemonSet).protobuf(daemonSet).project(daemonSetTarget);
export const cronJobs = resource<V1CronJob>(WORKLOAD_KINDS.CronJob).protobuf(cronJob).project(cronJobTarget);

/** For what a stop would exceed, which is told. */
export const budgets = resource<V1PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
})
  .protobuf(budget)
  .project(({ spec, status }) => {
    const selector = spec?.selector;
    return {
      disruptionsAllowed: status?.disruptionsAllowed ?? 0,
      ...(selector === undefined ? {} : { selector: selectorOf(selector) }),
    };
  });

export const policies = resource<XrayPolicy & Annotated>(xrayPolicies).project(({ metadata, spec, status }) => ({
  spec,
  ...withoutNotified(status),
  ...approvalOf(metadata),
}));

export const clusterPolicies = resource<ClusterXrayPolicy & Annotated>(clusterXrayPolicies).project(
  ({ metadata, spec, status }) => ({
    spec,
    ...withoutNotified(status),
    ...approvalOf(metadata),
  }),
);

export const exceptions = resource<XrayException>(xrayExceptions).project(({ spec, status }) => ({
  spec,
  ...(status === undefined ? {} : { status }),
}));

/** For their labels, which every kept object has. */
export const namespaces = resource<{ metadata?: V1ObjectMeta }>({
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
})
  .metadataOnly()
  .protobuf(onlyMetadata)
  .project(() => ({}));

export const connections = resource<XrayConnection>(xrayConnections).project(({ spec, status }) => ({
  spec,
  ...(status === undefined ? {} : { status }),
}));

interface ResultPart extends Omit<XrayScanResult, 'status'> {
  readonly status?: Omit<XrayScanResultStatus, 'notified'>;
  readonly notified?: readonly Notified[];
}

export const results = resource<XrayScanResult>(xrayScanResults)
  .withoutManagedFields()
  .project(({ spec, status }): ResultPart => {
    if (status === undefined) return { spec };
    const { notified, ...others } = status;
    return { spec, status: others, ...(notified === undefined ? {} : { notified }) };
  });

/** The condition of a policy that says whether its messages arrive. */
export const NOTIFIED = 'Notified';

// What was told to others, and whether it arrived, is written by another field manager: whoever writes the rest of a status
// neither sees it nor takes it over.
function withoutNotified<T extends { readonly conditions?: readonly Condition[] }>(
  status: T | undefined,
): { status?: T; notified?: Condition } {
  const notified = status?.conditions?.find(({ type }) => type === NOTIFIED);
  if (status === undefined || notified === undefined) return status === undefined ? {} : { status };
  return { status: { ...status, conditions: status.conditions?.filter((one) => one !== notified) }, notified };
}

/** That a Secret changed, never what is in it: it is read when it is needed, and not kept. */
export function secretsIn(namespace: string): Resource<Kept> {
  return resource<{ metadata?: V1ObjectMeta }>({
    group: '',
    version: 'v1',
    plural: 'secrets',
    kind: 'Secret',
    namespaced: true,
  })
    .metadataOnly()
    .protobuf(onlyMetadata)
    .scope({ namespace })
    .project(() => ({}));
}

interface Annotated {
  readonly metadata?: V1ObjectMeta;
}

function approvalOf(metadata: V1ObjectMeta | undefined): { approve?: string } {
  const approve = metadata?.annotations?.[APPROVE_ANNOTATION];
  return approve === undefined ? {} : { approve };
}

// The operators of metav1.LabelSelector are the four that the type names; the API server takes no other.
function selectorOf({ matchLabels, matchExpressions }: WireSelector): LabelSelector {
  return {
    ...(matchLabels === undefined ? {} : { matchLabels }),
    ...(matchExpressions === undefined
      ? {}
      : {
          matchExpressions: matchExpressions.map(({ key, operator, values = [] }) => ({
            key,
            operator: OPERATORS.find((one) => one === operator) ?? 'In',
            values,
          })),
        }),
  };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'; // of the copy that a kubelet makes of a static pod

function isStatic(metadata: WirePod['metadata']): boolean {
  return metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

function containersOf({ spec, status }: WirePod): ObservedContainer[] {
  const withStatus = (
    kind: ContainerKind,
    containers: readonly Named[] | undefined,
    statuses: readonly { readonly name: string; readonly imageID: string }[] = [],
  ): ObservedContainer[] =>
    named(kind, containers).map((container) => ({
      ...container,
      imageId: statuses.find(({ name }) => name === container.name)?.imageID ?? '',
    }));
  return [
    ...withStatus('Container', spec?.containers, status?.containerStatuses),
    ...withStatus('InitContainer', spec?.initContainers, status?.initContainerStatuses),
    ...withStatus('EphemeralContainer', spec?.ephemeralContainers, status?.ephemeralContainerStatuses),
  ];
}
