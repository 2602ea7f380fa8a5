// events: what happens again and again is one Event with a count (client-go's tools/events: 6 min), and an object that
// gives rise to too many is not listened to for a while (client-go's tools/record: 25, then one in 5 minutes). Both
// together are in no client that was looked at.
import { TokenBucket } from '../queue/rate-limiter.js';
import { type EventInput, eventName } from './event.js';

export interface Series {
  readonly event: EventInput;
  readonly name: string;
  count: number;
  lastMs: number;
  /** The count that the API server knows; 0 = it has not been made. */
  written: number;
}

const SERIES_MS = 6 * 60_000;
const REMEMBERED = 4096; // of client-go's LRU
const BURST = 25;
const PER_SECOND = 1 / 300;

/** Keeps what was used last. */
class Recent<V> {
  readonly #values = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#values.set(key, value);
    const [oldest] = this.#values.size > REMEMBERED ? this.#values.keys() : [];
    if (oldest !== undefined) this.#values.delete(oldest);
  }
}

export class SeriesBook {
  readonly #series = new Recent<Series>();
  readonly #buckets = new Recent<TokenBucket>();
  readonly #monotonicMs: () => number;
  readonly #unique: () => string;

  constructor(monotonicMs: () => number, unique: () => string) {
    this.#monotonicMs = monotonicMs;
    this.#unique = unique;
  }

  /** @returns the series that this is part of; undefined where its object has given rise to too many */
  note(event: EventInput): Series | undefined {
    const nowMs = this.#monotonicMs();
    const { regarding, type, reason, action } = event;
    const key = [regarding.uid, regarding.kind, regarding.namespace, regarding.name, type, reason, action].join('\n');
    if (!this.#isHeard(event)) return undefined;
    const known = this.#series.get(key);
    if (known !== undefined && nowMs - known.lastMs < SERIES_MS) {
      known.count++;
      known.lastMs = nowMs;
      return known;
    }
    const name = eventName(event, [key, this.#unique()]);
    const series: Series = { event, name, count: 1, lastMs: nowMs, written: 0 };
    this.#series.set(key, series);
    return series;
  }

  #isHeard({ regarding: { uid, namespace, name, kind } }: EventInput): boolean {
    const key = [uid, kind, namespace, name].join('\n');
    const known = this.#buckets.get(key);
    const bucket = known ?? new TokenBucket({ burst: BURST, perSecond: PER_SECOND }, this.#monotonicMs);
    if (known === undefined) this.#buckets.set(key, bucket);
    return bucket.take();
  }
}
