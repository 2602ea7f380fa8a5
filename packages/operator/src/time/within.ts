// time: waiting that ends, whatever is waited for.
import type { Clock } from './clock.js';

/** @returns whether `work` ended within that time; what it threw is its owner's to look at */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => false,
    () => true,
  );
  const ended = await Promise.race([Promise.allSettled([work]).then(() => true), late]);
  done.abort(new Error('ended'));
  await late;
  return ended;
}

/** A promise of the signal's abort that leaves nothing behind on the signal. */
export function aborted(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const listener = (): void => {
    resolve(undefined);
  };
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  return {
    promise,
    forget: () => {
      signal.removeEventListener('abort', listener);
    },
  };
}
