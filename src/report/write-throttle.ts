// report: how long a write has to wait so that an object is written at most once in a while, however much happens. It
// knows no clock: the time comes with each question.

export class WriteThrottle {
  readonly #minMs: number;
  readonly #wroteAtMs = new Map<string, number>();

  /** @param minMs between two writes of one key */
  constructor(minMs: number) {
    this.#minMs = minMs;
  }

  /** Milliseconds until the key may be written; 0: now. */
  waitMs(key: string, nowMs: number): number {
    const wroteAtMs = this.#wroteAtMs.get(key);
    return wroteAtMs === undefined ? 0 : Math.max(0, wroteAtMs + this.#minMs - nowMs);
  }

  wrote(key: string, nowMs: number): void {
    this.#wroteAtMs.set(key, nowMs);
  }

  forget(key: string): void {
    this.#wroteAtMs.delete(key);
  }
}
