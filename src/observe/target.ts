// observe: what is kept of a workload that can be acted on, made from its wire form; one function for each way to stop it.
import type { ResourceCoordinates } from '@dot-kube/operator';
import type { V1ObjectMeta, V1PodTemplateSpec } from '@kubernetes/client-node';
import { type BuiltInKind, WORKLOAD_KINDS } from '../api/workload-kinds.js';
import { lastManagerOf, lastManagerOfScale, type WithManagers } from './managed-fields.js';
import { FLUX_RECONCILE, NO_NODE_LABEL, NOTE_ANNOTATION, ROLLED_BACK_ANNOTATION } from '../api/note-annotation.js';
import type {
  ContainerKind,
  ObservedObject,
  ObservedPod,
  ObservedTarget,
  TargetPart,
  TemplateContainer,
} from './observed.js';
import type {
  WireCronJob,
  WireDaemonSet,
  WireDeployment,
  WireJob,
  WireReplicaSet,
  WireStatefulSet,
  WireTemplate,
} from './shapes.js';

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
const TEMPLATE_GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

/** What a workload's own metadata tells. */
interface Marked extends WithManagers {
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The kinds whose replicas can be told in one shape. */
interface Replicated {
  readonly metadata?: Marked;
  readonly spec?: { readonly replicas?: number; readonly template?: WireTemplate };
  readonly status?: { readonly observedGeneration?: number };
}

export function deploymentTarget(wire: WireDeployment): TargetPart {
  const revision = wire.metadata?.annotations?.[REVISION_ANNOTATION] ?? '';
  return { ...replicated('Deployment', wire), ...rollsOut(wire, wire.spec?.paused === true), revision };
}

export function statefulSetTarget(wire: WireStatefulSet): TargetPart {
  const retention = wire.spec?.persistentVolumeClaimRetentionPolicy;
  return {
    ...replicated('StatefulSet', wire),
    ...rollsOut(wire, wire.spec?.updateStrategy?.type === 'OnDelete'),
    revision: wire.status?.updateRevision ?? '',
    claimsDeletedWhenScaled: retention?.whenScaled === 'Delete',
    claimsDeletedWhenDeleted: retention?.whenDeleted === 'Delete',
  };
}

export function replicaSetTarget(wire: WireReplicaSet): TargetPart {
  return replicated('ReplicaSet', wire);
}

export function replicationControllerTarget(wire: WireReplicaSet): TargetPart {
  return replicated('ReplicationController', wire);
}

export function daemonSetTarget({ metadata, spec, status }: WireDaemonSet): TargetPart {
  const template = spec?.template;
  return {
    ...common(builtIn('DaemonSet'), metadata, template),
    // Whoever leaves the node selector out owns none of it: then it is the one that wrote the spec last.
    ...managerOf(metadata, 'f:spec'),
    ...managerOf(metadata, 'f:spec', 'f:template', 'f:spec', 'f:nodeSelector'),
    stop: { by: 'nodeSelector', matchesNoNode: matchesNoNode(template) },
    observedGeneration: status?.observedGeneration ?? 0,
    revision: metadata?.annotations?.[TEMPLATE_GENERATION_ANNOTATION] ?? '',
  };
}

function matchesNoNode(template: WireTemplate | undefined): boolean {
  return template?.spec?.nodeSelector?.[NO_NODE_LABEL] !== undefined;
}

/** A Job tells by a condition that it has seen its suspension, and by another that it has ended. */
export function jobTarget(job: WireJob): TargetPart {
  const { metadata, spec, status } = job;
  const suspend = spec?.suspend === true;
  const ended = isEnded(job);
  const seen = status?.conditions?.some(({ type, status: is }) => type === 'Suspended' && is === 'True') === true;
  const generation = metadata?.generation ?? 0;
  return {
    ...common(builtIn('Job'), metadata, ended ? undefined : spec?.template),
    ...managerOf(metadata, 'f:spec', 'f:suspend'),
    stop: { by: 'suspend', suspend },
    observedGeneration: ended || seen === suspend ? generation : generation - 1,
  };
}

export function isEnded({ status }: WireJob): boolean {
  return (
    status?.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True') ===
    true
  );
}

/** It runs nothing itself: what it has started is told by its Jobs. */
export function cronJobTarget({ metadata, spec }: WireCronJob): TargetPart {
  return {
    ...common(builtIn('CronJob'), metadata, spec?.jobTemplate?.spec?.template),
    ...managerOf(metadata, 'f:spec', 'f:suspend'),
    stop: { by: 'suspend', suspend: spec?.suspend === true },
    observedGeneration: metadata?.generation ?? 0,
  };
}

interface WireCustom {
  readonly metadata: V1ObjectMeta;
  readonly spec?: { readonly template?: V1PodTemplateSpec };
}

/**
 * Most kinds that have replicas keep a pod template in `spec.template`; of those that don't, only pods tell.
 *
 * @param replicas by the scale subresource; undefined where the kind has none
 */
export function customTarget(
  coordinates: ResourceCoordinates,
  { metadata, spec }: WireCustom,
  replicas: number | undefined,
): ObservedTarget {
  const manager = lastManagerOfScale(metadata);
  const object = keptOf(metadata);
  return {
    ...object,
    ...common({ kind: 'Custom', coordinates }, metadata, spec?.template),
    ...(manager === undefined ? {} : { stopManager: manager }),
    stop: replicas === undefined ? { by: 'deleteOnly' } : { by: 'replicas', replicas },
    observedGeneration: object.generation, // where each kind tells what it has seen is its own affair
  };
}

/** The same as the caches keep of every object. */
export function keptOf(metadata: V1ObjectMeta): ObservedObject {
  const { namespace = '', name = '', uid = '', resourceVersion = '', labels = {}, generation = 0 } = metadata;
  const { creationTimestamp, deletionTimestamp } = metadata;
  return {
    ...{ namespace, name, uid, resourceVersion, labels, generation, creationTimestamp: String(creationTimestamp) },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp: String(deletionTimestamp) }),
  };
}

