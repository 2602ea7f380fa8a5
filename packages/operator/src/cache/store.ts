// cache: what a watch has brought, with its indexes; others may only read. A relist marks and sweeps, so that the store
// stays usable meanwhile and is never held twice.
import { isDeepStrictEqual } from 'node:util';
import { keyText, type ObjectKey } from '../resource/coordinates.js';
import type { Indexer, Kept } from '../resource/resource.js';

export interface Store<T, I extends string = never> {
  get(key: ObjectKey): T | undefined;
  list(namespace?: string): readonly T[];
  byIndex(index: I, value: string): readonly T[];
  readonly size: number;
}

export type ResourceEvent<T> = (
  | { readonly type: 'add'; readonly object: T }
  | { readonly type: 'update'; readonly object: T; readonly old: T }
  /** `finalStateUnknown`: the deletion itself was missed, this is the last that was seen. */
  | { readonly type: 'delete'; readonly object: T; readonly finalStateUnknown?: true }
) & {
  /** Part of the first list. */
  readonly initial: boolean;
};

interface Entry<T> {
  object: T;
  epoch: number;
}

export class IndexedStore<T extends Kept, I extends string = never> implements Store<T, I> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #indexers: ReadonlyMap<string, Indexer<T>>;
  readonly #indexes: ReadonlyMap<string, Map<string, Set<T>>>;
  #epoch = 0;

  constructor(indexers: ReadonlyMap<string, Indexer<T>>) {
    this.#indexers = indexers;
    this.#indexes = new Map([...indexers.keys()].map((name) => [name, new Map<string, Set<T>>()]));
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(keyText(key))?.object;
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#entries.values()].map(({ object }) => object);
    return namespace === undefined ? all : all.filter((object) => object.namespace === namespace);
  }

  byIndex(index: I, value: string): readonly T[] {
    return [...(this.#indexes.get(index)?.get(value) ?? [])];
  }

  /** From here on, whatever is not put again is swept. */
  mark(): void {
    this.#epoch++;
  }

  /** Takes out what the relist did not bring. */
  sweep(): ResourceEvent<T>[] {
    const gone = [...this.#entries].filter(([, { epoch }]) => epoch < this.#epoch);
    return gone.map(([key, { object }]) => {
      this.#remove(key, object);
      return { type: 'delete', object, finalStateUnknown: true, initial: false };
    });
  }

  /** @returns what readers have to hear of: nothing, where only what is not kept has changed */
  put(object: T, initial: boolean): readonly ResourceEvent<T>[] {
    const key = keyText(object);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#add(key, object);
      return [{ type: 'add', object, initial }];
    }
    entry.epoch = this.#epoch;
    const old = entry.object;
    if (isOlder(object.resourceVersion, old.resourceVersion)) return [];
    if (old.uid !== object.uid) {
      this.#remove(key, old);
      this.#add(key, object);
      return [
        { type: 'delete', object: old, finalStateUnknown: true, initial: false },
        { type: 'add', object, initial },
      ];
    }
    this.#unindex(old);
    entry.object = object;
    this.#index(object);
    return isSameProjection(old, object) ? [] : [{ type: 'update', object, old, initial }];
  }

  delete(object: T): readonly ResourceEvent<T>[] {
    const key = keyText(object);
    const entry = this.#entries.get(key);
    if (entry?.object.uid !== object.uid) return [];
    this.#remove(key, entry.object);
    return [{ type: 'delete', object, initial: false }];
  }

  #add(key: string, object: T): void {
    this.#entries.set(key, { object, epoch: this.#epoch });
    this.#index(object);
  }

  #remove(key: string, object: T): void {
    this.#entries.delete(key);
    this.#unindex(object);
  }

  #index(object: T): void {
    for (const [name, index] of this.#indexes)
      for (const value of this.#valuesOf(name, object)) {
        const found = index.get(value);
        if (found === undefined) index.set(value, new Set([object]));
        else found.add(object);
      }
  }

  #unindex(object: T): void {
    for (const [name, index] of this.#indexes)
      for (const value of this.#valuesOf(name, object)) {
        const found = index.get(value);
        found?.delete(object);
        if (found?.size === 0) index.delete(value);
      }
  }

  #valuesOf(name: string, object: T): readonly string[] {
    return this.#indexers.get(name)?.(object) ?? [];
  }
}

function isSameProjection(a: Kept, b: Kept): boolean {
  return isDeepStrictEqual({ ...a, resourceVersion: '' }, { ...b, resourceVersion: '' });
}

/** Resource versions of objects in etcd are ordered numbers of any length (Kubernetes API concepts, since 1.35). */
function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
