// queue: keys to look at. A key waits once however often it is added, is never worked on twice at once, and no change is
// lost: what is added during the work comes again afterwards (client-go's three sets, controller-runtime's priorities).
//
//   add ──► delayed ──► ready ──► working ──► done
//             (heap)    (lanes)      │ added meanwhile: ready again when it is given back
import type { Clock, Timer } from '../time/clock.js';
import { DelayHeap } from './delay-heap.js';
import { PriorityLanes } from './priority-lanes.js';

export interface AddOptions {
  /** Higher first; 0 by default, −100 for what the first list brings. Of several, the highest counts. */
  readonly priority?: number;
  /** Not before so many milliseconds; of several, the earliest counts. */
  readonly afterMs?: number;
  /** A text for what brought the key, by which that can be taken back. */
  readonly cause?: string;
}

export interface Taken {
  readonly key: string;
  /** With which it was added, so that it can be added again with the same. */
  readonly priority: number;
}

/** Hears of every step: for metrics. */
export interface QueueObserver {
  added(): void;
  /** @param seconds that the key waited since it was ready */
  taken(seconds: number): void;
  /** @param seconds between taking and giving back */
  worked(seconds: number): void;
}

const UNOBSERVED: QueueObserver = { added: () => undefined, taken: () => undefined, worked: () => undefined };

interface Entry {
  readonly key: string;
  readonly sequence: number;
  priority: number;
  dueMs: number;
  heapIndex: number;
  isReady: boolean;
  /** What brought it while it was worked on, where that is all that did. */
  causes: Set<string> | undefined;
}

const MOST_CAUSES = 16; // of one key, in one pass; whoever has more looks again

interface Addition {
  readonly priority: number;
  readonly afterMs: number;
  readonly cause: string | undefined;
}

interface Work {
  readonly sinceMs: number;
  readonly priority: number;
  isDecided: boolean;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #observer: QueueObserver;
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new PriorityLanes<Entry>();
  readonly #delayed = new DelayHeap<Entry>();
  readonly #working = new Map<string, Work>();
  readonly #held = new Set<Entry>(); // due, but their keys are being worked on
  readonly #takers: ((taken: Taken | undefined) => void)[] = [];
  #timer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #sequence = 0;
  #closed = false;

  constructor(clock: Clock, observer: QueueObserver = UNOBSERVED) {
    this.#clock = clock;
    this.#observer = observer;
  }

  /** How many keys wait to be worked on now. */
  get depth(): number {
    return this.#ready.size;
  }

  depths(): readonly (readonly [priority: number, depth: number])[] {
    return this.#ready.sizes();
  }

  /** Of each key that is being worked on, for how long, in seconds. */
  workingSeconds(): readonly number[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#working.values()].map(({ sinceMs }) => (nowMs - sinceMs) / 1_000);
  }

  /** What is to be done about the key, as it was when it was taken, is known: what is left of the work is to do it. */
  decided(key: string): void {
    const work = this.#working.get(key);
    if (work !== undefined) work.isDecided = true;
  }