/** A pod that nobody owns stands for itself; its containers are told by the pod. */
export function podTarget(pod: ObservedPod): ObservedTarget {
  const { isStatic, namespace, name, uid, resourceVersion, generation, labels, creationTimestamp } = pod;
  return {
    ...{ namespace, name, uid, resourceVersion, generation, labels, creationTimestamp },
    ...(pod.deletionTimestamp === undefined ? {} : { deletionTimestamp: pod.deletionTimestamp }),
    ...common(builtIn('Pod'), undefined, undefined),
    templateLabels: labels,
    stop: { by: isStatic === true ? 'nothing' : 'deleteOnly' },
    observedGeneration: generation,
  };
}

function replicated(kind: BuiltInKind, { metadata, spec, status }: Replicated): TargetPart {
  return {
    ...common(builtIn(kind), metadata, spec?.template),
    ...managerOf(metadata, 'f:spec', 'f:replicas'),
    stop: { by: 'replicas', replicas: spec?.replicas ?? 1 }, // the API server's default
    observedGeneration: status?.observedGeneration ?? 0,
  };
}

function rollsOut(
  { metadata }: Replicated,
  byHand: boolean,
): Pick<TargetPart, 'templateManager' | 'rollsOutByHand' | 'rolledBack'> {
  const templateManager = lastManagerOf(metadata, ['f:spec', 'f:template']);
  const rolledBack = metadata?.annotations?.[ROLLED_BACK_ANNOTATION];
  return {
    ...(templateManager === undefined ? {} : { templateManager }),
    ...(rolledBack === undefined ? {} : { rolledBack }),
    ...(byHand ? { rollsOutByHand: true } : {}),
  };
}

function managerOf(metadata: WithManagers | undefined, ...field: readonly string[]): Pick<TargetPart, 'stopManager'> {
  const manager = lastManagerOf(metadata, field);
  return manager === undefined ? {} : { stopManager: manager };
}

function builtIn(kind: BuiltInKind): Pick<TargetPart, 'kind' | 'coordinates'> {
  return { kind, coordinates: WORKLOAD_KINDS[kind] };
}

type Common = Omit<TargetPart, 'stop' | 'observedGeneration'>;

/** What every target has; the kinds that know more put it over this. */
function common(
  of: Pick<TargetPart, 'kind' | 'coordinates'>,
  metadata: Marked | undefined,
  template: WireTemplate | undefined,
): Common {
  const { [NOTE_ANNOTATION]: note, [FLUX_RECONCILE]: fluxReconcile } = metadata?.annotations ?? {};
  return {
    ...of,
    revision: '',
    ...templateOf(template),
    claimsDeletedWhenScaled: false,
    claimsDeletedWhenDeleted: false,
    ...(note === undefined ? {} : { note }),
    ...(fluxReconcile === undefined ? {} : { fluxReconcile }),
  };
}

type Template = Pick<
  TargetPart,
  'templateLabels' | 'templateContainers' | 'templatePullSecrets' | 'templateServiceAccount'
>;

export function templateOf(template: WireTemplate | undefined): Template {
  const spec = template?.spec;
  const account = spec?.serviceAccountName;
  return {
    templatePullSecrets: pullSecretsOf(spec),
    ...(account === undefined ? {} : { templateServiceAccount: account }),
    templateLabels: template?.metadata?.labels ?? {},
    templateContainers: [...named('Container', spec?.containers), ...named('InitContainer', spec?.initContainers)],
  };
}

export function pullSecretsOf(spec: WireTemplate['spec']): readonly string[] {
  return (spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
}

export interface Named {
  readonly name: string;
  readonly image?: string;
}

export function named(kind: ContainerKind, containers: readonly Named[] = []): TemplateContainer[] {
  return containers.map(({ name, image = '' }) => ({ name, kind, image }));
}
