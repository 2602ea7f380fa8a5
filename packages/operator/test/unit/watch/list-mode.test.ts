import { expect, test } from '@jest/globals';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { type Demotion, ListModes } from '../../../src/watch/list-mode.js';

const SIX_HOURS = 6 * 3_600_000;

test.each<[Demotion, number]>([
  ['not_offered', 1],
  ['no_progress', 1],
  ['gone_at_once', 1],
  ['closed_early', 2],
])('streaming is given up after %s, %d times, for six hours', (why, times) => {
  const clock = new FakeClock();
  const modes = new ListModes(clock, { pagesOnly: false });
  for (let i = 1; i < times; i++) expect(modes.streamFailed(why)).toBe(false);
  expect(modes.current).toEqual({ how: 'stream' });
  expect(modes.streamFailed(why)).toBe(true);
  expect(modes.current).toEqual({ how: 'pages', limit: 500 });
  clock.advance(SIX_HOURS - 1);
  expect(modes.current.how).toBe('pages');
  clock.advance(1);
  expect(modes.current.how).toBe('stream');
});

test('pages grow where they came too slowly, up to a bound', () => {
  const modes = new ListModes(new FakeClock(), { pagesOnly: false });
  modes.pagesTooSlow();
  expect(modes.current.how).toBe('stream');
  modes.streamFailed('not_offered');
  const limits = [0, 1, 2, 3, 4].map(() => {
    const { current } = modes;
    modes.pagesTooSlow();
    return current.how === 'pages' ? current.limit : 0;
  });
  expect(limits).toEqual([500, 1_000, 2_000, 10_000, 10_000]);
});

test('what is to be listed in pages is never streamed, and its pages grow too', () => {
  const clock = new FakeClock();
  const modes = new ListModes(clock, { pagesOnly: true });
  expect(modes.current).toEqual({ how: 'pages', limit: 500 });
  modes.pagesTooSlow();
  clock.advance(SIX_HOURS * 100);
  expect(modes.current).toEqual({ how: 'pages', limit: 1_000 });
});
