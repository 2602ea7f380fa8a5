// cache: what a watch has brought, with its indexes; others may only read. A relist marks and sweeps, so that the store
// stays usable meanwhile and is never held twice. What the operator itself has written is there at once.
import { keyText, type ObjectKey } from '../resource/coordinates.js';
import type { Indexer, Kept, WireObject } from '../resource/resource.js';
import { Indexes } from './indexes.js';
import { OwnWrites } from './own-writes.js';
import { isSame } from './same.js';
import { isOlder } from './version.js';
import { type View, viewAt, viewOf } from './view.js';

export interface Store<T, I extends string = never> {
  get(key: ObjectKey): T | undefined;
  list(namespace?: string): View<T>;
  byIndex(index: I, value: string): View<T>;
  readonly size: number;
  /** Whether the first whole list is in; passes and parts start only after that. */
  readonly isSynced: boolean;
  /** Resolves once the first whole list is in. */
  readonly synced: Promise<undefined>;
}

/** The pass whose own write an event comes from. */
export interface Origin {
  readonly controller: string;
  readonly key: string;
}

export type ResourceEvent<T> = (
  | {
      /** Once more, without an origin, where a pass wrote to what somebody else had made, and his event came only later. */
      readonly type: 'add';
      readonly object: T;
    }
  /** `old` is the same object as `object` where nothing happened and all are only looked at again (resync). */
  | { readonly type: 'update'; readonly object: T; readonly old: T }
  /** `finalStateUnknown`: the deletion itself was missed, this is the last that was seen. */
  | { readonly type: 'delete'; readonly object: T; readonly finalStateUnknown?: true }
) & {
  /** Part of the first list. */
  readonly initial: boolean;
  /** Only where a pass of this operator wrote it. */
  readonly origin?: Origin;
  /** It tells of what somebody else did before a write of ours, and `object` is what came of both. */
  readonly late?: true;
};

type Events<T> = readonly ResourceEvent<T>[];

export interface StoreOptions<T> {
  readonly indexers: ReadonlyMap<string, Indexer<T>>;
  /** Resource versions tell which object is newer. */
  readonly ordered: boolean;
  /** An index can make nothing of an object. */
  readonly onIndexFailed: (object: T, error: unknown) => void;
}

type VersionOf = Pick<WireObject['metadata'], 'namespace' | 'name' | 'uid' | 'resourceVersion'>;

export class IndexedStore<T extends Kept, I extends string = never> implements Omit<
  Store<T, I>,
  'isSynced' | 'synced'
