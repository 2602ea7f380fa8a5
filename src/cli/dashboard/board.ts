// cli/dashboard: what there is to show now, and for each page that looks on, what it has not been told yet. A page that is slow
// to take it costs no more than the names of what changed meanwhile.
import type { Item, Update } from './item.js';

export interface Subscription {
  /** @returns undefined where nothing has changed since it was asked last; the first time everything */
  take(): Update | undefined;
  /** Resolves once there is something to take. */
  readonly changed: Promise<void>;
  close(): void;
}

export class Board {
  readonly #namespace: string | undefined;
  readonly #items = new Map<string, Item>();
  readonly #lookers = new Set<Looker>();
  #notes: readonly string[] = [];

  /** @param namespace absent: all */
  constructor(namespace?: string) {
    this.#namespace = namespace;
  }

  put(item: Item): void {
    this.#items.set(item.id, item);
    for (const looker of this.#lookers) looker.touch(item.id);
  }

  delete(id: string): void {
    if (this.#items.delete(id)) for (const looker of this.#lookers) looker.touch(id);
  }

  /** Nothing is told where they are as they were. */
  note(notes: readonly string[]): void {
    if (notes.length === this.#notes.length && notes.every((note, at) => note === this.#notes[at])) return;
    this.#notes = notes;
    for (const looker of this.#lookers) looker.wake();
  }

  subscribe(): Subscription {
    const looker = new Looker();
    let isFirst = true;
    this.#lookers.add(looker);
    return {
      take: () => {
        const ids = looker.taken();
        if (!isFirst) return ids === undefined ? undefined : this.#update(ids);
        isFirst = false;
        return { ...this.#frame(), whole: true, put: [...this.#items.values()], gone: [] };
      },
      get changed() {
        return looker.changed;
      },
      close: () => {
        this.#lookers.delete(looker);
      },
    };
  }

  #update(ids: ReadonlySet<string>): Update {
    const put = [...ids].flatMap((id) => this.#items.get(id) ?? []);
    return { ...this.#frame(), whole: false, put, gone: [...ids].filter((id) => !this.#items.has(id)) };
  }

  #frame(): Pick<Update, 'namespace' | 'notes'> {
    return { ...(this.#namespace === undefined ? {} : { namespace: this.#namespace }), notes: this.#notes };
  }
}

class Looker {
  #ids = new Set<string>();
  #isAwake = false;
  #waking = Promise.withResolvers<undefined>();

  get changed(): Promise<void> {
    return this.#waking.promise;
  }

  touch(id: string): void {
    this.#ids.add(id);
    this.wake();
  }

  wake(): void {
    this.#isAwake = true;
    this.#waking.resolve(undefined);
  }

  taken(): ReadonlySet<string> | undefined {
    if (!this.#isAwake) return undefined;
    const ids = this.#ids;
    this.#ids = new Set();
    this.#isAwake = false;
    this.#waking = Promise.withResolvers();
    return ids;
  }
}
