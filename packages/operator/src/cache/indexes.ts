// cache: finds objects by what their indexers say of them; kept in step with each change of a store.
import type { Indexer } from '../resource/resource.js';
import { emptyView, type View, viewAt } from './view.js';

interface Index<T> {
  readonly valuesOf: Indexer<T>;
  readonly found: Map<string, Set<T>>;
}

export class Indexes<T> {
  readonly #indexes: ReadonlyMap<string, Index<T>>;
  readonly #onFailed: (object: T, error: unknown) => void;

  /** @param onFailed hears of an object of which an indexer can make nothing: that index does not find it then */
  constructor(indexers: ReadonlyMap<string, Indexer<T>>, onFailed: (object: T, error: unknown) => void) {
    this.#onFailed = onFailed;
    this.#indexes = new Map(
      [...indexers].map(([name, valuesOf]) => [name, { valuesOf, found: new Map<string, Set<T>>() }]),
    );
  }

  by(index: string, value: string): View<T> {
    const found = this.#indexes.get(index)?.found;
    return found === undefined ? emptyView() : viewAt(found, value);
  }

  /** Another one than `but` that is found by a text by which this one is to be found. */
  sibling(object: T, but: T | undefined): T | undefined {
    for (const { valuesOf, found } of this.#indexes.values())
      for (const value of valuesOrNone(valuesOf, object)) {
        const other = found
          .get(value)
          ?.values()
          .find((one) => one !== but);
        if (other !== undefined) return other;
      }
    return undefined;
  }

  add(object: T): void {
    for (const { valuesOf, found } of this.#indexes.values())
      for (const value of valuesOrNone(valuesOf, object, this.#onFailed)) {
        const set = found.get(value);
        if (set === undefined) found.set(value, new Set([object]));
        else set.add(object);
      }
  }

  remove(object: T): void {
    for (const { valuesOf, found } of this.#indexes.values())
      for (const value of valuesOrNone(valuesOf, object)) {
        const set = found.get(value);
        set?.delete(object);
        if (set?.size === 0) found.delete(value);
      }
  }
}

function valuesOrNone<T>(
  valuesOf: Indexer<T>,
  object: T,
  onFailed?: (object: T, error: unknown) => void,
): readonly string[] {
  try {
    return valuesOf(object);
  } catch (error) {
    onFailed?.(object, error);
    return [];
  }
}
