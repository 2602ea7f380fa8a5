// watch: the cache of one resource and the watch that feeds it, as one thing that is started once and shared.
import type { Interner } from '../cache/interner.js';
import { type EchoHandler, type Handler, type Known, SharedCache } from '../cache/shared-cache.js';
import type { Origin, Store } from '../cache/store.js';
import type { ObjectKey, ResourceCoordinates } from '../resource/coordinates.js';
import type { Kept, Resource, WireObject } from '../resource/resource.js';
import { Watcher, type WatchObserver, type WatchPorts } from './watcher.js';

export interface InformerObserver extends WatchObserver {
  /** A change of nothing that is kept. */
  suppressed(): void;
  handlerFailed(): void;
  /** The projection, or an index, could make nothing of an object. */
  unkept(): void;
}

export interface InformerPorts extends WatchPorts {
  readonly observer: InformerObserver;
  readonly interner: Interner;
  /** How often everything is looked at again although nothing has changed, about. */
  readonly resyncMs: number;
}

export class Informer<T extends Kept, I extends string> {
  readonly name: string;
  readonly coordinates: ResourceCoordinates;
  readonly #cache: SharedCache<T, I>;
  readonly #watcher: Watcher;
  readonly #ports: InformerPorts;
  #syncSeconds: number | undefined;

  constructor(resource: Resource<T, I>, ports: InformerPorts) {
    this.name = resource.name;
    this.coordinates = resource.coordinates;
    this.#ports = ports;
    const { interner, log, observer } = ports;
    this.#cache = new SharedCache(resource, {
      interner,
      log,
      onSuppressed: () => {
        observer.suppressed();
      },
      onHandlerFailed: () => {
        observer.handlerFailed();
      },
      onUnkept: () => {
        observer.unkept();
      },
    });
    this.#watcher = new Watcher(resource, this.#cache, ports);
  }

  get store(): Store<T, I> {
    return this.#cache.store;
  }

  get size(): number {
    return this.#cache.store.size;
  }

  get isSynced(): boolean {
    return this.#cache.isSynced;
  }

  /** Whether the API server has the kind; false until that is known. */
  get isInstalled(): boolean {
    return this.isSynced && !this.#watcher.isAbsent;
  }

  /** Resolves once the store holds the first whole list. */
  get synced(): Promise<undefined> {
    return this.#cache.store.synced;
  }

  /** How long the first list took; undefined while it is not in. */
  get syncSeconds(): number | undefined {
    return this.#syncSeconds;
  }

  /** When the server last said something, by the monotonic clock. */
  get lastHeardMs(): number {
    return this.#watcher.lastHeardMs;
  }

  /** When the watch last did anything, by the monotonic clock. */
  get lastActiveMs(): number {
    return this.#watcher.lastActiveMs;
  }

  /** Why it may not watch, in words; undefined while all is well. */
  get trouble(): string | undefined {
    return this.#watcher.trouble;
  }

  /** Handlers are called in the order of the events, and must not wait for anything. */
  on(handler: Handler<T>): void {
    this.#cache.on(handler);
  }

  /** Hears of each write of a pass whose event came before its answer. */
  onEcho(handler: EchoHandler): void {
    this.#cache.onEcho(handler);
  }

  /** Takes in the answer to a write of this operator. @returns what is kept of it */
  wrote(wire: WireObject, origin?: Origin): T {
    return this.#cache.wrote(wire, origin);
  }

  /** The same where nobody asks what is kept of it: a fault of the projection is counted and logged. */
  wroteUnasked(wire: WireObject, origin?: Origin): void {
    this.#cache.wroteUnasked(wire, origin);
  }

  /** What can be said of an object before a write to it is sent. */
  known(key: ObjectKey): Known {
    return this.#cache.known(key);
  }

  /** Resolves when `signal` aborts; throws nothing. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const startedMs = clock.monotonicMs();
    void this.synced.then(() => {
      this.#syncSeconds = (clock.monotonicMs() - startedMs) / 1_000;
    });
    await Promise.allSettled([this.#watcher.run(signal), this.#resync(signal)]);
  }

  async #resync(signal: AbortSignal): Promise<void> {
    const { clock, random, resyncMs } = this.#ports;
    for (;;) {
      await clock.sleep(resyncMs * (0.9 + random() * 0.2), signal); // ± 10 %, so that not all come at once
      await this.#cache.resync(signal);
    }
  }
}
