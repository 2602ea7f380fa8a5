// scan/xray: a limit on requests a second. Pure but for the clock that it is given.
import type { Clock } from '@dot-kube/operator';

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#tokens = burst;
    this.#atMs = clock.monotonicMs();
  }

  /** Resolves when the next request may go. */
  async take(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * this.#perSecond);
    this.#atMs = nowMs;
    this.#tokens -= 1; // may go below zero: whoever comes later waits longer
    if (this.#tokens < 0) await this.#clock.sleep((-this.#tokens / this.#perSecond) * 1_000, signal);
  }
}
