// watch: ends a connection that has gone silent: a server or a load balancer that stops sending without closing.
import type { Clock, Timer } from '../time/clock.js';
import { WatchFailure } from './failure.js';

export class SilenceGuard {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #silent = new AbortController();
  #limitMs: number;
  #lastMs: number;
  #timer: Timer;

  constructor(clock: Clock, signal: AbortSignal, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#lastMs = clock.monotonicMs();
    this.signal = AbortSignal.any([signal, this.#silent.signal]);
    this.#timer = this.#watchFor(limitMs);
  }

  heard(): void {
    this.#lastMs = this.#clock.monotonicMs();
  }

  allow(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#timer.cancel();
    this.#timer = this.#watchFor(limitMs);
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** What made the connection end, where it was the guard. */
  throwIfSilent(): void {
    this.#silent.signal.throwIfAborted();
  }

  // One timer that looks now and then costs less than one that is set anew with each line.
  #watchFor(ms: number): Timer {
    return this.#clock.timer(ms, () => {
      const silentMs = this.#clock.monotonicMs() - this.#lastMs;
      if (silentMs >= this.#limitMs)
        this.#silent.abort(new WatchFailure('silent', `the server was silent for ${Math.round(silentMs)} ms`));
      else this.#timer = this.#watchFor(this.#limitMs - silentMs);
    });
  }
}
