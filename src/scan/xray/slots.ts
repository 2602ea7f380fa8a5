// scan/xray: a limit on requests at once. Who finds no free slot waits, first come first served.

export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `work` once a slot is free. @throws the signal's reason when it aborts before */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(signal);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  async #take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const mine = (): void => {
      resolve(undefined);
    };
    const onAbort = (): void => {
      this.#waiting.delete(mine);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    this.#waiting.add(mine);
    signal.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  }

  // The slot passes on to whoever waits longest.
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
