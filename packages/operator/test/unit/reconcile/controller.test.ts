import { afterEach, describe, expect, test } from '@jest/globals';
import { retryLimiter } from '../../../src/queue/rate-limiter.js';
import { Controller, type KeyReconciler, type PassLimits } from '../../../src/reconcile/controller.js';
import { TerminalError } from '../../../src/reconcile/result.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';

interface Running {
  readonly controller: Controller;
  readonly clock: FakeClock;
  readonly heard: string[];
  readonly abort: AbortController;
  readonly stop: () => Promise<void>;
}

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function run(reconcile: KeyReconciler, limits: Partial<PassLimits> = {}): Running {
  const clock = new FakeClock();
  const heard: string[] = [];
  const controller = new Controller('c', { concurrency: 2, timeoutMs: 60_000, ...limits }, reconcile, {
    clock,
    log: silentLogger,
    limiter: retryLimiter(
      {},
      () => clock.monotonicMs(),
      () => 0,
    ),
    passes: {
      passed: (outcome) => heard.push(outcome),
      timedOut: () => heard.push('timed out'),
      programFault: () => heard.push('fault'),
      retried: () => heard.push('retried'),
    },
    queue: { added: () => undefined, taken: () => undefined, worked: () => undefined },
  });
  const stopping = new AbortController();
  const abort = new AbortController();
  const ended = controller.run({ stop: stopping.signal, abort: abort.signal });
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stop'));
    abort.abort(new Error('abort'));
    await ended;
  };
  stops.push(stop);
  return { controller, clock, heard, abort, stop };
}

async function hears(heard: readonly string[], ...expected: string[]): Promise<void> {
  await eventually(() => {
    expect(heard).toEqual(expected);
  });
}

describe('what may come of a pass', () => {
  test('nothing: it waits for a change', async () => {
    const { controller, clock, heard } = run(async () => ({}));
    controller.enqueue('a');
    await hears(heard, 'success');
    expect(clock.pending).toBe(0);
  });

  test('requeueAfterMs: it is looked at again then', async () => {
    const { controller, clock, heard } = run(async () => ({ requeueAfterMs: 5_000 }));
    controller.enqueue('a');
    await hears(heard, 'requeue_after');
    clock.advance(4_999);
    await hears(heard, 'requeue_after');
    clock.advance(1);
    await hears(heard, 'requeue_after', 'requeue_after');
  });

  test('requeueAfterMs that is no number: an error, and no pass after the other without a pause', async () => {
    let passes = 0;
    const { controller, clock, heard } = run(async () => (passes++ === 0 ? { requeueAfterMs: Number.NaN } : {}));
    controller.enqueue('a');
    await hears(heard, 'fault', 'retried', 'error');
    clock.advance(5);
    await hears(heard, 'fault', 'retried', 'error', 'success');
  });

  test('an error: tried again, slower each time, and anew after a success', async () => {
    let fails = true;
    const { controller, clock, heard } = run(async () => {
      if (fails) throw new Error('not yet');
      return {};
    });
    controller.enqueue('a');
    await hears(heard, 'retried', 'error');
    clock.advance(5);
    await hears(heard, 'retried', 'error', 'retried', 'error');
    fails = false;
    clock.advance(9);
    expect(heard).toHaveLength(4);
    clock.advance(1);
    await hears(heard, 'retried', 'error', 'retried', 'error', 'success');
  });

  test('a TerminalError: not tried again', async () => {
    const { controller, clock, heard } = run(async () => {
      throw new TerminalError('never');
    });
    controller.enqueue('a');
    await hears(heard, 'terminal_error');
    expect(clock.pending).toBe(0);
  });

  test.each<[string, KeyReconciler]>([
    [
      'thrown before the first await',
      async ({ key }) => {
        if (key === 'bad') throw new TypeError('x is not a function');
        return Promise.resolve({});
      },
    ],
    [
      'thrown after it',
      async ({ key }) => {
        await Promise.resolve();
        if (key === 'bad') throw new TypeError('x is not a function');
        return {};
      },
    ],
  ])('a fault of the program, %s, takes no other pass down', async (_, reconcile) => {
    const { controller, heard } = run(reconcile, { concurrency: 1 });
    controller.enqueue('bad');
    controller.enqueue('good');
    await hears(heard, 'fault', 'retried', 'error', 'success');
  });
});

test('passes under way count as undecided until they say otherwise: only the last of them finds that all is decided', async () => {
  const left: number[] = [];
  const { controller, heard } = run(
    async ({ key, decided }) => {
      for (const tick of key) await Promise.resolve(tick); // they overtake each other
      decided();
      left.push(controller.undecided());
      await Promise.resolve();
      return {};
    },
    { concurrency: 3 },
  );
  for (const key of ['aaaa', 'bbb', 'cc', 'd', 'eeeeee']) controller.enqueue(key);
  await eventually(() => {
    expect(heard).toHaveLength(5);
  });
  expect(left).toEqual([4, 3, 2, 1, 0]);
});

test('a pass that begins in the moment in which all have to end is told so, too', async () => {
  const seen: boolean[] = [];
  const { controller, abort } = run(async ({ signal }) => {
    seen.push(signal.aborted);
    return {};
  });
  await Promise.resolve(); // the workers wait for a key
  controller.enqueue('a');
  abort.abort(new Error('lost'));
  await eventually(() => {
    expect(seen).toEqual([true]);
  });
});

test('as many keys are worked on at once as there may be, and no more', async () => {
  const go = Promise.withResolvers<undefined>();
  let most = 0;
  const { controller, heard } = run(
    async () => {
      most = Math.max(most, controller.activePasses);
      await go.promise;
      return {};
    },
    { concurrency: 3 },
  );
  for (const key of ['a', 'b', 'c', 'd', 'e']) controller.enqueue(key);
  await eventually(() => {
    expect(controller.activePasses).toBe(3);
  });
  go.resolve(undefined);
  await hears(heard, ...Array.from({ length: 5 }, () => 'success'));
  expect(most).toBe(3);
});

test('a pass that takes too long is told so, and keeps its key until it has ended', async () => {
  const end = Promise.withResolvers<undefined>();
  let passes = 0;
  const reasons: unknown[] = [];
  const { controller, clock, heard } = run(
    async ({ signal }) => {
      if (++passes > 1) return {};
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      await end.promise;
      return {};
    },
    { timeoutMs: 1_000 },
  );
  controller.enqueue('a');
  await eventually(() => {
    expect(controller.activePasses).toBe(1);
  });
  clock.advance(1_000);
  expect(heard).toEqual(['timed out']);
  expect(String(reasons[0])).toContain('took longer than 1000 ms');
  controller.enqueue('a');
  await Promise.resolve();
  expect(passes).toBe(1);
  end.resolve(undefined);
  await hears(heard, 'timed out', 'success', 'success');
});

test('passes under way may end when the operator stops, and must when it leads no more', async () => {
  const seen: string[] = [];
  const { controller, abort } = run(
    async ({ key, signal }) =>
      new Promise((resolve) => {
        seen.push(`${key} begins`);
        signal.addEventListener('abort', () => {
          seen.push(`${key}: ${String(signal.reason)}`);
          resolve({});
        });
      }),
    { concurrency: 1 },
  );
  controller.enqueue('a');
  controller.enqueue('b');
  await eventually(() => {
    expect(seen).toEqual(['a begins']);
  });
  abort.abort(new Error('lost'));
  await eventually(() => {
    expect(controller.activePasses).toBe(0);
  });
  expect(seen).toEqual(['a begins', 'a: Error: lost']);
});
