// queue: keys to look at. A key waits once however often it is added, is never worked on twice at once, and no change is
// lost: what is added during the work comes again afterwards (client-go's three sets).
import type { Clock, Timer } from '../time/clock.js';

export interface AddOptions {
  /** Higher first; 0 by default, −100 for what the first list brings. */
  readonly priority?: number;
  /** Not before so many milliseconds; of several, the earliest counts. */
  readonly afterMs?: number;
}

interface Delayed {
  readonly dueMs: number;
  readonly priority: number;
}

export interface BackOff {
  /** How long a key that failed waits. */
  failed(key: string): number;
  forget(key: string): void;
  retries(key: string): number;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, number>(); // key → priority, in order of arrival
  readonly #working = new Set<string>();
  readonly #dirty = new Map<string, number>(); // added while being worked on
  readonly #delayed = new Map<string, Delayed>();
  #timer: (Timer & { readonly dueMs: number }) | undefined;
  #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many keys wait to be worked on now. */
  get depth(): number {
    return this.#waiting.size;
  }

  add(key: string, { priority = 0, afterMs = 0 }: AddOptions = {}): void {
    if (this.#closed) return;
    if (afterMs > 0) this.#addDelayed(key, priority, afterMs);
    else this.#addNow(key, priority);
  }

  /** The next key, of the highest priority, first come first served. @returns undefined once the queue is closed */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const key = this.#highest();
    if (key === undefined)
      return new Promise((resolve) => {
        this.#takers.push(resolve);
      });
    this.#start(key);
    return key;
  }

  /** Each taken key has to be given back. */
  done(key: string): void {
    this.#working.delete(key);
    const priority = this.#dirty.get(key);
    if (priority === undefined) return;
    this.#dirty.delete(key);
    this.#addNow(key, priority);
  }

  /** Nothing is given out any more; what is being worked on may end. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting.clear();
    this.#delayed.clear();
    for (const taker of this.#takers) taker(undefined);
    this.#takers = [];
  }

  #addNow(key: string, priority: number): void {
    if (this.#closed) return;
    this.#delayed.delete(key);
    if (this.#working.has(key)) {
      this.#dirty.set(key, Math.max(priority, this.#dirty.get(key) ?? priority));
      return;
    }
    this.#waiting.set(key, Math.max(priority, this.#waiting.get(key) ?? priority));
    const taker = this.#takers.shift();
    const next = taker === undefined ? undefined : this.#highest();
    if (taker === undefined || next === undefined) return;
    this.#start(next);
    taker(next);
  }

  #addDelayed(key: string, priority: number, afterMs: number): void {
    if (this.#waiting.has(key)) return; // it comes before that anyway
    const dueMs = this.#clock.monotonicMs() + afterMs;
    const before = this.#delayed.get(key);
    if (before !== undefined && before.dueMs <= dueMs) return;
    this.#delayed.set(key, { dueMs, priority });
    if (this.#timer === undefined || dueMs < this.#timer.dueMs) this.#setTimer(dueMs);
  }

  #setTimer(dueMs: number): void {
    this.#timer?.cancel();
    const timer = this.#clock.timer(Math.max(0, dueMs - this.#clock.monotonicMs()), () => {
      this.#promoteDue();
    });
    this.#timer = { ...timer, dueMs };
  }

  #promoteDue(): void {
    const nowMs = this.#clock.monotonicMs();
    const due = [...this.#delayed].filter(([, { dueMs }]) => dueMs <= nowMs).sort(([, a], [, b]) => a.dueMs - b.dueMs);
    for (const [key, { priority }] of due) this.#addNow(key, priority);
    this.#timer = undefined;
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#delayed.values()) next = Math.min(next, dueMs);
    if (this.#delayed.size > 0) this.#setTimer(next);
  }

  #highest(): string | undefined {
    let best: string | undefined;
    let bestPriority = Number.NEGATIVE_INFINITY;
    for (const [key, priority] of this.#waiting) {
      if (priority > bestPriority) [best, bestPriority] = [key, priority];
      if (bestPriority >= 0) break; // nothing is above a live change that came first
    }
    return best;
  }

  #start(key: string): void {
    this.#waiting.delete(key);
    this.#working.add(key);
  }
}

const FIRST_MS = 5;
const LONGEST_MS = 1_000_000;

/** 5 ms · 2^n up to 1000 s for each key (client-go's default), plus up to 10 % at random. */
export function exponentialBackOff(random: () => number): BackOff {
  const failures = new Map<string, number>();
  return {
    failed: (key) => {
      const before = failures.get(key) ?? 0;
      failures.set(key, before + 1);
      return Math.min(FIRST_MS * 2 ** before, LONGEST_MS) * (1 + random() / 10);
    },
    forget: (key) => {
      failures.delete(key);
    },
    retries: (key) => failures.get(key) ?? 0,
  };
}