  /**
   * How many keys of a higher priority than `above` are due, and nobody has decided yet what is to be done about them: those that
   * wait, those that come again once they are given back, and those that are being worked on.
   */
  undecided(above = Number.NEGATIVE_INFINITY): number {
    let count = 0;
    for (const [priority, waiting] of this.#ready.sizes()) if (priority > above) count += waiting;
    for (const { priority } of this.#held) if (priority > above) count++;
    for (const { priority, isDecided } of this.#working.values()) if (!isDecided && priority > above) count++;
    return count;
  }

  add(key: string, { priority = 0, afterMs = 0, cause }: AddOptions = {}): void {
    if (this.#closed) return;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#addNew(key, { priority, afterMs, cause });
    else this.#merge(entry, { priority, afterMs, cause });
  }

  /**
   * That was no reason to look at it again. Only while the key is worked on: later it is too late.
   *
   * @param cause with which it was added
   */
  takeBack(key: string, cause: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || !this.#held.has(entry) || entry.causes?.delete(cause) !== true) return;
    if (entry.causes.size > 0) return;
    this.#held.delete(entry);
    this.#entries.delete(key);
  }

  /** The next key, of the highest priority, first come first served. @returns undefined once the queue is closed */
  async take(): Promise<Taken | undefined> {
    if (this.#closed) return undefined;
    return (
      this.#next() ??
      new Promise((resolve) => {
        this.#takers.push(resolve);
      })
    );
  }

  /** Each taken key has to be given back. */
  done(key: string): void {
    const work = this.#working.get(key);
    if (work === undefined) return;
    this.#working.delete(key);
    this.#observer.worked((this.#clock.monotonicMs() - work.sinceMs) / 1_000);
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#held.delete(entry)) this.#toLane(entry);
  }

  /**
   * Nothing is taken in or given out any more; what is being worked on may end. What still waits is dropped: whoever
   * comes next finds it in his first list, and working it off would keep him waiting.
   */
  close(): void {
    this.#closed = true;
    this.#timer?.timer.cancel();
    this.#entries.clear();
    this.#ready.clear();
    this.#held.clear();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #addNew(key: string, { priority, afterMs, cause }: Addition): void {
    const dueMs = this.#clock.monotonicMs() + Math.max(0, afterMs);
    const sequence = this.#sequence++;
    const causes = cause !== undefined && this.#working.has(key) ? new Set([cause]) : undefined;
    const entry: Entry = { key, sequence, priority, dueMs, heapIndex: -1, isReady: false, causes };
    this.#entries.set(key, entry);
    if (afterMs > 0) this.#toHeap(entry);
    else this.#toReady(entry);
  }

  #merge(entry: Entry, { priority, afterMs, cause }: Addition): void {
    if (cause === undefined || entry.causes?.size === MOST_CAUSES) entry.causes = undefined;
    else entry.causes?.add(cause);
    if (priority > entry.priority) {
      if (entry.isReady) this.#ready.raise(entry, priority);
      else entry.priority = priority;
    }
    if (entry.heapIndex < 0) return; // it is ready, so it comes before any delay
    const dueMs = this.#clock.monotonicMs() + Math.max(0, afterMs);
    if (afterMs <= 0) {
      this.#delayed.remove(entry);
      entry.dueMs = dueMs;
      this.#toReady(entry);
    } else if (dueMs < entry.dueMs) {
      entry.dueMs = dueMs;
      this.#delayed.moveForward(entry);
      this.#setTimer();
    }
  }

  #toHeap(entry: Entry): void {
    this.#delayed.push(entry);
    this.#setTimer();
  }

  #toReady(entry: Entry): void {
    this.#observer.added();
    if (this.#working.has(entry.key)) this.#held.add(entry);
    else this.#toLane(entry);
  }

  #toLane(entry: Entry): void {
    this.#ready.push(entry);
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(this.#next());
  }

  #next(): Taken | undefined {
    const entry = this.#ready.shift();
    if (entry === undefined) return undefined;
    const { key, priority, dueMs } = entry;
    const nowMs = this.#clock.monotonicMs();
    this.#entries.delete(key);
    this.#working.set(key, { sinceMs: nowMs, priority, isDecided: false });
    this.#observer.taken((nowMs - dueMs) / 1_000);
    return { key, priority };
  }

  // One timer, for the earliest of all.
  #setTimer(): void {
    const dueMs = this.#delayed.peek()?.dueMs;
    if (dueMs === undefined || (this.#timer !== undefined && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.timer.cancel();
    const timer = this.#clock.timer(Math.max(0, dueMs - this.#clock.monotonicMs()), () => {
      this.#timer = undefined;
      this.#promoteDue();
    });
    this.#timer = { timer, dueMs };
  }

  #promoteDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let first = this.#delayed.peek(); first !== undefined && first.dueMs <= nowMs; first = this.#delayed.peek()) {
      this.#delayed.remove(first);
      this.#toReady(first);
    }
    this.#setTimer();
  }
}
