// cli/dashboard: tells one page of what changes, as server-sent events, no faster than the page takes them.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '@dot-kube/operator';
import type { Subscription } from './board.js';

/** What changes meanwhile is told together. */
const PACE_MS = 250;
/** Something comes at least so often, so that a page can tell a quiet cluster from a dead connection. */
const BEAT_MS = 10_000;

/** Resolves when the page has gone, or `signal` aborts. */
export async function streamUpdates(
  response: ServerResponse,
  subscription: Subscription,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => {
    left.abort(new Error('the page has gone'));
  });
  const end = AbortSignal.any([signal, left.signal]);
  try {
    while (!end.aborted) {
      const update = subscription.take();
      const text = update === undefined ? ': still here\n\n' : `data: ${JSON.stringify(update)}\n\n`;
      if (!response.write(text)) await once(response, 'drain', { signal: end });
      await clock.sleep(PACE_MS, end);
      await changedOrBeat(subscription, clock, end);
    }
  } catch (error) {
    if (!end.aborted) throw error;
  } finally {
    subscription.close();
    response.end();
  }
}

async function changedOrBeat({ changed }: Subscription, clock: Clock, end: AbortSignal): Promise<void> {
  const done = new AbortController();
  const beat = clock.sleep(BEAT_MS, AbortSignal.any([end, done.signal]));
  try {
    await Promise.race([changed, beat]);
  } finally {
    done.abort(new Error('the wait is over'));
    await Promise.allSettled([beat]);
  }
}