> {
  // Two levels, so that no text of namespace and name has to be kept for each object.
  readonly #namespaces = new Map<string, Map<string, T>>();
  readonly #indexes: Indexes<T>;
  readonly #ordered: boolean;
  readonly #own = new OwnWrites<T>();
  /** During a list: what it has not brought yet. */
  #unseen: Set<T> | undefined;
  #historyRestarted = false;
  #size = 0;

  constructor({ indexers, ordered, onIndexFailed }: StoreOptions<T>) {
    this.#indexes = new Indexes(indexers, onIndexFailed);
    this.#ordered = ordered;
  }

  get size(): number {
    return this.#size;
  }

  get({ namespace, name }: ObjectKey): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  list(namespace?: string): View<T> {
    return namespace === undefined ? viewOf(() => this.#all) : viewAt(this.#namespaces, namespace);
  }

  byIndex(index: I, value: string): View<T> {
    return this.#indexes.by(index, value);
  }

  /** What it was, and another that is found where it will be: they have much in common. */
  alike(object: T): readonly T[] {
    const old = this.get(object);
    const sibling = this.#indexes.sibling(object, old);
    return [old, sibling].filter((one) => one !== undefined);
  }

  /**
   * From here on, whatever is not put again is swept.
   *
   * @param historyRestarted versions from before say nothing about those to come: etcd was set back
   */
  mark({ historyRestarted = false } = {}): void {
    this.#unseen = new Set(this.#all.values());
    this.#historyRestarted = historyRestarted;
  }

  /** Takes out what the list did not bring. @param version of the list; what we wrote after it is not in it */
  sweep(version: string): Events<T> {
    const gone = [...(this.#unseen ?? [])].filter((object) => !this.#isOlder(version, object.resourceVersion));
    this.#unseen = undefined;
    this.#historyRestarted = false;
    return gone.map((object) => {
      this.#remove(object);
      return { type: 'delete', object, finalStateUnknown: true, initial: false };
    });
  }

  /**
   * The watch has brought this version. A list says of most objects only that they are what they were; they stay as they are
   * then, and need not be made anew.
   *
   * @returns undefined where it is not the one that is kept; else what readers have to hear of
   */
  confirm({ namespace = '', name, uid, resourceVersion }: VersionOf): Events<T> | undefined {
    if (!this.#ordered || this.#historyRestarted) return undefined; // the same text need not be the same version
    const kept = this.get({ namespace, name });
    if (kept?.resourceVersion !== resourceVersion || kept.uid !== uid) return undefined;
    this.#unseen?.delete(kept);
    return this.#caughtUp(kept, false);
  }

  /** The watch has brought something of which nothing can be kept: what is known of it stays, until it is deleted. */
  spare({ namespace = '', name, uid }: VersionOf): void {
    const kept = this.get({ namespace, name });
    if (kept?.uid === uid) this.#unseen?.delete(kept);
  }

  /** @returns what readers have to hear of: nothing, where only what is not kept has changed */
  put(object: T, initial: boolean): Events<T> {
    const old = this.get(object);
    if (old === undefined) return this.#add(object, { initial });
    this.#unseen?.delete(old);
    if (this.#isOlder(object.resourceVersion, old.resourceVersion)) return this.#foreign(object, old, initial);
    const others = this.#caughtUp(object, initial);
    const events = this.#replace(old, object, { initial });
    return events.length === 0 ? others : events;
  }

  /** Takes in the answer to a write of ours, of which the watch does not know yet. */
  wrote(object: T, origin?: Origin): Events<T> {
    const from = { initial: false, ...(origin === undefined ? {} : { origin }) };
    const old = this.get(object);
    if (old !== undefined && !this.#isOlder(old.resourceVersion, object.resourceVersion)) return [];
    this.#own.wrote(keyText(object), object, old);
    // Only a list can tell that it is still there: it is no less unseen than what it replaces.
    if (old === undefined || this.#unseen?.delete(old) === true) this.#unseen?.add(object);
    return old === undefined ? this.#add(object, from) : this.#replace(old, object, from);
  }

  delete(object: T): Events<T> {
    const stored = this.get(object);
    if (stored?.uid !== object.uid) return [];
    this.#unseen?.delete(stored);
    this.#remove(stored);
    return [{ type: 'delete', object, initial: false }];
  }

  readonly #all = {
    size: 0,
    values: (): IteratorObject<T> => this.#namespaces.values().flatMap((objects) => objects.values()),
  };

  /** @returns what somebody else did before the version that is kept, which has it already, but tells only of us */
  #foreign({ uid, resourceVersion }: T, kept: T, initial: boolean): Events<T> {
    const found = uid === kept.uid ? this.#own.foreign(keyText(kept), resourceVersion) : undefined;
    if (found === undefined) return [];
    const { before } = found;
    return before === undefined
      ? [{ type: 'add', object: kept, initial, late: true }]
      : [{ type: 'update', object: kept, old: before, initial, late: true }];
  }

  /** @returns what others may have changed before a version that we wrote, and that came to light by no event of its own */
  #caughtUp(object: T, initial: boolean): Events<T> {
    const before = this.#own.caughtUp(keyText(object), object.resourceVersion, this.#unseen !== undefined);
    if (before === undefined || isSame(before, object, 'resourceVersion')) return [];
    return [{ type: 'update', object, old: before, initial }];
  }

  #isOlder(version: string, than: string): boolean {
    return this.#ordered && !this.#historyRestarted && isOlder(version, than);
  }

  #add(object: T, from: Pick<ResourceEvent<T>, 'initial' | 'origin'>): Events<T> {
    const objects = this.#namespaces.get(object.namespace);
    if (objects === undefined) this.#namespaces.set(object.namespace, new Map([[object.name, object]]));
    else objects.set(object.name, object);
    this.#all.size = ++this.#size;
    this.#indexes.add(object);
    return [{ type: 'add', object, ...from }];
  }

  #replace(old: T, object: T, from: Pick<ResourceEvent<T>, 'initial' | 'origin'>): Events<T> {
    if (old.uid !== object.uid) {
      this.#remove(old);
      return [{ type: 'delete', object: old, finalStateUnknown: true, initial: false }, ...this.#add(object, from)];
    }
    this.#indexes.remove(old);
    this.#namespaces.get(object.namespace)?.set(object.name, object);
    this.#indexes.add(object);
    return isSame(old, object, 'resourceVersion') ? [] : [{ type: 'update', object, old, ...from }];
  }

  #remove(object: T): void {
    const objects = this.#namespaces.get(object.namespace);
    if (objects?.delete(object.name) !== true) return;
    if (objects.size === 0) this.#namespaces.delete(object.namespace);
    this.#all.size = --this.#size;
    this.#own.forget(keyText(object));
    this.#indexes.remove(object);
  }
}
