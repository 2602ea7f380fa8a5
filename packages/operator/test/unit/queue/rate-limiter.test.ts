import { expect, test } from '@jest/globals';
import { exponentialBackOff, retryLimiter, TokenBucket } from '../../../src/queue/rate-limiter.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';

test('a key that fails waits twice as long each time, up to the cap, and starts anew once it succeeds', () => {
  const backOff = exponentialBackOff();
  expect([1, 2, 3].map(() => backOff.failed('a'))).toEqual([5, 10, 20]);
  for (let i = 0; i < 40; i++) backOff.failed('a');
  expect(backOff.failed('a')).toBe(1_000_000);
  expect(backOff.failed('b')).toBe(5);
  backOff.forget('a');
  expect(backOff.failed('a')).toBe(5);
});

test('the bucket lets a burst through and then so many a second', () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, () => clock.monotonicMs());
  expect([1, 2, 3, 4, 5].map(() => bucket.reserve())).toEqual([0, 0, 0, 100, 200]);
  clock.advance(200);
  expect(bucket.reserve()).toBe(100);
  clock.advance(60_000);
  expect([1, 2, 3, 4].map(() => bucket.reserve())).toEqual([0, 0, 0, 100]);
});

test('a retry waits for the longer of its own back-off and the bucket', () => {
  const limiter = retryLimiter(
    { backOff: { baseMs: 50, maxMs: 1_000 }, bucket: { perSecond: 1, burst: 2 } },
    () => 0,
    () => 0,
  );
  expect(limiter.failed('a')).toBe(50);
  expect(limiter.failed('a')).toBe(100);
  expect(limiter.failed('b')).toBe(1_000);
});

test('chance makes a wait at most a tenth longer', () => {
  const limiter = retryLimiter(
    { backOff: { baseMs: 100 } },
    () => 0,
    () => 0.999,
  );
  expect(limiter.failed('a')).toBeCloseTo(110, 0);
});
