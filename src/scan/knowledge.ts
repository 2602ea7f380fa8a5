// scan: what is known of one digest. Filled by the store beside this file, read by evaluate.
import type { ImageFacts } from './finding.js';

/**
 * Not knowing is a state of its own, never "unscanned" and never "clean" (DESIGN 4.1).
 *
 * - `scanned`: facts as Xray gave them at `at`. They stay in force when Xray fails or forgets; `stale` then says why
 *   they could not be confirmed since.
 * - `unscanned`: Xray answered, and has no data of this digest.
 * - `notAsked`: the question is on its way.
 * - `unavailable`: Xray could not be asked, and nothing was known before.
 */
export type Knowledge =
  | { readonly state: 'scanned'; readonly facts: ImageFacts; readonly at: Date; readonly stale?: string }
  | { readonly state: 'unscanned'; readonly at: Date }
  | { readonly state: 'notAsked' }
  | { readonly state: 'unavailable'; readonly why: string };

export const notAsked: Knowledge = { state: 'notAsked' };
