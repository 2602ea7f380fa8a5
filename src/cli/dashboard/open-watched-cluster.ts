// cli/dashboard: the cluster of the user's kubeconfig, as the user, watched by the framework's own watches and caches.
import { type KubeClient, Manager, type ResourceCoordinates, silentLogger, type WatchHealth } from '@dot-kube/operator';
import { clusterOf, connect } from '../open-cluster.js';
import type { ClusterChoice } from '../world.js';
import type { EventsOn, StoredEvent, WatchedCluster, Watching } from './watched-cluster.js';

const accessReviews: ResourceCoordinates = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

const events: ResourceCoordinates = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** The API server says something about once a minute, also where nothing happens. */
const LONGEST_SILENCE_MS = 90_000;

/** @throws Trouble where the kubeconfig names no cluster */
export async function openWatchedCluster(choice: ClusterChoice, signal: AbortSignal): Promise<WatchedCluster> {
  const { client, namespace } = await connect(choice);
  return {
    ...clusterOf(client, namespace, signal),
    mayWatch: async (coordinates, place) => {
      const answers = await Promise.all(
        ['list', 'watch'].map(async (verb) => may(client, { verb, coordinates, namespace: place }, signal)),
      );
      return answers.every(Boolean);
    },
    eventsOn: async (workload) => eventsOn(client, workload, signal),
    watch: (feeds, onEvent, end) => {
      // What is wrong is shown on the page (`troubles`); a log between its lines would help nobody.
      const manager = new Manager({ client, log: silentLogger, name: 'kubexray', instance: 'dashboard' });
      for (const feed of feeds) manager.watch(feed, onEvent);
      return watching(
        manager,
        feeds.map(async (feed) => manager.store(feed).synced),
        end,
      );
    },
  };
}

function watching(manager: Manager, synced: readonly Promise<undefined>[], signal: AbortSignal): Watching {
  const ended = manager.start(signal);
  return {
    complete: Promise.race([Promise.all(synced).then(() => undefined), ended]),
    ended,
    troubles: () => manager.watches.flatMap(troubleOf),
  };
}

function troubleOf({ name, trouble, silentMs }: WatchHealth): readonly string[] {
  if (trouble !== undefined) return [`no longer kept up to date: ${trouble}`];
  if (silentMs < LONGEST_SILENCE_MS) return [];
  return [`no longer kept up to date: nothing has been heard of ${name}; is the API server within reach?`];
}

interface Access {
  readonly verb: string;
  readonly coordinates: ResourceCoordinates;
  readonly namespace: string | undefined;
}

async function may(
  client: KubeClient,
  { verb, coordinates, namespace }: Access,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, plural: resource } = coordinates;
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: accessReviews.kind,
    spec: { resourceAttributes: { verb, group, resource, ...(namespace === undefined ? {} : { namespace }) } },
  };
  const review = await client.create<{ status?: { allowed?: boolean } }>(accessReviews, '', body, { signal });
  return review.status?.allowed === true;
}

async function eventsOn(
  client: KubeClient,
  { namespace, kind, name }: EventsOn,
  signal: AbortSignal,
): Promise<readonly StoredEvent[]> {
  const fieldSelector = `regarding.kind=${kind},regarding.name=${name}`;
  return client.list<StoredEvent>(events, { signal, namespace, fieldSelector });
}
