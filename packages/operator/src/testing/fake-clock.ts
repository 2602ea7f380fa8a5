// testing: time that moves only when a test says so.
import { type Clock, sleepBy, type Timer } from '../time/clock.js';

interface Waiting {
  readonly dueMs: number;
  readonly fire: () => void;
}

export class FakeClock implements Clock {
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(start: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#nowMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** How many timers and sleeps have not fired: a test that ends with some left something running. */
  get pending(): number {
    return this.#waiting.size;
  }

  timer(ms: number, fire: () => void): Timer {
    const waiting = { dueMs: this.#nowMs + ms, fire };
    this.#waiting.add(waiting);
    return {
      cancel: () => {
        this.#waiting.delete(waiting);
      },
    };
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepBy(this, ms, signal);
  }

  /** Time passes for a process that is stopped: what falls due meanwhile fires when time next moves on. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves on and fires what falls due, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#waiting.delete(next);
      next.fire();
    }
    this.#nowMs = endMs;
  }
}
