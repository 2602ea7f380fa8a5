// The short form of `make chaos`: a few stories, each with the whole operator in it.
import { expect, test } from '@jest/globals';
import { play } from '../../chaos/simulated/play.js';
import { tell } from '../../chaos/story/tell.js';

const SEEDS = Array.from({ length: 18 }, (_, i) => i + 1);

test.each(SEEDS)(
  'every rule holds in story %d',
  async (seed) => {
    const { problems } = await play(seed);
    expect(problems).toEqual([]);
  },
  60_000,
);

test('a story is told the same each time', () => {
  const telling = { prefix: 's', scale: 1, sharedFaults: true };
  expect(tell(7, telling)).toEqual(tell(7, telling));
  expect(tell(7, telling)).not.toEqual(tell(8, telling));
});
