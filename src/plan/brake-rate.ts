// plan: how fast workloads are stopped: each gets its turn. A burst of one minute's worth may go at once, then they go evenly
// (a token bucket, kept as the one time at which it would be full again). Pure: the time comes with each question.

export interface Rate {
  readonly perMinute: number;
}

/** When, in milliseconds, the turns that were given out are paid back; 0 at first. */
export type Owed = number;

/** @returns the time of the turn, which is now or later */
export function takeTurn(
  owed: Owed,
  nowMs: number,
  { perMinute }: Rate,
): { readonly owed: Owed; readonly turnMs: number } {
  const everyMs = 60_000 / perMinute;
  const burstMs = 60_000 - everyMs;
  const after = Math.max(owed, nowMs);
  return { owed: after + everyMs, turnMs: Math.max(nowMs, after - burstMs) };
}
