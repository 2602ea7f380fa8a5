// time: the only door to wall time, the monotonic clock and timers. Everybody else takes a Clock as an argument.

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time, for people and for timestamps. */
  now(): Date;
  /** Milliseconds that only ever grow, for durations. */
  monotonicMs(): number;
  /** @throws the signal's reason when it aborts first */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  timer(ms: number, fire: () => void): Timer;
}

// setTimeout fires at once when asked for more (Node.js timers, 2^31 - 1 ms).
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(reasonOf(signal));
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timeout);
        reject(reasonOf(signal));
      };
      const timeout = setTimeout(
        () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(ms, LONGEST_TIMER_MS),
      );
      signal.addEventListener('abort', onAbort, { once: true });
    }),
  timer: (ms, fire) => {
    const timeout = setTimeout(fire, Math.min(ms, LONGEST_TIMER_MS));
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
