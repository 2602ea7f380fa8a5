// scan: the last answer for each digest that somebody runs. Knows who wants which digest, so that news reach exactly them.
import type { Digest } from '../workload/digest.js';
import type { Answer } from './finding.js';
import { type Knowledge, notAsked } from './knowledge.js';

interface Entry {
  knowledge: Knowledge;
  readonly wantedBy: Set<string>;
  /** When Xray was last asked, answered or not; undefined = never. */
  askedAt: Date | undefined;
}

export interface Asked {
  readonly digest: Digest;
  readonly askedAt: Date | undefined;
}

export interface KnowledgeCounts {
  readonly known: number;
  readonly unscanned: number;
  readonly stale: number;
}

export class ScanStore {
  readonly #entries = new Map<Digest, Entry>();
  readonly #wants = new Map<string, ReadonlySet<Digest>>();
  readonly #onNew: () => void;

  /** @param onNew called when a digest is wanted that was never asked for */
  constructor(onNew: () => void) {
    this.#onNew = onNew;
  }

  /** Says which digests a workload runs now; what nobody wants any more is forgotten. */
  want(workload: string, digests: ReadonlySet<Digest>): void {
    const before = this.#wants.get(workload) ?? new Set<Digest>();
    for (const digest of before.difference(digests)) this.#release(workload, digest);
    for (const digest of digests.difference(before)) this.#claim(workload, digest);
    if (digests.size === 0) this.#wants.delete(workload);
    else this.#wants.set(workload, digests);
  }

  knowledgeOf(digest: Digest): Knowledge {
    return this.#entries.get(digest)?.knowledge ?? notAsked;
  }

  asked(): readonly Asked[] {
    return [...this.#entries].map(([digest, { askedAt }]) => ({ digest, askedAt }));
  }

  counts(): KnowledgeCounts {
    const all = [...this.#entries.values()].map(({ knowledge }) => knowledge);
    return {
      known: all.filter(({ state }) => state === 'scanned').length,
      unscanned: all.filter(({ state }) => state === 'unscanned').length,
      stale: all.filter((knowledge) => knowledge.state === 'scanned' && knowledge.stale !== undefined).length,
    };
  }

  /** Keeps what Xray answered. @returns the workloads for which something changed */
  answered(answers: readonly Answer[], now: Date): ReadonlySet<string> {
    return this.#update(
      answers.map(({ digest }) => digest),
      now,
      (digest, before) => {
        const answer = answers.find((one) => one.digest === digest);
        return answer === undefined ? before : afterAnswer(before, answer, now);
      },
    );
  }

  /** Xray could not be asked: facts stay in force, with the reason; where nothing was known it is said so. */
  failed(digests: readonly Digest[], why: string, now: Date): ReadonlySet<string> {
    return this.#update(digests, now, (_, before) => afterFailure(before, why));
  }

  #update(
    digests: readonly Digest[],
    now: Date,
    next: (digest: Digest, before: Knowledge) => Knowledge,
  ): ReadonlySet<string> {
    const touched = digests.flatMap((digest) => {
      const entry = this.#entries.get(digest);
      if (entry === undefined) return [];
      const before = entry.knowledge;
      entry.knowledge = next(digest, before);
      entry.askedAt = now;
      return saysTheSame(before, entry.knowledge) ? [] : [...entry.wantedBy];
    });
    return new Set(touched);
  }

  #claim(workload: string, digest: Digest): void {
    const entry = this.#entries.get(digest);
    if (entry !== undefined) {
      entry.wantedBy.add(workload);
      return;
    }
    this.#entries.set(digest, { knowledge: notAsked, wantedBy: new Set([workload]), askedAt: undefined });
    this.#onNew();
  }

  #release(workload: string, digest: Digest): void {
    const entry = this.#entries.get(digest);
    entry?.wantedBy.delete(workload);
    if (entry?.wantedBy.size === 0) this.#entries.delete(digest);
  }
}

// Xray forgets scans after its retention; facts once known stay in force with their age (DESIGN 4.11).
function afterAnswer(before: Knowledge, answer: Answer, now: Date): Knowledge {
  if (answer.state === 'scanned') return { state: 'scanned', facts: answer.facts, at: now };
  if (before.state === 'scanned') return { ...before, stale: 'Xray no longer has data of this image' };
  return { state: 'unscanned', at: now };
}

function afterFailure(before: Knowledge, why: string): Knowledge {
  switch (before.state) {
    case 'scanned':
      return { ...before, stale: why };
    case 'unscanned':
      return before;
    case 'notAsked':
    case 'unavailable':
      return { state: 'unavailable', why };
  }
}

// The time of the answer alone is no news.
function saysTheSame(a: Knowledge, b: Knowledge): boolean {
  return JSON.stringify({ ...a, at: undefined }) === JSON.stringify({ ...b, at: undefined });
}
