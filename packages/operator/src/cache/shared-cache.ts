// cache: one store and all who hear of its changes. Fed by one watch and by the operator's own writes.
import { keyText, type ObjectKey } from '../resource/coordinates.js';
import type { Kept, Resource, WireObject } from '../resource/resource.js';
import type { Logger } from '../telemetry/logger.js';
import { Turns } from '../time/turn.js';
import type { Interner } from './interner.js';
import { settle } from './settle.js';
import { IndexedStore, type Origin, type ResourceEvent, type Store } from './store.js';
import { isOlder } from './version.js';

export type Handler<T> = (event: ResourceEvent<T>) => void;

/** Hears of a write of ours whose event came before its answer, and so without its origin. */
export type EchoHandler = (object: Pick<Kept, 'uid' | 'resourceVersion'>, origin: Origin) => void;

export interface CachePorts {
  readonly interner: Interner;
  readonly log: Logger;
  /** A change of nothing that is kept. */
  readonly onSuppressed: () => void;
  readonly onHandlerFailed: () => void;
  /** The projection, or an index, could make nothing of an object. */
  readonly onUnkept: () => void;
}

/** What a cache can say of an object, as when a write to it is sent. */
export interface Known {
  /** The newest version of which the watch had told; undefined where it had told of none, or versions tell nothing of age. */
  readonly seen: string | undefined;
  /** It had the object, and nobody was deleting it. */
  readonly isStanding: boolean;
}

export class SharedCache<T extends Kept, I extends string> {
  /** What others get to see of it. */
  readonly store: Store<T, I>;
  readonly #resource: Resource<T, I>;
  readonly #ports: CachePorts;
  readonly #indexed: IndexedStore<T, I>;
  readonly #handlers: Handler<T>[] = [];
  readonly #echoHandlers: EchoHandler[] = [];
  readonly #synced = Promise.withResolvers<undefined>();
  #isSynced = false;
  /** The newest version of which the watch has told. */
  #seen: string | undefined;
  /** Up to here a list may have told of several changes at once; undefined while one is read. */
  #listed: string | undefined;

