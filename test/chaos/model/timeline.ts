// chaos/model: how something was over time, so that it can be asked what an observer who lags behind may still believe.

export class Timeline<T> {
  readonly #versions: { readonly fromMs: number; readonly value: T }[];

  constructor(first: T) {
    this.#versions = [{ fromMs: Number.NEGATIVE_INFINITY, value: first }];
  }

  set(value: T, atMs: number): void {
    this.#versions.push({ fromMs: atMs, value });
  }

  get now(): T {
    return this.#last.value;
  }

  /** Every value that it had at some time from then to then, the oldest first. */
  during(fromMs: number, toMs: number): readonly T[] {
    return this.#versions.flatMap(({ fromMs: begins, value }, i) => {
      const ends = this.#versions[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return begins <= toMs && ends >= fromMs ? [value] : [];
    });
  }

  /** When it first had such a value; undefined = never. */
  firstMs(isSuch: (value: T) => boolean): number | undefined {
    return this.#versions.find(({ value }) => isSuch(value))?.fromMs;
  }

  /** Since when it has been such without a break, up to that time: itself, if it is not such then. */
  heldSinceMs(isSuch: (value: T) => boolean, atMs: number): number {
    let sinceMs = atMs;
    for (const { fromMs, value } of this.#versions.toReversed()) {
      if (fromMs > atMs) continue;
      if (!isSuch(value)) return sinceMs;
      sinceMs = fromMs;
    }
    return sinceMs;
  }

  /** The values before that time, the newest first. */
  before(atMs: number): readonly T[] {
    return this.#versions.flatMap(({ fromMs, value }) => (fromMs < atMs ? [value] : [])).reverse();
  }

  get #last(): { readonly value: T } {
    const last = this.#versions.at(-1);
    if (last === undefined) throw new Error('a timeline begins with a value');
    return last;
  }
}

/** When it is not certain that somebody who watches sees what is there: faults, each with how long it goes on to be felt. */
export class Troubles {
  readonly #all: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #usualLagMs: number;
  readonly #feltForMs: number;

  constructor(usualLagMs: number, feltForMs: number) {
    this.#usualLagMs = usualLagMs;
    this.#feltForMs = feltForMs;
  }

  add(fromMs: number, forMs: number): void {
    this.#all.push({ fromMs, toMs: fromMs + forMs + this.#feltForMs });
  }

  /** No fault is felt at that time. */
  isCalm(atMs: number): boolean {
    return this.knownBefore(atMs) >= atMs - this.#usualLagMs;
  }

  /** Whoever acts at that time knows all that was so before this one. */
  knownBefore(atMs: number): number {
    let known = atMs - this.#usualLagMs;
    for (const { fromMs, toMs } of this.#all.toSorted((a, b) => b.fromMs - a.fromMs))
      if (toMs >= known && fromMs <= atMs) known = Math.min(known, fromMs - this.#usualLagMs);
    return known;
  }
}
