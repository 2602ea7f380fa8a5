import { expect, test } from '@jest/globals';
import { shownWarnings } from '../../../src/webhook/status.js';

test('a warning is one line of at most 256 characters', () => {
  expect(shownWarnings(['two\r\nlines', '', ' \u0000 ', 'ü'.repeat(256), '🐙'.repeat(257)])).toEqual([
    'two lines',
    'ü'.repeat(256),
    `${'🐙'.repeat(255)}…`,
  ]);
});

test('all of them have 4096 characters at most: those that come first', () => {
  const each = Array.from({ length: 20 }, (_, i) => String(i % 10).repeat(256));
  expect(shownWarnings(each)).toEqual(each.slice(0, 16));
});
