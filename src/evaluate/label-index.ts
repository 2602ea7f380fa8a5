// evaluate: finds what a label selector selects without asking everything: the narrowest of its clauses is looked up.
import type { Labels, Requirement, Selection } from './selector.js';

interface Labelled {
  readonly labels: Labels;
}

export class LabelIndex<T extends Labelled> {
  readonly #all = new Set<T>();
  /** Key → value → those that have it. */
  readonly #byLabel = new Map<string, Map<string, Set<T>>>();

  get size(): number {
    return this.#all.size;
  }

  add(item: T): void {
    this.#all.add(item);
    for (const [key, value] of Object.entries(item.labels)) {
      const values = this.#byLabel.get(key) ?? new Map<string, Set<T>>();
      const items = values.get(value) ?? new Set<T>();
      this.#byLabel.set(key, values.set(value, items.add(item)));
    }
  }

  delete(item: T): void {
    if (!this.#all.delete(item)) return;
    for (const [key, value] of Object.entries(item.labels)) {
      const values = this.#byLabel.get(key);
      const items = values?.get(value);
      items?.delete(item);
      if (items?.size === 0) values?.delete(value);
      if (values?.size === 0) this.#byLabel.delete(key);
    }
  }

  select({ selects, requires }: Selection): readonly T[] {
    const found: T[] = [];
    for (const items of this.#narrowest(requires)) for (const item of items) if (selects(item.labels)) found.push(item);
    return found;
  }

  #narrowest(requires: readonly Requirement[]): readonly ReadonlySet<T>[] {
    let best: readonly ReadonlySet<T>[] = [this.#all];
    for (const requirement of requires) {
      const candidates = this.#meeting(requirement);
      if (sizeOf(candidates) < sizeOf(best)) best = candidates;
    }
    return best;
  }

  #meeting({ key, values }: Requirement): readonly ReadonlySet<T>[] {
    const byValue = this.#byLabel.get(key);
    if (byValue === undefined) return [];
    if (values === undefined) return [...byValue.values()];
    return [...new Set(values)].flatMap((value) => byValue.get(value) ?? []);
  }
}

function sizeOf(sets: readonly ReadonlySet<unknown>[]): number {
  return sets.reduce((sum, { size }) => sum + size, 0);
}
