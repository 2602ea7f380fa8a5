import { expect, test } from '@jest/globals';
import { WatchBackOff } from '../../../src/watch/backoff.js';

test('pauses grow from 0.8 to 30 s, are spread by chance, and start anew after two healthy minutes', () => {
  const least = new WatchBackOff(() => 0);
  const pauses = Array.from({ length: 8 }, () => least.nextMs(0));
  expect(pauses).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  expect(new WatchBackOff(() => 0.999).nextMs(0)).toBeCloseTo(1_599.2);
  expect(least.nextMs(120_000)).toBe(30_000); // it failed two minutes ago, not more
  expect(least.nextMs(240_001)).toBe(800);
});
