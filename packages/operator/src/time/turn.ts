// time: lets everything else that waits in the event loop have its turn.

const LONGEST_TURN_MS = 10;

/** Between two pieces of a long work: keeps the event loop from being held longer than some milliseconds. */
export class Turns {
  #sinceMs = performance.now();

  /** Cheap, and most of the time at once. */
  async next(): Promise<void> {
    if (performance.now() - this.#sinceMs < LONGEST_TURN_MS) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.#sinceMs = performance.now();
  }

  get isOver(): boolean {
    return performance.now() - this.#sinceMs >= LONGEST_TURN_MS;
  }
}
