// plan: which workloads are to be stopped and were not let go yet, and which come due soon. Counted as they come and go.
import type { Asker } from '../api/v1alpha1/types.js';

export interface Want {
  readonly namespace: string;
  readonly askers: ReadonlySet<Asker>;
  /** The policies that ask. */
  readonly policies: ReadonlySet<string>;
  /** When it is to be stopped: now, or at the end of a grace period. */
  readonly dueMs: number;
  /** Since when it is to be stopped; undefined while it is only coming. */
  readonly sinceMs: number | undefined;
}

/** What comes due within it counts already: grace periods of one wave do not end at the same second. */
const HORIZON_MS = 3_600_000;

/** Which wants are counted: all, those that the platform asks for, or those that a namespace's own policies ask for. */
export type Group = 'all' | 'Platform' | `Team ${string}`;

export class BrakeWants {
  readonly #wants = new Map<string, Want>();
  readonly #due = new Map<Group, number>();
  readonly #coming = new Map<Group, Set<Want>>();

  get(key: string): Want | undefined {
    return this.#wants.get(key);
  }

  /** Those that are to be stopped now. */
  *due(): Iterable<readonly [string, Want]> {
    for (const entry of this.#wants) if (entry[1].sinceMs !== undefined) yield entry;
  }

  *keysAskedBy(policy: string): Iterable<string> {
    for (const [key, { policies }] of this.#wants) if (policies.has(policy)) yield key;
  }

  put(key: string, want: Want): void {
    this.remove(key);
    this.#wants.set(key, want);
    for (const group of groupsOf(want)) {
      if (want.sinceMs !== undefined) this.#due.set(group, this.dueIn(group) + 1);
      else this.#coming.set(group, (this.#coming.get(group) ?? new Set()).add(want));
    }
  }

  /** @returns whether it was there */
  remove(key: string): boolean {
    const want = this.#wants.get(key);
    if (want === undefined) return false;
    this.#wants.delete(key);
    for (const group of groupsOf(want)) {
      if (want.sinceMs !== undefined) this.#noLongerDue(group);
      else this.#noLongerComing(group, want);
    }
    return true;
  }

  dueIn(group: Group): number {
    return this.#due.get(group) ?? 0;
  }

  /** How many there are, those that come soon included. Not told exactly beyond `enough`: it makes no difference there. */
  count(group: Group, nowMs: number, enough: number): number {
    const due = this.dueIn(group);
    const coming = this.#coming.get(group);
    if (due > enough || coming === undefined) return due;
    let count = due;
    for (const { dueMs } of coming) if (dueMs <= nowMs + HORIZON_MS) count++;
    return count;
  }

  #noLongerDue(group: Group): void {
    const left = this.dueIn(group) - 1;
    if (left === 0) this.#due.delete(group);
    else this.#due.set(group, left);
  }

  #noLongerComing(group: Group, want: Want): void {
    const coming = this.#coming.get(group);
    coming?.delete(want);
    if (coming?.size === 0) this.#coming.delete(group);
  }
}

function groupsOf({ askers, namespace }: Want): readonly Group[] {
  return ['all', ...[...askers].map((asker): Group => (asker === 'Platform' ? 'Platform' : `Team ${namespace}`))];
}
