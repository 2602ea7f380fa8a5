// chaos/model: what must hold between the acts: what everybody must be asking for is done soon, and what nobody can be asking for any more
// is undone soon, and not only at rest.
import { keyOf } from '../story/world.js';
import { type AtRest, type Said, unlikeAsked } from './at-rest.js';
import type { Workload } from './workload.js';

/** Pods have told what they run by then, and controllers have seen what was written. */
const SOON_MS = 20_000;

export class Lateness {
  /** By uid, since when a workload has stood otherwise than it should, at each look. */
  readonly #sinceMs = new Map<string, number>();
  readonly #told = new Set<string>();

  /** @returns what has stood wrong for too long, each once */
  look(
    workloads: readonly Workload[],
    saidOf: (workload: Workload) => Said | undefined,
    at: Omit<AtRest, 'fail'>,
  ): readonly string[] {
    if (!at.model.isCalm(at.atMs)) {
      this.#sinceMs.clear();
      return [];
    }
    return workloads.flatMap((workload) => {
      const { uid, kind } = workload;
      // What a CronJob runs, its next Job tells. Who puts back what was stopped has the next stop wait, ever longer (docs/gitops.md).
      const mayWait = kind === 'CronJob' || at.audit.wasPutBack(uid);
      const wrong = mayWait ? undefined : unlikeAsked(workload, saidOf(workload), at);
      if (wrong === undefined) {
        this.#sinceMs.delete(uid);
        return [];
      }
      const sinceMs = this.#sinceMs.get(uid) ?? at.atMs;
      this.#sinceMs.set(uid, sinceMs);
      if (at.atMs - sinceMs < SOON_MS || this.#told.has(uid)) return [];
      this.#told.add(uid);
      return [
        `${(at.atMs / 1_000).toFixed(3)} s: ${keyOf(workload)} is late since ${(sinceMs / 1_000).toFixed(3)} s: ${wrong}`,
      ];
    });
  }
}
