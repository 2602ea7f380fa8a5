import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WorkQueue } from '../../../src/queue/work-queue.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

test('a key that is added twice is worked on once', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('a');
  queue.add('a');
  expect(queue.depth).toBe(1);
  expect(await queue.take()).toMatchObject({ key: 'a' });
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
  expect(await queue.take()).toMatchObject({ key: 'a' });
  queue.close();
});

test('a key is undecided from when it is due until its work has decided, and again when it is added meanwhile', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('a');
  queue.add('b', { priority: -100 });
  queue.add('later', { afterMs: 1 });
  expect([queue.undecided(), queue.undecided(-100)]).toEqual([2, 1]);
  await queue.take();
  expect([queue.undecided(), queue.undecided(-100)]).toEqual([2, 1]);
  queue.decided('a');
  expect([queue.undecided(), queue.undecided(-100)]).toEqual([1, 0]);
  queue.add('a', { priority: -100 });
  expect([queue.undecided(), queue.undecided(-100)]).toEqual([2, 0]);
  queue.done('a');
  await queue.take();
  queue.done('b');
  expect(queue.undecided()).toBe(1);
  queue.close();
  expect(queue.undecided()).toBe(0);
});

test('a taker who has waited has not decided when he is given a key', async () => {
  const queue = new WorkQueue(new FakeClock());
  const taken = queue.take();
  queue.add('a');
  expect(queue.undecided()).toBe(1);
  await taken;
  expect(queue.undecided()).toBe(1);
  queue.close();
});

test('what brought a key during its work can be taken back, and nothing else with it', async () => {
  const queue = new WorkQueue(new FakeClock());
  const during = async (...steps: (() => void)[]): Promise<number> => {
    queue.add('a');
    await queue.take();
    for (const step of steps) step();
    queue.done('a');
    const { depth } = queue;
    if (depth > 0) {
      await queue.take();
      queue.done('a');
    }
    return depth;
  };
  const add = (cause?: string) => (): void => {
    queue.add('a', cause === undefined ? {} : { cause });
  };
  const takeBack = (cause: string) => (): void => {
    queue.takeBack('a', cause);
  };
  expect(await during(add('echo'), takeBack('echo'))).toBe(0);
  expect(await during(add('echo'), add('echo'), takeBack('echo'))).toBe(0);
  expect(await during(add('echo'), add('change'), takeBack('echo'))).toBe(1);
  expect(await during(add('echo'), add('change'), takeBack('echo'), takeBack('change'))).toBe(0);
  expect(await during(add('echo'), add(), takeBack('echo'))).toBe(1);
  expect(await during(add(), add('echo'), takeBack('echo'))).toBe(1);
  expect(await during(add('echo'), takeBack('another'))).toBe(1);
  expect(await during(takeBack('echo'), add('echo'))).toBe(1);
  expect(await during(...Array.from({ length: 20 }, (_, i) => add(`${i}`)), takeBack('0'))).toBe(1);
  queue.add('b', { cause: 'before the work' });
  queue.takeBack('b', 'before the work');
  expect(queue.depth).toBe(1);
  queue.close();
});

test('a live change goes before what the first list brought', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('listed', { priority: -100 });
  queue.add('changed');
  expect([await queue.take(), await queue.take()]).toMatchObject([{ key: 'changed' }, { key: 'listed' }]);
  queue.close();
});

test('a key keeps the highest of its priorities, and is told with it', async () => {
  const queue = new WorkQueue(new FakeClock());
  queue.add('first', { priority: -100 });
  queue.add('second', { priority: -100 });
  queue.add('second', { priority: 0 });
  queue.add('second', { priority: -100 });
  expect(queue.depths()).toEqual([
    [0, 1],
    [-100, 1],
  ]);
  expect([await queue.take(), await queue.take()]).toEqual([
    { key: 'second', priority: 0 },
    { key: 'first', priority: -100 },
  ]);
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
  expect(await queue.take()).toMatchObject({ key: 'a' });
  queue.add('b', { afterMs: 10 });
  queue.close();
  expect(clock.pending).toBe(0);
});

