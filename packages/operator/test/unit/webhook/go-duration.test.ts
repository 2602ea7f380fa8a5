import { expect, test } from '@jest/globals';
import { durationMs } from '../../../src/webhook/go-duration.js';

test.each([
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1.5s', 1_500],
  ['500ms', 500],
  ['1h0m0s', 3_600_000],
  ['250µs', 0.25],
  ['0s', 0],
  ['', undefined],
  ['10', undefined],
  ['-1s', undefined],
  ['10s ', undefined],
  ['ten seconds', undefined],
])('%j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
