import { expect, test } from '@jest/globals';
import { StatusPace } from '../../../src/client/status-pace.js';
import type { WireObject } from '../../../src/resource/resource.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

function answer(resourceVersion: string): WireObject {
  return { metadata: { name: 'a', uid: 'a', resourceVersion } };
}

function start() {
  const clock = new FakeClock();
  const pace = new StatusPace<WireObject>(clock);
  const written: string[] = [];
  const { signal } = new AbortController();
  const write = async (key: string, status: string, of: AbortSignal = signal): Promise<string> => {
    const { metadata } = await pace.next(key, { everyMs: 1_000, signal: of }, async () => {
      written.push(`${key} ${status} at ${clock.monotonicMs() - beganMs}`);
      return answer(status);
    });
    return metadata.resourceVersion;
  };
  const beganMs = clock.monotonicMs();
  return { clock, pace, written, write };
}

test('the first goes at once, and of those within the interval only the last', async () => {
  const { clock, written, write } = start();
  expect(await write('a', 'one')).toBe('one');
  const later = Promise.all(['two', 'three', 'four'].map(async (status) => write('a', status)));
  clock.advance(999);
  expect(written).toEqual(['a one at 0']);
  clock.advance(1);
  expect(await later).toEqual(['four', 'four', 'four']);
  expect(written).toEqual(['a one at 0', 'a four at 1000']);
  const last = write('a', 'five');
  clock.advance(1_000);
  expect(await last).toBe('five');
});

test('each object has its own pace', async () => {
  const { written, write } = start();
  await Promise.all([write('a', 'one'), write('b', 'one')]);
  expect(written).toEqual(['a one at 0', 'b one at 0']);
});

test('a failure is of all that it overtook, and the next may go', async () => {
  const { clock, pace, write } = start();
  await write('a', 'one');
  const { signal } = new AbortController();
  const overtaken = write('a', 'two');
  const failing = pace.next('a', { everyMs: 1_000, signal }, async () => Promise.reject(new Error('Conflict')));
  const both = Promise.allSettled([overtaken, failing]);
  clock.advance(1_000);
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = write('a', 'three');
  clock.advance(1_000);
  expect(await next).toBe('three');
});

test('who no longer waits writes nothing, and is not waited for', async () => {
  const { clock, written, write } = start();
  await write('a', 'one');
  const stop = new AbortController();
  const stopped = write('a', 'two', stop.signal);
  stop.abort(new Error('the pass took too long'));
  await expect(stopped).rejects.toThrow('the pass took too long');
  const next = write('a', 'three');
  clock.advance(1_000);
  expect(await next).toBe('three');
  expect(written).toEqual(['a one at 0', 'a three at 1000']);
  expect(clock.pending).toBe(0);
});

test('who was overtaken and no longer waits is not waited for either, while the later one is being sent', async () => {
  const { clock, pace, write } = start();
  await write('a', 'one');
  const stop = new AbortController();
  const sent = Promise.withResolvers<WireObject>();
  const overtaken = write('a', 'two', stop.signal);
  const patient = write('a', 'three');
  const sending = pace.next('a', { everyMs: 1_000, signal: new AbortController().signal }, async () => sent.promise);
  clock.advance(1_000);
  await Promise.resolve();
  stop.abort(new Error('the pass took too long'));
  await expect(overtaken).rejects.toThrow('the pass took too long');
  sent.resolve(answer('four'));
  expect(await patient).toBe('four');
  expect((await sending).metadata.resourceVersion).toBe('four');
});

test('forgets an object once its interval is over', async () => {
  const { clock, pace, write } = start();
  for (let i = 0; i < 100; i++) await write(`object-${i}`, 'one');
  expect(pace.size).toBe(100);
  clock.advance(1_000);
  await write('another', 'one');
  await eventually(() => {
    expect(pace.size).toBe(1);
  });
});