  constructor(resource: Resource<T, I>, ports: CachePorts) {
    this.#resource = resource;
    this.#ports = ports;
    this.#indexed = new IndexedStore({
      indexers: resource.indexers,
      ordered: resource.traits.orderedVersions,
      onIndexFailed: (object, error) => {
        this.#unkept(object, error);
      },
    });
    this.store = this.#face();
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Handlers are called in the order of the events, and must not wait for anything. */
  on(handler: Handler<T>): void {
    this.#handlers.push(handler);
  }

  /** Handlers are called before whoever wrote has his answer. */
  onEcho(handler: EchoHandler): void {
    this.#echoHandlers.push(handler);
  }

  beginList(options: { readonly historyRestarted: boolean }): void {
    this.#listed = undefined;
    this.#indexed.mark(options);
  }

  completeList(version: string): void {
    this.#emit(this.#indexed.sweep(version));
    this.#seen = version;
    this.#listed = version;
    this.#isSynced = true;
    this.#synced.resolve(undefined);
  }

  put(wire: WireObject): void {
    const events = this.#indexed.confirm(wire.metadata) ?? this.#putAnew(wire);
    if (events?.length === 0) this.#ports.onSuppressed();
    this.#emit(events ?? []);
  }

  // One object that the projection cannot deal with must not end the watch of all others: it would come again and again.
  #putAnew(wire: WireObject): readonly ResourceEvent<T>[] | undefined {
    const object = this.#keepOr(wire, (error) => {
      this.#indexed.spare(wire.metadata);
      this.#unkept(wire.metadata, error);
    });
    return object === undefined ? undefined : this.#indexed.put(object, !this.#isSynced);
  }

  delete(wire: WireObject): void {
    const { namespace = '', name, uid } = wire.metadata;
    const known = this.#indexed.get({ namespace, name });
    if (known?.uid !== uid) return;
    this.#emit(this.#indexed.delete(this.#keepOr(wire, () => undefined) ?? known)); // the last that could be kept of it
  }

  /** The watch has told of everything up to here. */
  seen(version: string): void {
    this.#seen = version;
  }

  /**
   * Takes in the answer to a write of this operator, so that whoever reads next reads what was written.
   *
   * @returns what is kept of it
   */
  wrote(wire: WireObject, origin?: Origin): T {
    const object = this.#keep(wire);
    this.#takeIn(object, origin);
    return object;
  }

  /** The same where nobody asks what is kept of it: what the projection cannot deal with was written all the same. */
  wroteUnasked(wire: WireObject, origin?: Origin): void {
    const object = this.#keepOr(wire, (error) => {
      this.#unkept(wire.metadata, error);
    });
    if (object !== undefined) this.#takeIn(object, origin);
  }

  /** What can be said of an object before a write to it is sent. */
  known(key: ObjectKey): Known {
    const kept = this.#indexed.get(key);
    return {
      seen: this.#resource.traits.orderedVersions ? this.#seen : undefined,
      isStanding: kept !== undefined && kept.deletionTimestamp === undefined,
    };
  }

  /** The watch has told of this version, and of nothing else with it. */
  #isTold({ resourceVersion }: T): boolean {
    return (
      this.#resource.traits.orderedVersions && this.#listed !== undefined && isOlder(this.#listed, resourceVersion)
    );
  }

  #takeIn(object: T, origin: Origin | undefined): void {
    if (this.#isNews(object)) this.#emit(this.#indexed.wrote(object, origin));
    else if (origin !== undefined && this.#isTold(object)) for (const hear of this.#echoHandlers) hear(object, origin);
  }

  /** Lets every handler look at everything again. */
  async resync(signal: AbortSignal): Promise<void> {
    const turns = new Turns();
    for (const object of [...this.#indexed.list()]) {
      if (signal.aborted) return;
      if (this.#indexed.get(object) === object) this.#emit([{ type: 'update', object, old: object, initial: false }]);
      if (turns.isOver) await turns.next();
    }
  }

  #keepOr(wire: WireObject, onFailed: (error: unknown) => void): T | undefined {
    try {
      return this.#keep(wire);
    } catch (error) {
      onFailed(error);
      return undefined;
    }
  }

  #unkept({ namespace = '', name }: WireObject['metadata'] | Kept, error: unknown): void {
    this.#ports.onUnkept();
    const which = keyText({ namespace, name });
    this.#ports.log.error(`nothing, or not all, could be kept of ${which} of ${this.#resource.name}`, { error });
  }

  #keep(wire: WireObject): T {
    const object = this.#resource.keep(wire);
    return settle(object, this.#ports.interner, this.#indexed.alike(object));
  }

  // What the watch has told of already is in the store, or was there and is deleted; it must not come back.
  #isNews(object: T): boolean {
    const { selection, traits } = this.#resource;
    if (!traits.orderedVersions || this.#seen === undefined || !isOlder(this.#seen, object.resourceVersion))
      return false;
    if (selection.namespace !== undefined && selection.namespace !== object.namespace) return false;
    const selects = selection.labelSelector !== undefined || selection.fieldSelector !== undefined;
    return !selects || this.#indexed.get(object) !== undefined; // whether it is selected, only the API server can say
  }

  // A handler's fault is its own: the watch goes on, and the other handlers hear of the event.
  #emit(events: readonly ResourceEvent<T>[]): void {
    for (const event of events)
      for (const handler of this.#handlers)
        try {
          handler(event);
        } catch (error) {
          this.#ports.onHandlerFailed();
          this.#ports.log.error(`a handler of ${this.#resource.name} threw`, { error });
        }
  }

  #face(): Store<T, I> {
    const indexed = this.#indexed;
    const isSynced = (): boolean => this.#isSynced;
    return {
      get: (key) => indexed.get(key),
      list: (namespace) => indexed.list(namespace),
      byIndex: (index, value) => indexed.byIndex(index, value),
      get size() {
        return indexed.size;
      },
      get isSynced() {
        return isSynced();
      },
      synced: this.#synced.promise,
    };
  }
}
