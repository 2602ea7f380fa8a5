// watch: how a list is asked for. As a stream where the server offers that (WatchList, on since 1.34), which costs both
// sides the least; in pages once that has not worked, and in bigger ones when a page came too late to be consistent.
import type { Clock } from '../time/clock.js';

export type ListMode = { readonly how: 'stream' } | { readonly how: 'pages'; readonly limit: number };

/** Why streaming was given up. */
export type Demotion =
  /** 400 or 422: this server does not stream lists, or not this resource's. */
  | 'not_offered'
  /** No line came for 30 s before the list was complete (antrea#8140: the last bookmark may never come). */
  | 'no_progress'
  /** Twice, the stream ended before the list was complete (kubernetes#134837). */
  | 'closed_early'
  /** 410 right after the list was complete: what it ended with was too old already (kubernetes#129197). */
  | 'gone_at_once';

const PAGES = [500, 1_000, 2_000, 10_000] as const; // 500 as in client-go's pager
const STICKY_MS = 6 * 3_600_000;

export class ListModes {
  readonly #clock: Clock;
  #closedEarly = 0;
  #pages: { readonly untilMs: number; readonly size: number } | undefined;

  constructor(clock: Clock, { pagesOnly }: { readonly pagesOnly: boolean }) {
    this.#clock = clock;
    if (pagesOnly) this.#pages = { untilMs: Number.POSITIVE_INFINITY, size: 0 };
  }

  get current(): ListMode {
    if (this.#pages !== undefined && this.#clock.monotonicMs() >= this.#pages.untilMs) this.#pages = undefined;
    return this.#pages === undefined ? { how: 'stream' } : { how: 'pages', limit: PAGES[this.#pages.size] ?? 0 };
  }

  /** @returns whether streaming is given up, for six hours, because of this */
  streamFailed(why: Demotion): boolean {
    if (this.current.how === 'pages') return false;
    if (why === 'closed_early' && ++this.#closedEarly < 2) return false; // a restart of the server does that too
    this.#closedEarly = 0;
    this.#pages = { untilMs: this.#clock.monotonicMs() + STICKY_MS, size: 0 };
    return true;
  }

  /** The list grew too old while its pages were read: fewer and bigger ones from now on. */
  pagesTooSlow(): void {
    if (this.#pages !== undefined)
      this.#pages = { ...this.#pages, size: Math.min(this.#pages.size + 1, PAGES.length - 1) };
  }
}
