// queue: what is ready, in one lane for each priority, first come first served within a lane. Few priorities are in use
// at a time, so the highest lane is found among them at once, whatever waits.

export interface LaneItem {
  /** True while it lies in a lane under the priority that it has now. */
  isReady: boolean;
  priority: number;
}

/** Taking from the front only moves `head`: Array#shift would move all the others. */
interface Lane<T> {
  readonly priority: number;
  items: { readonly item: T; readonly priority: number }[];
  head: number;
  live: number;
}

const SHORT = 64;

export class PriorityLanes<T extends LaneItem> {
  readonly #lanes: Lane<T>[] = []; // highest priority first

  get size(): number {
    let size = 0;
    for (const { live } of this.#lanes) size += live;
    return size;
  }

  /** How many wait under each priority. */
  sizes(): readonly (readonly [priority: number, size: number])[] {
    return this.#lanes.map(({ priority, live }) => [priority, live] as const);
  }

  push(item: T): void {
    const lane = this.#laneOf(item.priority);
    lane.items.push({ item, priority: item.priority });
    lane.live++;
    item.isReady = true;
  }

  /** Moves an item that is in a lane to a higher one; what it leaves behind is skipped later. */
  raise(item: T, priority: number): void {
    const lane = this.#laneOf(item.priority);
    lane.live--;
    item.priority = priority;
    this.push(item);
    tidy(lane);
  }

  /** Takes the first of the highest lane that has any. */
  shift(): T | undefined {
    for (const lane of this.#lanes) if (lane.live > 0) return takeFirst(lane);
    return undefined;
  }

  clear(): void {
    this.#lanes.length = 0;
  }

  #laneOf(priority: number): Lane<T> {
    const at = this.#lanes.findIndex((lane) => lane.priority <= priority);
    const found = at < 0 ? undefined : this.#lanes[at];
    if (found?.priority === priority) return found;
    const lane: Lane<T> = { priority, items: [], head: 0, live: 0 };
    this.#lanes.splice(at < 0 ? this.#lanes.length : at, 0, lane);
    return lane;
  }
}

/** Drops what was raised out of it, once that is the most of what it holds: nothing else may ever be taken from it. */
function tidy<T extends LaneItem>(lane: Lane<T>): void {
  const held = lane.items.length - lane.head;
  if (held <= SHORT || held <= 2 * lane.live) return;
  lane.items = lane.items.slice(lane.head).filter(isLive);
  lane.head = 0;
}

function isLive<T extends LaneItem>({ item, priority }: Lane<T>['items'][number]): boolean {
  return item.isReady && item.priority === priority;
}

function takeFirst<T extends LaneItem>(lane: Lane<T>): T | undefined {
  for (;;) {
    const slot = lane.items[lane.head++];
    if (lane.head > SHORT && lane.head * 2 > lane.items.length) {
      lane.items = lane.items.slice(lane.head);
      lane.head = 0;
    }
    if (slot === undefined) return undefined;
    if (!isLive(slot)) continue; // raised to another lane since
    const { item } = slot;
    item.isReady = false;
    lane.live--;
    return item;
  }
}
