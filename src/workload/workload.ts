// workload: the top-level thing whose images are judged, as plain data. Made from what observe keeps, read by every later stage.
import type { ContainerKind, ObservedTarget } from '../observe/observed.js';
import type { Digest } from './digest.js';

export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ImageContainer {
  readonly name: string;
  readonly kind: ContainerKind;
}

export interface WorkloadImage {
  /** As the pod template or the pod writes it. */
  readonly reference: string;
  /** Absent while nobody has told: the runtime has not pulled it, and the reference does not carry it. */
  readonly digest?: Digest;
  readonly containers: readonly ImageContainer[];
  /** Only `Current` decides; `Previous` is what a rollout leaves behind (DESIGN 4.13). */
  readonly revision: 'Current' | 'Previous';
}

/** On whose behalf an image is looked up in its registry. */
export interface Puller {
  readonly namespace: string;
  readonly pullSecrets: readonly string[];
  /** Its own pull secrets count where no pod has been admitted that would have them; empty = none to ask. */
  readonly serviceAccount: string;
}

/** A Job that a CronJob has started and that has not ended. */
export interface StartedJob {
  readonly target: ObservedTarget;
  /** Of its template's images and of those that its pods run. */
  readonly references: ReadonlySet<string>;
  /** How many it runs. */
  readonly pods: number;
}

export interface Workload {
  readonly ref: WorkloadRef;
  /** The pod template's labels; policies select by them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly images: readonly WorkloadImage[];
  /** Those that its pods run on, by name. */
  readonly nodes: readonly string[];
  /** How many pods it runs. */
  readonly pods: number;
  readonly puller: Puller;
  /** Of a CronJob: its Jobs that have not ended. */
  readonly startedJobs: readonly StartedJob[];
  /** The name of the ReplicaSet or ControllerRevision that keeps the current revision, of the kinds that can be rolled back. */
  readonly revision?: string;
  /** What stands in the cluster now, for the kinds that are acted on. */
  readonly target?: ObservedTarget;
  /** Why it can't be acted on, in a sentence. */
  readonly untouchable?: string;
}

/** `apiVersion/kind/namespace/name`: the kind is part of the key, so that a Deployment and a StatefulSet of one name never mix. */
export function workloadKey(ref: Omit<WorkloadRef, 'uid'>): string {
  return `${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The inverse of {@link workloadKey}; names and kinds hold no slash, an apiVersion may hold one. */
export function parseWorkloadKey(key: string): Omit<WorkloadRef, 'uid'> {
  const parts = key.split('/');
  const [kind = '', namespace = '', name = ''] = parts.slice(-3);
  return { apiVersion: parts.slice(0, -3).join('/'), kind, namespace, name };
}
