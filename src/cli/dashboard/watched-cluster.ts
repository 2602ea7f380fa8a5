// cli/dashboard: the cluster as the dashboard needs it: read, asked what the caller may see, and watched.
import type { ResourceCoordinates, ResourceEvent } from '@dot-kube/operator';
import type { Cluster } from '../world.js';
import type { Feed } from './feeds.js';
import type { Shown } from './item.js';

/** An Event of events.k8s.io, as the API server gives it. */
export interface StoredEvent {
  readonly metadata: { readonly creationTimestamp?: string };
  readonly eventTime?: string | null;
  readonly reason?: string;
  readonly note?: string;
  readonly type?: string;
  readonly reportingController?: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

export interface Watching {
  /** Resolves once everything there is has been told. */
  readonly complete: Promise<void>;
  /** Resolves when the signal aborts. */
  readonly ended: Promise<void>;
  /** What is not kept up to date at the moment, in words. */
  troubles(): readonly string[];
}

export interface WatchedCluster extends Cluster {
  /** Whether the caller may list and watch a kind, in one namespace or in all. @throws KubeApiError */
  mayWatch(coordinates: ResourceCoordinates, namespace?: string): Promise<boolean>;
  /** @throws KubeApiError */
  eventsOn(workload: EventsOn): Promise<readonly StoredEvent[]>;
  watch(feeds: readonly Feed[], onEvent: (event: ResourceEvent<Shown>) => void, signal: AbortSignal): Watching;
}

export interface EventsOn {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}
