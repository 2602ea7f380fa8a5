// watch: keeps one store equal to what the API server has, through every kind of trouble.
//
//   listing ──► watching ──► (end, error, silence) ──► watching from the last resourceVersion
//      ▲                                     410 Gone │
//      └──────────────────────────────────────────────┘
//
// The list comes as a stream of events where the server offers that (WatchList, on since 1.34), else in pages. A relist
// leaves the store in use and sweeps at its end. It never gives up: it ends only when its signal aborts.
import { KubeApiError } from '../client/api-error.js';
import type { Call, KubeClient } from '../client/kube-client.js';
import { IndexedStore, type ResourceEvent } from '../cache/store.js';
import { collectionPath } from '../resource/coordinates.js';
import type { Kept, Resource, WireObject } from '../resource/resource.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { WatchBackOff } from './backoff.js';
import { lines } from './lines.js';
import { SilenceGuard } from './silence-guard.js';
import { parseWatchLine, type WatchEvent } from './watch-event.js';

export interface InformerPorts {
  readonly client: Pick<KubeClient, 'stream'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Metrics: why it lists again, or connects again. */
  readonly onRelist?: (reason: string) => void;
  readonly onRestart?: (reason: string) => void;
}

export type Handler<T> = (event: ResourceEvent<T>) => void;

const PAGE = 500;
const SILENT_FIRST_MS = 30_000; // no line at all during the first events
const SILENT_MS = 70_000; // bookmarks come about once a minute (apiserver cacher)
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

class Gone extends Error {
  override readonly name = 'Gone';
}

export class Informer<T extends Kept, I extends string> {
  readonly store: IndexedStore<T, I>;
  readonly #resource: Resource<T, I>;
  readonly #ports: InformerPorts;
  readonly #handlers: Handler<T>[] = [];
  readonly #synced = Promise.withResolvers<undefined>();
  readonly #backOff: WatchBackOff;
  #isSynced = false;
  #resourceVersion: string | undefined;
  #streamsLists = true;

  constructor(resource: Resource<T, I>, ports: InformerPorts) {
    this.#resource = resource;
    this.#ports = ports;
    this.store = new IndexedStore(resource.indexers);
    this.#backOff = new WatchBackOff(ports.random);
  }

  get name(): string {
    const { plural, group } = this.#resource.coordinates;
    return group === '' ? plural : `${plural}.${group}`;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves once the store holds the first whole list. */
  get synced(): Promise<undefined> {
    return this.#synced.promise;
  }

  /** Handlers are called in the order of the events, and must not wait for anything. */
  on(handler: Handler<T>): void {
    this.#handlers.push(handler);
  }

  /** Resolves when `signal` aborts; throws nothing. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        else await this.#watch(this.#resourceVersion, signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock, log, onRelist, onRestart } = this.#ports;
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof Gone || (error instanceof KubeApiError && error.status === 410)) {
      this.#resourceVersion = undefined;
      onRelist?.('gone');
    } else {
      onRestart?.(error instanceof KubeApiError ? error.reason : 'broken');
      log.warn(`the watch of ${this.name} broke and goes on: ${why}`);
    }
    await Promise.allSettled([clock.sleep(this.#backOff.nextMs(clock.monotonicMs()), signal)]);
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.store.mark();
    if (this.#streamsLists) {
      try {
        await this.#watch(undefined, signal);
        return;
      } catch (error) {
        if (signal.aborted || !(error instanceof KubeApiError && (error.status === 400 || error.status === 422)))
          throw error;
        this.#streamsLists = false; // this server lists in pages only
        this.#ports.onRelist?.('watchlist-not-offered');
      }
    }
    await this.#listPages(signal);
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    let next: string | undefined;
    let resourceVersion: string | undefined;
    do {
      const call = this.#call({ limit: String(PAGE), continue: next }, METADATA_LIST);
      const page = await readPage(await this.#ports.client.stream(call, signal));
      for (const item of page.items) this.#put(item);
      resourceVersion = page.metadata.resourceVersion;
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    this.#completeList(resourceVersion);
  }

  /** @param from undefined: the stream begins with everything there is, and a bookmark says when that is complete */
  async #watch(from: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, clock, random } = this.#ports;
    const limits = { allowWatchBookmarks: 'true', timeoutSeconds: String(300 + Math.floor(random() * 300)) };
    const initial = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
    const query = from === undefined ? { ...limits, ...initial } : { ...limits, resourceVersion: from };
    const guard = new SilenceGuard(clock, signal, from === undefined ? SILENT_FIRST_MS : SILENT_MS);
    try {
      const body = await client.stream(this.#call({ watch: 'true', ...query }, METADATA_ONLY), guard.signal);
      for await (const line of lines(body)) {
        guard.heard();
        this.#apply(parseWatchLine(line), guard);
      }
      if (this.#resourceVersion === undefined)
        throw new Error('the stream ended before the first events were complete');
    } finally {
      guard.stop();
    }
  }

  #apply(event: WatchEvent, guard: SilenceGuard): void {
    switch (event.type) {
      case 'put':
        this.#put(event.object);
        break;
      case 'delete':
        this.#emit(this.store.delete(this.#resource.keep(event.object)));
        break;
      case 'bookmark':
        if (event.endsInitial) {
          this.#completeList(event.resourceVersion);
          guard.allow(SILENT_MS);
        }
        break;
      case 'gone':
        throw new Gone('the history that was asked for is gone (410)');
      case 'error':
        throw new Error(event.message);
    }
    const version = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
    if (this.#resourceVersion !== undefined) this.#resourceVersion = version;
  }

  #put(wire: WireObject): void {
    this.#emit(this.store.put(this.#resource.keep(wire), !this.#isSynced));
  }

  #completeList(resourceVersion: string | undefined): void {
    this.#emit(this.store.sweep());
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
    this.#synced.resolve(undefined);
  }

  // A handler's fault is its own: the watch goes on, and the other handlers hear of the event.
  #emit(events: readonly ResourceEvent<T>[]): void {
    for (const event of events)
      for (const handler of this.#handlers)
        try {
          handler(event);
        } catch (error) {
          this.#ports.log.error(`a handler of ${this.name} threw`, { error });
        }
  }

  #call(query: Readonly<Record<string, string | undefined>>, metadataAccept: string): Call {
    const { coordinates, selection, asksMetadataOnly } = this.#resource;
    const { namespace, labelSelector, fieldSelector } = selection;
    return {
      method: 'GET',
      path: collectionPath(coordinates, namespace),
      query: { ...query, labelSelector, fieldSelector },
      ...(asksMetadataOnly ? { accept: metadataAccept } : {}),
    };
  }
}

interface Page {
  readonly items: readonly WireObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

async function readPage(chunks: AsyncIterable<Buffer>): Promise<Page> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's list, by its own schema
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as Page;
}
