// Retry-After as servers write it: seconds, or a date by their clock.
import { expect, test } from '@jest/globals';
import { retryAfterMs } from '../../../src/shape/retry-after.js';
import { now } from '../../builders/builders.js';

test.each([
  ['3', 3_000],
  ['0', 0],
  [' 2 ', 2_000],
  ['1.5', 1_500],
  [new Date(now.getTime() + 5_000).toUTCString(), 5_000],
  [new Date(now.getTime() - 5_000).toUTCString(), 0],
  ['Sunday, 01-Mar-26 12:00:05 GMT', 5_000],
  ['Sun Mar  1 12:00:05 2026', 5_000],
  ['Sunday', undefined],
  ['soon', undefined],
  ['-1', undefined],
  ['Infinity', undefined],
  ['0x10', undefined],
  ['', undefined],
  [' ', undefined],
  [undefined, undefined],
])('Retry-After %s', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});
