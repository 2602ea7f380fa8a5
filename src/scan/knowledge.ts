// scan: what is known of one digest. Filled by the store beside this file, read by evaluate.
import type { Answer, Completeness, ImageFacts, ScanProgress } from './finding.js';

/**
 * Not knowing is a state of its own, never "unscanned" and never "clean" (DESIGN 4.1).
 *
 * - `scanned`: facts as Xray gave them at `at`. They stay in force when Xray fails or forgets; `stale` then says why
 *   they could not be confirmed since. `remembered`: they come from the workload's result, which does not hold them all;
 *   `unconfirmed`: and Xray has not been asked since, so what is missing may be anything.
 * - `unscanned`: Xray answered, and has no data of this digest; `progress` says how far it is, where it can tell.
 * - `notAsked`: the question is on its way.
 * - `unavailable`: nobody could be asked, and nothing was known before.
 */
export type Knowledge =
  | {
      readonly state: 'scanned';
      readonly facts: ImageFacts;
      readonly at: Date;
      readonly stale?: string;
      readonly completeness?: Completeness;
      readonly remembered?: true;
      readonly unconfirmed?: true;
    }
  | { readonly state: 'unscanned'; readonly at: Date; readonly progress?: ScanProgress }
  | { readonly state: 'notAsked' }
  | { readonly state: 'unavailable'; readonly why: string };

export const notAsked: Knowledge = { state: 'notAsked' };

/** What a workload's result kept of an image over a restart. */
export interface Remembered {
  readonly facts: ImageFacts;
  readonly at: Date;
}

const FORGOTTEN = 'Xray no longer has data of this image';

/** Xray forgets scans after its retention; facts once known stay in force with their age (DESIGN 4.11). */
export function afterAnswer(
  before: Knowledge,
  answer: Answer,
  remembered: Remembered | undefined,
  now: Date,
): Knowledge {
  switch (answer.state) {
    case 'scanned':
      return { state: 'scanned', facts: answer.facts, completeness: answer.completeness, at: now };
    case 'unscanned':
      return (
        confirmed(kept(before, remembered, FORGOTTEN)) ?? { state: 'unscanned', at: now, progress: answer.progress }
      );
    case 'unresolved':
      return kept(before, remembered, answer.why) ?? { state: 'unavailable', why: answer.why };
  }
}

/** Xray could not be asked: facts stay in force, with the reason; where nothing was known it is said so. */
export function afterFailure(before: Knowledge, why: string, remembered: Remembered | undefined): Knowledge {
  const facts = kept(before, remembered, why);
  if (facts !== undefined) return facts;
  return before.state === 'unscanned' ? before : { state: 'unavailable', why };
}

function kept(before: Knowledge, remembered: Remembered | undefined, stale: string): Knowledge | undefined {
  if (before.state === 'scanned') return { ...before, stale };
  if (remembered === undefined) return undefined;
  return { state: 'scanned', facts: remembered.facts, at: remembered.at, stale, remembered: true, unconfirmed: true };
}

/** Xray has nothing more to say of it: more than what is remembered will never be known. */
function confirmed(knowledge: Knowledge | undefined): Knowledge | undefined {
  if (knowledge?.state !== 'scanned') return knowledge;
  const { unconfirmed, ...rest } = knowledge;
  return unconfirmed === undefined ? knowledge : rest;
}

/** The time of the answer alone is no news. */
export function saysTheSame(a: Knowledge, b: Knowledge): boolean {
  return JSON.stringify({ ...a, at: undefined }) === JSON.stringify({ ...b, at: undefined });
}