test('an addition without delay overtakes a delayed one', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  queue.add('a', { afterMs: 1_000, priority: -100 });
  queue.add('a');
  expect(await queue.take()).toEqual({ key: 'a', priority: 0 });
  queue.done('a');
  clock.advance(5_000);
  expect(queue.depth).toBe(0);
  queue.close();
});

test('closing lets every waiting worker go, and drops what waits', async () => {
  const queue = new WorkQueue(new FakeClock());
  const waiting = [queue.take(), queue.take()];
  queue.close();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  queue.add('late');
  expect(queue.depth).toBe(0);
  expect(await queue.take()).toBeUndefined();
});

test('the observer hears how long each key waited and was worked on', async () => {
  const clock = new FakeClock();
  const heard: string[] = [];
  const queue = new WorkQueue(clock, {
    added: () => heard.push('added'),
    taken: (seconds) => heard.push(`waited ${seconds}`),
    worked: (seconds) => heard.push(`worked ${seconds}`),
  });
  queue.add('a', { afterMs: 5_000 });
  clock.advance(5_000);
  clock.advance(2_000);
  await queue.take();
  clock.advance(3_000);
  expect(queue.workingSeconds()).toEqual([3]);
  queue.done('a');
  expect(heard).toEqual(['added', 'waited 2', 'worked 3']);
  queue.close();
});

type Step =
  | { readonly do: 'add'; readonly key: string; readonly priority: number; readonly afterMs: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly key: string }
  | { readonly do: 'advance'; readonly ms: number };

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('add' as const),
      key: keys,
      priority: fc.constantFrom(-100, 0, 7),
      afterMs: fc.constantFrom(0, 0, 10, 20, 30),
    }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const), key: keys }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(5, 10, 25) }),
  ),
  { maxLength: 60 },
);

interface Waiting {
  readonly priority: number;
  readonly dueMs: number;
}

/** The queue in its plainest form: every question is answered by looking at everything. */
class Model {
  readonly waiting = new Map<string, Waiting>();
  readonly working = new Set<string>();
  nowMs = 0;

  add(key: string, priority: number, afterMs: number): void {
    const dueMs = this.nowMs + afterMs;
    const before = this.waiting.get(key) ?? { priority, dueMs };
    this.waiting.set(key, {
      priority: Math.max(priority, before.priority),
      dueMs: Math.min(dueMs, before.dueMs),
    });
  }

  ready(): [string, Waiting][] {
    return [...this.waiting].filter(([key, { dueMs }]) => dueMs <= this.nowMs && !this.working.has(key));
  }

  /** The keys of which any may be given out: those of the highest priority. */
  next(): string[] {
    const ready = this.ready();
    const highest = Math.max(...ready.map(([, { priority }]) => priority));
    return ready.filter(([, { priority }]) => priority === highest).map(([key]) => key);
  }
}

async function carryOut(step: Step, queue: WorkQueue, model: Model, clock: FakeClock): Promise<void> {
  switch (step.do) {
    case 'add':
      queue.add(step.key, step);
      model.add(step.key, step.priority, step.afterMs);
      break;
    case 'take': {
      if (queue.depth === 0) break;
      const taken = await queue.take();
      const key = taken?.key ?? '';
      expect(model.next()).toContain(key);
      expect(taken?.priority).toBe(model.waiting.get(key)?.priority);
      model.waiting.delete(key);
      model.working.add(key);
      break;
    }
    case 'done':
      queue.done(step.key);
      model.working.delete(step.key);
      break;
    case 'advance':
      clock.advance(step.ms);
      model.nowMs += step.ms;
  }
}

test('it does what its plainest form does, whatever the order of steps', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const clock = new FakeClock(new Date(0));
      const queue = new WorkQueue(clock);
      const model = new Model();
      for (const step of all) {
        await carryOut(step, queue, model, clock);
        expect(queue.depth).toBe(model.ready().length);
      }
      queue.close();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('keys of one priority come in the order in which they became ready', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 300 }), async (names) => {
      const queue = new WorkQueue(new FakeClock());
      for (const name of names) queue.add(name);
      for (const name of names) expect((await queue.take())?.key).toBe(name);
      queue.close();
    }),
  );
});
