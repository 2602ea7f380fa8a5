// A cluster for the dashboard that holds objects in memory, and tells of a change when the test says so.
import type { ResourceCoordinates } from '@dot-kube/operator';
import type { Feed } from '../../../../src/cli/dashboard/feeds.js';
import type { StoredEvent, WatchedCluster } from '../../../../src/cli/dashboard/watched-cluster.js';
import { aCluster } from '../a-cluster.js';

type Stored = Parameters<typeof aCluster>[0][number];
type Watch = Parameters<WatchedCluster['watch']>;

export interface FakeWatchedCluster extends WatchedCluster {
  readonly isClosed: boolean;
  readonly isWatched: boolean;
  /** In words, from now on. */
  trouble: readonly string[];
  put(object: Stored): void;
}

interface Options {
  /** Kinds that the caller may not see, or `Kind/namespace` for all but some. */
  readonly unseen?: readonly string[];
  readonly events?: readonly StoredEvent[];
}

export function aWatchedCluster(
  objects: readonly Stored[],
  { unseen = [], events = [] }: Options = {},
): FakeWatchedCluster {
  const inner = aCluster(objects, unseen);
  const watches = new Set<{ readonly feeds: readonly Feed[]; readonly tell: Watch[1] }>();
  let trouble: readonly string[] = [];
  const put = (object: Stored): void => {
    for (const { feeds, tell } of watches)
      for (const feed of feeds.filter((one) => selects(one, object)))
        tell({ type: 'add', object: feed.keep(wire(object)), initial: false });
  };
  return {
    ...inner,
    get isClosed() {
      return inner.isClosed;
    },
    get isWatched() {
      return watches.size > 0;
    },
    get trouble() {
      return trouble;
    },
    set trouble(words) {
      trouble = words;
    },
    put,
    mayWatch: async ({ kind }: ResourceCoordinates, namespace?: string) =>
      !unseen.includes(kind) && !(namespace === undefined && unseen.includes(`${kind}/*`)),
    eventsOn: async () => events,
    watch: (feeds, tell, signal) => {
      const watch = { feeds, tell };
      watches.add(watch);
      for (const object of objects) put(object);
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          watches.delete(watch);
          resolve();
        });
      });
      return { complete: Promise.resolve(), ended, troubles: () => trouble };
    },
  };
}

function selects({ coordinates, selection }: Feed, { kind, metadata }: Stored): boolean {
  return coordinates.kind === kind && (selection.namespace === undefined || selection.namespace === metadata.namespace);
}

function wire(object: Stored): Parameters<Feed['keep']>[0] {
  return { ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion: '1', generation: 1 } };
}
