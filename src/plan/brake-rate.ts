// plan: how fast workloads are stopped: each gets its turn. After a quiet time a burst may go at once, then they go evenly (a
// token bucket, kept as the one time at which it would be full again). Pure: the time comes with each question.

export interface Rate {
  readonly perMinute: number;
}

/** When, in milliseconds, the turns that were given out are paid back; 0 at first. */
export type Owed = number;

/**
 * How many may go at once: a fifth of a minute's worth, at least one. Each stop is some writes and the end of its pods, so a
 * whole minute's worth in one second is felt by everybody else who uses the API server; a few dozen are not.
 */
export function burstOf({ perMinute }: Rate): number {
  return Math.max(1, Math.floor(perMinute / 5));
}

/** @returns the time of the turn, which is now or later */
export function takeTurn(owed: Owed, nowMs: number, rate: Rate): { readonly owed: Owed; readonly turnMs: number } {
  const everyMs = 60_000 / rate.perMinute;
  const burstMs = (burstOf(rate) - 1) * everyMs;
  const after = Math.max(owed, nowMs);
  return { owed: after + everyMs, turnMs: Math.max(nowMs, after - burstMs) };
}
