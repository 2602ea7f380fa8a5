// queue: what waits for its time, the earliest on top: a binary heap whose items know their place, so that one of them
// can be moved forward or taken out without a search.

export interface Delayed {
  dueMs: number;
  /** Breaks ties: first come, first served. */
  readonly sequence: number;
  /** Kept by the heap; −1 while the item is in none. */
  heapIndex: number;
}

export class DelayHeap<T extends Delayed> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    item.heapIndex = this.#items.push(item) - 1;
    this.#up(item);
  }

  /** Takes the earliest off. */
  pop(): T | undefined {
    const [first] = this.#items;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** `item.dueMs` may only have become earlier. */
  moveForward(item: T): void {
    this.#up(item);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    const index = item.heapIndex;
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    this.#put(last, index);
    this.#up(last);
    this.#down(last);
  }

  clear(): void {
    this.#items.length = 0;
  }

  #up(item: T): void {
    for (let index = item.heapIndex; index > 0; index = item.heapIndex) {
      const parent = this.#items[(index - 1) >> 1];
      if (parent === undefined || !isBefore(item, parent)) return;
      this.#put(item, parent.heapIndex);
      this.#put(parent, index);
    }
  }

  #down(item: T): void {
    for (;;) {
      const index = item.heapIndex;
      const left = this.#items[2 * index + 1];
      const right = this.#items[2 * index + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, item)) return;
      this.#put(item, child.heapIndex);
      this.#put(child, index);
    }
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}

function isBefore(a: Delayed, b: Delayed): boolean {
  return a.dueMs === b.dueMs ? a.sequence < b.sequence : a.dueMs < b.dueMs;
}
