// watch: how long to wait before the next try after a watch or list failed (client-go's reflector: 800 ms · 2^n, jitter 1.0, cap 30 s).

const FIRST_MS = 800;
const LONGEST_MS = 30_000;
const HEALTHY_AFTER_MS = 120_000;

export class WatchBackOff {
  readonly #random: () => number;
  #failures = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param nowMs of a clock that only grows; after two minutes without a failure it starts anew */
  nextMs(nowMs: number): number {
    if (nowMs - this.#lastMs > HEALTHY_AFTER_MS) this.#failures = 0;
    this.#lastMs = nowMs;
    return Math.min(FIRST_MS * 2 ** this.#failures++ * (1 + this.#random()), LONGEST_MS);
  }
}
