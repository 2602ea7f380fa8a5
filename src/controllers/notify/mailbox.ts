// controllers: what waits to be told to one receiver: gathered, so that one change is one message; sent at a limited rate; tried
// again ever more slowly. Nobody waits for it, and it is bounded: news of a workload takes the place of older news of it.
import { isDeepStrictEqual } from 'node:util';
import type { NotifyEvent } from '../../api/v1alpha1/types.js';
import type { WorkloadNews } from '../../report/notify/notification.js';

export interface Pace {
  /** News wait so long for more of their kind. */
  readonly gatherMs: number;
  /** Between two messages, at least. */
  readonly spacingMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

/** News, and what the receiver knows once it is told. */
export interface Letter {
  readonly news: WorkloadNews;
  readonly told: readonly string[];
}

const MOST_WAITING = 5_000;

export class Mailbox {
  readonly #pace: Pace;
  readonly #waiting = new Map<string, Letter>();
  #dueAtMs = Number.POSITIVE_INFINITY;
  #notBeforeMs = 0;
  #failures = 0;
  /** Something of it is on its way. */
  isBusy = false;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false: there is no room for it */
  put(result: string, letter: Letter, nowMs: number): boolean {
    if (!this.#waiting.has(result) && this.#waiting.size >= MOST_WAITING) return false;
    if (this.#waiting.size === 0) this.#dueAtMs = nowMs + this.#pace.gatherMs;
    // The same news again may be on its way: whoever sent them is to know them when they have arrived.
    if (!isDeepStrictEqual(this.#waiting.get(result), letter)) this.#waiting.set(result, letter);
    return true;
  }

  /** It is not so any more. */
  drop(result: string): void {
    this.#waiting.delete(result);
  }

  isDue(nowMs: number): boolean {
    return this.#waiting.size > 0 && nowMs >= Math.max(this.#dueAtMs, this.#notBeforeMs);
  }

  /** What waits, by event: each is a message of its own. */
  byEvent(): ReadonlyMap<NotifyEvent, ReadonlyMap<string, Letter>> {
    const groups = new Map<NotifyEvent, Map<string, Letter>>();
    for (const [result, letter] of this.#waiting) {
      const { event } = letter.news;
      groups.set(event, (groups.get(event) ?? new Map<string, Letter>()).set(result, letter));
    }
    return groups;
  }

  sent(letters: ReadonlyMap<string, Letter>, nowMs: number): void {
    for (const [result, letter] of letters) if (this.#waiting.get(result) === letter) this.#waiting.delete(result);
    this.#failures = 0;
    this.#notBeforeMs = nowMs + this.#pace.spacingMs;
  }

  /** @param retryAfterMs what the receiver asks for */
  failed(nowMs: number, retryAfterMs: number): void {
    const { firstRetryMs, lastRetryMs } = this.#pace;
    const backOffMs = Math.min(firstRetryMs * 2 ** Math.min(this.#failures++, 20), lastRetryMs);
    this.#notBeforeMs = nowMs + Math.max(backOffMs, retryAfterMs);
  }
}
