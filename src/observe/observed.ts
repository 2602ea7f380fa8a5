// observe: the small shapes that are kept of what the cluster shows. Filled by the projections beside this file, read by workload.

/** What every kept object carries (the framework adds it to each projection). */
export interface ObservedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly creationTimestamp: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export type ContainerKind = 'Container' | 'InitContainer' | 'EphemeralContainer';

export interface ObservedContainer {
  readonly name: string;
  readonly kind: ContainerKind;
  /** As written in the pod's spec. */
  readonly image: string;
  /** `status.*ContainerStatuses[].imageID`; empty until the runtime has pulled the image. */
  readonly imageId: string;
}

export interface ObservedPod extends ObservedObject {
  /** The owner reference with `controller: true`; absent on a bare pod and on a static one, whose owner is its node. */
  readonly owner?: OwnerReference;
  /** True once every container has ended and none will start again. */
  readonly finished: boolean;
  /** Absent until it is scheduled. */
  readonly nodeName?: string;
  /** Names of its pull secrets; admission has filled in those of its service account. */
  readonly pullSecrets?: readonly string[];
  readonly containers: readonly ObservedContainer[];
}

/** An object between a pod and its top owner (ReplicaSet, Job): only who owns it, and which revision it stands for. */
export interface ObservedOwner extends ObservedObject {
  readonly owner?: OwnerReference;
  readonly revision?: string;
}

/** The image that a pod template names for a container. */
export interface TemplateContainer {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly image: string;
}

export type ScalableKind = 'Deployment' | 'StatefulSet';

/** A kind that is acted on. */
export interface ObservedScalable extends ObservedObject {
  readonly kind: ScalableKind;
  readonly replicas: number;
  readonly observedGeneration: number;
  /** Deployment: annotation `deployment.kubernetes.io/revision`; StatefulSet: `status.updateRevision`. */
  readonly revision: string;
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly templateContainers: readonly TemplateContainer[];
  /** As the template has them, so without those of the service account. */
  readonly templatePullSecrets?: readonly string[];
  readonly templateServiceAccount?: string;
  /** The operator's note of a stop, as found in the annotation; not yet validated. */
  readonly note?: string;
  /** Who wrote `spec.replicas` last, by managed fields. */
  readonly replicasManager?: string;
  /** `spec.persistentVolumeClaimRetentionPolicy` of a StatefulSet. */
  readonly claimsDeletedWhenScaled: boolean;
  readonly claimsDeletedWhenDeleted: boolean;
}
