import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exponentialBackOff, WorkQueue } from '../../../src/queue/work-queue.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

test('a key that is added twice is worked on once', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('a');
  queue.add('a');
  expect(queue.depth).toBe(1);
  expect(await queue.take()).toBe('a');
  expect(queue.depth).toBe(0);
  queue.close();
});

test('a key that is added during its work comes again afterwards, and never at the same time', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('a');
  await queue.take();
  queue.add('a');
  expect(queue.depth).toBe(0);
  queue.done('a');
  expect(await queue.take()).toBe('a');
  queue.close();
});

test('a live change goes before what the first list brought', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('listed', { priority: -100 });
  queue.add('changed');
  expect([await queue.take(), await queue.take()]).toEqual(['changed', 'listed']);
  queue.close();
});

test('of several delays the earliest counts, and no timer outlives the queue', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  queue.add('a', { afterMs: 1_000 });
  queue.add('a', { afterMs: 100 });
  queue.add('a', { afterMs: 500 });
  clock.advance(99);
  expect(queue.depth).toBe(0);
  clock.advance(1);
  expect(await queue.take()).toBe('a');
  queue.add('b', { afterMs: 10 });
  queue.close();
  expect(clock.pending).toBe(0);
});

test('closing lets every waiting worker go', async () => {
  const queue = new WorkQueue(new FakeClock());
  const waiting = [queue.take(), queue.take()];
  queue.close();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
});

test('no key is in work twice, and no addition is lost, whatever the order', async () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'take', 'done'), fc.constantFrom('a', 'b', 'c')));
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const queue = new WorkQueue(new FakeClock());
      const working = new Set<string>();
      const owed = new Set<string>();
      for (const [step, key] of all) {
        if (step === 'add') {
          queue.add(key);
          owed.add(key);
        } else if (step === 'take' && queue.depth > 0) {
          const taken = (await queue.take()) ?? '';
          expect(working.has(taken)).toBe(false);
          working.add(taken);
          owed.delete(taken);
        } else if (step === 'done' && working.delete(key)) queue.done(key);
      }
      for (const key of working) queue.done(key);
      expect(queue.depth).toBe(owed.size);
      queue.close();
    }),
  );
});

test('a key that fails waits twice as long each time, up to the cap, and starts anew once it succeeds', () => {
  const backOff = exponentialBackOff(() => 0);
  expect([1, 2, 3].map(() => backOff.failed('a'))).toEqual([5, 10, 20]);
  for (let i = 0; i < 40; i++) backOff.failed('a');
  expect(backOff.failed('a')).toBe(1_000_000);
  expect(backOff.failed('b')).toBe(5);
  backOff.forget('a');
  expect(backOff.failed('a')).toBe(5);
});
