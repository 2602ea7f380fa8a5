// observe: the small shapes that are kept of what the cluster shows. Filled by the projections beside this file, read by workload.

import type { ResourceCoordinates } from '@dot-kube/operator';
import type { LabelSelector } from '../api/v1alpha1/types.js';
import type { WorkloadKind } from '../api/workload-kinds.js';

/** What every kept object carries (the framework adds it to each projection). */
export interface ObservedObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly creationTimestamp: string;
  /** It is being deleted, and may take a while to go. */
  readonly deletionTimestamp?: string;
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
  /** Its kubelet runs it from a file on the node, and the API server only shows it. */
  readonly isStatic?: true;
  /** True once every container has ended and none will start again. */
  readonly finished: boolean;
  /** Absent until it is scheduled. */
  readonly nodeName?: string;
  /** Names of its pull secrets; admission has filled in those of its service account. */
  readonly pullSecrets?: readonly string[];
  readonly containers: readonly ObservedContainer[];
}

/** The image that a pod template names for a container. */
export interface TemplateContainer {
  readonly name: string;
  readonly kind: ContainerKind;
  readonly image: string;
}

/** A PodDisruptionBudget. */
export interface ObservedBudget extends ObservedObject {
  /** On the labels of pods; absent: it selects none. */
  readonly selector?: LabelSelector;
  /** How many pods may go now, by its own controller. */
  readonly disruptionsAllowed: number;
}

/** By what a workload is stopped and kept, as it stands now. */
export type StopField =
  | { readonly by: 'replicas'; readonly replicas: number }
  | { readonly by: 'suspend'; readonly suspend: boolean }
  /** A DaemonSet runs wherever its node selector lets it: a label that no node has is added to it. */
  | { readonly by: 'nodeSelector'; readonly matchesNoNode: boolean }
  /** It runs or it is not there. */
  | { readonly by: 'deleteOnly' }
  /** A static pod: nothing that is said to the API server ends it. */
  | { readonly by: 'nothing' };

/** What is kept of a workload that can be acted on, beside what every object carries. */
export interface TargetPart {
  readonly kind: WorkloadKind;
  readonly coordinates: ResourceCoordinates;
  readonly stop: StopField;
  /** Who wrote the field of `stop` last, by managed fields. */
  readonly stopManager?: string;
  /** Below `metadata.generation` while its controller has not seen the newest spec. */
  readonly observedGeneration: number;
  /**
   * Deployment: annotation `deployment.kubernetes.io/revision`; StatefulSet: `status.updateRevision`; DaemonSet: its
   * template's generation; empty for kinds that have none.
   */
  readonly revision: string;
  readonly templateLabels: Readonly<Record<string, string>>;
  /** None where nothing will run again, as in a Job that has ended. */
  readonly templateContainers: readonly TemplateContainer[];
  /** As the template has them, so without those of the service account. */
  readonly templatePullSecrets?: readonly string[];
  readonly templateServiceAccount?: string;
  /** The operator's note of a stop, as found in the annotation; not yet validated. */
  readonly note?: string;
  /** The operator's note of the last rollback, as found in the annotation; not yet validated. */
  readonly rolledBack?: string;
  /** Who wrote the pod template last, by managed fields; of the kinds that can be rolled back. */
  readonly templateManager?: string;
  /** A change of its template replaces no pod by itself: a paused Deployment, a StatefulSet with the strategy OnDelete. */
  readonly rollsOutByHand?: true;
  /** The value of the annotation by which Flux is told to leave it alone. */
  readonly fluxReconcile?: string;
  /** `spec.persistentVolumeClaimRetentionPolicy` of a StatefulSet. */
  readonly claimsDeletedWhenScaled: boolean;
  readonly claimsDeletedWhenDeleted: boolean;
}

/** A workload that can be acted on. */
export interface ObservedTarget extends ObservedObject, TargetPart {}

/**
 * An object that may stand between a pod and its top owner (ReplicaSet, ReplicationController, Job): who owns it, which
 * revision it stands for, and where it is acted on itself, that part.
 */
export interface ObservedOwner extends ObservedObject {
  readonly owner?: OwnerReference;
  readonly revision?: string;
  readonly target?: TargetPart;
}

/** A former state of a workload, as its history keeps it. */
export interface ObservedRevision {
  /** Of the ReplicaSet or ControllerRevision that keeps it. */
  readonly name: string;
  /** As `kubectl rollout history` shows it; the newest is the highest. */
  readonly number: number;
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly templateContainers: readonly TemplateContainer[];
  /** The whole pod template, to be put back as it is. */
  readonly template: object;
}
