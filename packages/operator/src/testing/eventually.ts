// testing: waits for a statement to hold, with a deadline; tests never sleep for a time.
import { systemClock } from '../time/clock.js';

export interface EventuallyOptions {
  /** 5 s by default. */
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/** Runs `assertion` until it stops throwing. @throws Error with what it threw last, once the deadline has passed */
export async function eventually<T>(assertion: () => Promise<T> | T, options: EventuallyOptions = {}): Promise<T> {
  const { withinMs = 5_000, everyMs = 20 } = options;
  const deadline = systemClock.monotonicMs() + withinMs;
  const never = new AbortController().signal;
  for (;;) {
    try {
      return await assertion();
    } catch (last) {
      if (systemClock.monotonicMs() + everyMs > deadline) {
        const why = last instanceof Error ? last.message : String(last);
        throw new Error(`not so within ${withinMs} ms: ${why}`, { cause: last });
      }
    }
    await systemClock.sleep(everyMs, never);
  }
}
