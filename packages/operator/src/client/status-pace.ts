// client: of the status writes to one object, lets one through in each interval: the last of those that wait. A status that
// sums up many other objects changes with each of them, and would be written as often.
import type { Clock } from '../time/clock.js';
import { aborted } from '../time/within.js';

interface Turn<A> {
  readonly answer: PromiseWithResolvers<A>;
  overtakenBy: Turn<A> | undefined;
}

interface Pace<A> {
  /** From when on the next write may go. */
  nextMs: number;
  /** The newest that waits. */
  waiting: Turn<A> | undefined;
}

export interface PaceOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** `A` is what comes of a write. */
export class StatusPace<A> {
  readonly #clock: Clock;
  /** Those that wait, or were written within their interval; who wrote last comes last. */
  readonly #paces = new Map<string, Pace<A>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many objects are kept in mind. */
  get size(): number {
    return this.#paces.size;
  }

  /**
   * @param key of the object, and of who writes
   * @returns the answer to `write`; where a later write has overtaken this one while it waited, the answer to that
   * @throws what the write threw, or the signal's reason when it aborts first; what was overtaken fails with what overtook
   */
  async next(key: string, { everyMs, signal }: PaceOptions, write: () => Promise<A>): Promise<A> {
    const pace = this.#paceOf(key);
    const turn: Turn<A> = { answer: Promise.withResolvers(), overtakenBy: undefined };
    if (pace.waiting !== undefined) pace.waiting.overtakenBy = turn;
    pace.waiting = turn;
    try {
      const leftMs = pace.nextMs - this.#clock.monotonicMs();
      if (leftMs > 0) await this.#clock.sleep(leftMs, signal);
      turn.answer.resolve(turn.overtakenBy?.answer.promise ?? this.#now(key, everyMs, write));
    } catch (error) {
      if (pace.waiting === turn) pace.waiting = undefined;
      turn.answer.reject(error);
    }
    return turn.overtakenBy === undefined ? turn.answer.promise : unlessAborted(turn.answer.promise, signal);
  }

  async #now(key: string, everyMs: number, write: () => Promise<A>): Promise<A> {
    this.#paces.delete(key);
    this.#paces.set(key, { nextMs: this.#clock.monotonicMs() + everyMs, waiting: undefined });
    return write();
  }

  #paceOf(key: string): Pace<A> {
    this.#forgetOld();
    const known = this.#paces.get(key);
    if (known !== undefined) return known;
    const pace = { nextMs: Number.NEGATIVE_INFINITY, waiting: undefined };
    this.#paces.set(key, pace);
    return pace;
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, { nextMs, waiting }] of this.#paces) {
      if (waiting !== undefined || nextMs > nowMs) break;
      this.#paces.delete(key);
    }
  }
}

/** The later write heeds a signal of its own. @throws the signal's reason when it aborts first */
async function unlessAborted<A>(answer: Promise<A>, signal: AbortSignal): Promise<A> {
  const told = aborted(signal);
  try {
    await Promise.race([answer, told.promise]);
    signal.throwIfAborted();
    return await answer;
  } finally {
    told.forget();
  }
}
