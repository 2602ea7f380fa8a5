// client: which refusals are worth another try, and when.
import type { KubeApiError } from './api-error.js';

const MAX_ASKED = 10; // tries where the server says when to come back, as in client-go
const MAX_LOST = 3;
const LONGEST_TOTAL_MS = 60_000;
const FIRST_PAUSE_MS = 100;

export interface Attempt {
  /** How many have failed, this one too. */
  readonly failures: number;
  /** Since the first of them began. */
  readonly spentMs: number;
  /** Doing it twice is the same as doing it once: reading, and server-side apply. */
  readonly repeatable: boolean;
}

/**
 * Where the server says when to come back, nothing was done yet, so anything may be sent again (client-go's rule).
 * After a lost connection or a fault nobody knows, and only what may be done twice is.
 *
 * @returns how long to wait, in milliseconds, or undefined where another try is of no use
 */
export function pauseBeforeRetry(
  { status, retryAfterMs }: KubeApiError,
  { failures, spentMs, repeatable }: Attempt,
  random: () => number,
): number | undefined {
  const most = retryAfterMs === undefined ? triesOf(status, repeatable) : triesWhereAsked(status);
  if (failures >= most) return undefined;
  const pauseMs = retryAfterMs ?? random() * FIRST_PAUSE_MS * 2 ** failures;
  return spentMs + pauseMs > LONGEST_TOTAL_MS ? undefined : pauseMs;
}

function triesWhereAsked(status: number): number {
  return status === 429 || status >= 500 ? MAX_ASKED : 0;
}

function triesOf(status: number, repeatable: boolean): number {
  if (status === 429) return MAX_LOST;
  return repeatable && (status === 0 || status >= 500) ? MAX_LOST : 0;
}
