// plan: which workloads were newly stopped without approval within the sliding window. One that is back counts on until its
// time is over, and counts once however often it was stopped. It knows no clock: the time comes with each question.
import type { Asker } from '../api/v1alpha1/types.js';

export interface CountedStop {
  readonly namespace: string;
  readonly asker: Asker;
  readonly atMs: number;
  /** False: let go, and not carried out yet. */
  readonly isDone: boolean;
}

export class BrakeStops {
  readonly #windowMs: number;
  /** The oldest first. */
  readonly #stops = new Map<string, CountedStop>();
  readonly #ofTeams = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get size(): number {
    return this.#stops.size;
  }

  get(key: string): CountedStop | undefined {
    return this.#stops.get(key);
  }

  /** Of a namespace, those that only its own policies asked for. */
  ofTeam(namespace: string): number {
    return this.#ofTeams.get(namespace) ?? 0;
  }

  put(key: string, stop: CountedStop): void {
    this.drop(key);
    this.#stops.set(key, stop);
    this.#count(stop, 1);
  }

  drop(key: string): void {
    const stop = this.#stops.get(key);
    if (stop === undefined) return;
    this.#stops.delete(key);
    this.#count(stop, -1);
  }

  /** Forgets what is older than the window. @returns whether there was any */
  slideTo(nowMs: number): boolean {
    const before = this.#stops.size;
    for (const [key, { atMs }] of this.#stops) {
      if (atMs + this.#windowMs > nowMs) break;
      this.drop(key);
    }
    return this.#stops.size < before;
  }

  /** When the oldest leaves the window. */
  nextEndMs(): number | undefined {
    const [oldest] = this.#stops.values();
    return oldest === undefined ? undefined : oldest.atMs + this.#windowMs;
  }

  #count({ asker, namespace }: CountedStop, by: 1 | -1): void {
    if (asker === 'Platform') return;
    const count = this.ofTeam(namespace) + by;
    if (count === 0) this.#ofTeams.delete(namespace);
    else this.#ofTeams.set(namespace, count);
  }
}
