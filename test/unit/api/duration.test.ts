import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DURATION_PATTERN, parseDuration } from '../../../src/api/duration.js';

describe('a duration is', () => {
  test.each([
    ['0s', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['90d', 7_776_000_000],
    ['1d1d', 172_800_000],
    ['007m', 420_000],
    ['1m5ms', 60_005],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('no duration is', () => {
  test.each(['', '5', 's', '1.5h', '-1m', ' 1m', '1m ', '1 m', '1w', '1M', '1m30', '1m\n', '١m', `${'9'.repeat(40)}s`])(
    '%j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test('one too long to count exactly', () => {
    expect(parseDuration('99999999999999999999d')).toBeUndefined();
  });
});

test('the sum of the parts, in any order', () => {
  const unit = fc.constantFrom(['ms', 1] as const, ['s', 1e3] as const, ['m', 6e4] as const, ['h', 3.6e6] as const);
  const parts = fc.array(fc.tuple(fc.nat(99_999), unit), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, (list) => {
      const text = list.map(([count, [name]]) => `${count}${name}`).join('');
      expect(text).toMatch(DURATION_PATTERN);
      expect(parseDuration(text)).toBe(list.reduce((sum, [count, [, ms]]) => sum + count * ms, 0));
    }),
  );
});
