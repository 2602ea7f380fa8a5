// cli: the cluster as commands read it, and write to it where they are told to.
import type { KubeClient, ObjectKey, ResourceCoordinates } from '@dot-kube/operator';

export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface Cluster {
  /** Of the context. */
  readonly namespace: string;
  /** @returns undefined where there is none @throws KubeApiError */
  get<O>(coordinates: ResourceCoordinates, key: ObjectKey): Promise<O | undefined>;
  /** Of all namespaces unless one is named. @throws KubeApiError */
  list<O>(coordinates: ResourceCoordinates, namespace?: string): Promise<readonly O[]>;
  /** Makes it as the manager kubexray. @throws KubeApiError; reason `AlreadyExists` where the name is taken */
  create<O>(coordinates: ResourceCoordinates, namespace: string, body: object): Promise<O>;
  /** Server-side apply as the manager kubexray. @throws KubeApiError */
  apply<O>(coordinates: ResourceCoordinates, key: ObjectKey, body: object): Promise<O>;
  /** A merge patch as the manager kubexray; a uid in its metadata is a precondition. @throws KubeApiError */
  merge<O>(coordinates: ResourceCoordinates, key: ObjectKey, body: object): Promise<O>;
  /** For what goes by the operator's own functions. */
  readonly client: Pick<KubeClient, 'get' | 'list' | 'stream' | 'patch' | 'delete'>;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}
