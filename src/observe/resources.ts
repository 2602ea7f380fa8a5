// observe: what is watched, and the projection that makes a small object of each. The only place that knows the wire types.
import { type Kept, type Resource, resource } from '@dot-kube/operator';
import type { V1Deployment, V1ObjectMeta, V1Pod, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import {
  clusterXrayPolicies,
  xrayConnections,
  xrayExceptions,
  xrayPolicies,
  xrayScanResults,
} from '../api/v1alpha1/coordinates.js';
import type {
  ClusterXrayPolicy,
  XrayConnection,
  XrayException,
  XrayPolicy,
  XrayScanResult,
} from '../api/v1alpha1/types.js';
import { APPROVE_ANNOTATION } from './approve-annotation.js';
import { NOTE_ANNOTATION } from './note-annotation.js';
import type { ContainerKind, ObservedContainer, OwnerReference, TemplateContainer } from './observed.js';

const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';

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

export const pods = resource<V1Pod>({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true })
  .project((pod) => ({
    ...controllerOf(pod.metadata),
    finished: pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed',
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    pullSecrets: pullSecretsOf(pod.spec),
    containers: containersOf(pod),
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
  .project(() => ({}));

export const replicaSets = resource<{ metadata?: V1ObjectMeta }>({
  group: 'apps',
  version: 'v1',
  plural: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
})
  .metadataOnly()
  .project(({ metadata }) => {
    const revision = metadata?.annotations?.[REVISION_ANNOTATION];
    return { ...controllerOf(metadata), ...(revision === undefined ? {} : { revision }) };
  })
  .index('owner', ownerTexts);

export const jobs = resource<{ metadata?: V1ObjectMeta }>({
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
})
  .metadataOnly()
  .project(({ metadata }) => controllerOf(metadata))
  .index('owner', ownerTexts);

export const deployments = resource<V1Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}).project(({ metadata, spec, status }) => ({
  kind: 'Deployment' as const,
  ...scaleOf(metadata, spec),
  ...templateOf(spec?.template),
  observedGeneration: status?.observedGeneration ?? 0,
  revision: metadata?.annotations?.[REVISION_ANNOTATION] ?? '',
  claimsDeletedWhenScaled: false,
  claimsDeletedWhenDeleted: false,
}));

export const statefulSets = resource<V1StatefulSet>({
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
}).project(({ metadata, spec, status }) => ({
  kind: 'StatefulSet' as const,
  ...scaleOf(metadata, spec),
  ...templateOf(spec?.template),
  observedGeneration: status?.observedGeneration ?? 0,
  revision: status?.updateRevision ?? '',
  claimsDeletedWhenScaled: spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete',
  claimsDeletedWhenDeleted: spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete',
}));

export const policies = resource<XrayPolicy & Annotated>(xrayPolicies).project(({ metadata, spec, status }) => ({
  spec,
  ...(status === undefined ? {} : { status }),
  ...approvalOf(metadata),
}));

export const clusterPolicies = resource<ClusterXrayPolicy & Annotated>(clusterXrayPolicies).project(
  ({ metadata, spec, status }) => ({
    spec,
    ...(status === undefined ? {} : { status }),
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
  .project(() => ({}));

export const connections = resource<XrayConnection>(xrayConnections).project(({ spec, status }) => ({
  spec,
  ...(status === undefined ? {} : { status }),
}));

export const results = resource<XrayScanResult>(xrayScanResults).project(({ spec, status }) => ({
  spec,
  ...(status === undefined ? {} : { status }),
}));

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

// A static pod is owned by its Node (mirror pods); it stands for itself.
function controllerOf(metadata: V1ObjectMeta | undefined): { owner?: OwnerReference } {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === 'Node') return {};
  const { apiVersion, kind, name, uid } = owner;
  return { owner: { apiVersion, kind, name, uid } };
}

function scaleOf(
  metadata: V1ObjectMeta | undefined,
  spec: { replicas?: number } | undefined,
): { replicas: number; note?: string; replicasManager?: string } {
  const note = metadata?.annotations?.[NOTE_ANNOTATION];
  const manager = replicasManager(metadata);
  return {
    replicas: spec?.replicas ?? 1, // the API server's default
    ...(note === undefined ? {} : { note }),
    ...(manager === undefined ? {} : { replicasManager: manager }),
  };
}

/** The manager that owns `spec.replicas`; of several, the one that wrote last. */
function replicasManager(metadata: V1ObjectMeta | undefined): string | undefined {
  const owners = (metadata?.managedFields ?? []).filter(({ fieldsV1 }) => hasField(fieldsV1, 'f:spec', 'f:replicas'));
  return owners.toSorted((a, b) => String(a.time).localeCompare(String(b.time))).at(-1)?.manager;
}

function hasField(fields: unknown, ...path: readonly string[]): boolean {
  const [head, ...rest] = path;
  if (head === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !(head in fields)) return false;
  return hasField(new Map<string, unknown>(Object.entries(fields)).get(head), ...rest);
}

function templateOf(template: { metadata?: V1ObjectMeta; spec?: V1PodSpec } | undefined): {
  templateLabels: Readonly<Record<string, string>>;
  templateContainers: readonly TemplateContainer[];
  templatePullSecrets: readonly string[];
  templateServiceAccount?: string;
} {
  const spec = template?.spec;
  const account = spec?.serviceAccountName;
  return {
    templatePullSecrets: pullSecretsOf(spec),
    ...(account === undefined ? {} : { templateServiceAccount: account }),
    templateLabels: template?.metadata?.labels ?? {},
    templateContainers: [...named('Container', spec?.containers), ...named('InitContainer', spec?.initContainers)],
  };
}

function pullSecretsOf(spec: V1PodSpec | undefined): readonly string[] {
  return (spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
}

interface Named {
  readonly name: string;
  readonly image?: string;
}

function named(kind: ContainerKind, containers: readonly Named[] = []): TemplateContainer[] {
  return containers.map(({ name, image = '' }) => ({ name, kind, image }));
}

function containersOf({ spec, status }: V1Pod): ObservedContainer[] {
  const withStatus = (
    kind: ContainerKind,
    containers: readonly Named[] | undefined,
    statuses: readonly { name: string; imageID: string }[] = [],
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
