// chaos/simulated: one time for everything: what falls due next happens next, and all that follows from it, before time moves on.
import { setImmediate } from 'node:timers/promises';
import type { Clock, Timer } from '@dot-kube/operator';
import { sleepBy } from '@dot-kube/operator/testing';

interface Due {
  readonly atMs: number;
  readonly sequence: number;
  /** undefined: it was cancelled, and holds nothing any more. */
  fire: (() => void) | undefined;
}

export class SimulatedTime {
  readonly #startMs: number;
  readonly #heap: Due[] = [];
  #nowMs = 0;
  #sequence = 0;

  constructor(start: Date) {
    this.#startMs = start.getTime();
  }

  /** Since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  date(): Date {
    return new Date(this.#startMs + this.#nowMs);
  }

  /** What a date is in milliseconds since the beginning. */
  msOf(text: string): number {
    return Date.parse(text) - this.#startMs;
  }

  after(ms: number, fire: () => void): Timer {
    const due: Due = { atMs: this.#nowMs + Math.max(0, ms), sequence: this.#sequence++, fire };
    this.#push(due);
    return {
      cancel: () => {
        due.fire = undefined;
      },
    };
  }

  /** Lets time pass until then. */
  async run(untilMs: number): Promise<void> {
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.fire === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
      await settled();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isSooner(heap, at, parent)) return;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ;) {
      const child = isSooner(heap, 2 * at + 2, 2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (!isSooner(heap, child, at)) return;
      swap(heap, at, child);
      at = child;
    }
  }
}

function isSooner(heap: readonly Due[], one: number, other: number): boolean {
  const [a, b] = [heap[one], heap[other]];
  return a !== undefined && b !== undefined && (a.atMs - b.atMs || a.sequence - b.sequence) < 0;
}

function swap(heap: Due[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (a !== undefined && b !== undefined) [heap[one], heap[other]] = [b, a];
}

// Promises and process.nextTick have run when the event loop comes round; nothing here waits for a socket or a file. Twice,
// because what works for long lets the event loop have a turn, too.
async function settled(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** The clock of one process. While it is frozen time passes, and nothing of it fires. */
export class ProcessClock implements Clock {
  readonly #time: SimulatedTime;
  #late: (() => void)[] | undefined;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  now(): Date {
    return this.#time.date();
  }

  monotonicMs(): number {
    return this.#time.nowMs;
  }

  freeze(): void {
    this.#late ??= [];
  }

  thaw(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const fire of late) fire();
  }

  /** Runs it now, or when the process goes on. */
  whenAwake(fire: () => void): void {
    if (this.#late === undefined) fire();
    else this.#late.push(fire);
  }

  timer(ms: number, fire: () => void): Timer {
    let isCancelled = false;
    const timer = this.#time.after(ms, () => {
      this.whenAwake(() => {
        if (!isCancelled) fire();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepBy(this, ms, signal);
  }
}
