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
  sleep: async (ms, signal) => sleepBy(systemClock, ms, signal),
  timer: (ms, fire) => {
    const timeout = setTimeout(fire, Math.min(ms, LONGEST_TIMER_MS));
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};

/** The sleep of a clock, made of its timer. @throws the signal's reason when it aborts first */
export async function sleepBy(clock: Pick<Clock, 'timer'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(reasonOf(signal));
    };
    const timer = clock.timer(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
