// client: at most so many at once; the others wait in the order in which they came.

export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(size: number) {
    this.#free = size;
  }

  /** @throws the signal's reason when it aborts first */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const end = (isTurn: boolean): void => {
      this.#waiting.delete(begin);
      signal.removeEventListener('abort', leave);
      resolve(isTurn);
    };
    const begin = (): void => {
      end(true);
    };
    const leave = (): void => {
      end(false);
    };
    this.#waiting.add(begin);
    signal.addEventListener('abort', leave, { once: true });
    if (!(await promise)) signal.throwIfAborted();
  }
}
