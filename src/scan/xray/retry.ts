// scan/xray: whether a failed request is worth another try, and after what pause. Pure.
import type { XrayError, XrayErrorCode } from './xray-error.js';

const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 200;
/** Who is told to wait longer than this gives the error back: the poller waits better than a request does. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * @param attempt 1 for the first
 * @param random from 0 to 1: full jitter, so that replicas do not come back in step
 * @returns how long to wait, or undefined: give up
 */
export function pauseBeforeRetry(error: XrayError, attempt: number, random: number): number | undefined {
  if (attempt >= MAX_TRIES || !isWorthAnother(error)) return undefined;
  const pauseMs = error.retryAfterMs ?? random * FIRST_PAUSE_MS * 2 ** attempt;
  return pauseMs > LONGEST_PAUSE_MS ? undefined : pauseMs;
}

// What is answered with 4xx is answered the same again; a batch that took too long is asked in halves instead.
const worthAnother: ReadonlySet<XrayErrorCode> = new Set(['Unreachable', 'RateLimited', 'ServerError']);

function isWorthAnother({ code, status }: XrayError): boolean {
  return worthAnother.has(code) && status !== 504;
}

/** Says that Xray is in trouble, not that we are: what opens the circuit. */
export function isServersTrouble({ code }: XrayError): boolean {
  return code === 'Unreachable' || code === 'TimedOut' || code === 'ServerError';
}
