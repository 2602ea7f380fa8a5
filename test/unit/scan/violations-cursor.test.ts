import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advance, firstCursor, followed } from '../../../src/scan/violations-cursor.js';
import type { RaisedViolation } from '../../../src/scan/xray/violation.js';
import { after, aRaisedViolation, now } from '../../builders/builders.js';

const MINUTE = 60_000;

function raised(key: string, created: Date | undefined = now): RaisedViolation {
  return aRaisedViolation({ key, created });
}

test('each violation is new once, however often it is listed', () => {
  const first = advance(firstCursor(now), [raised('a'), raised('a'), raised('b')], now);
  expect(first.fresh.map(({ key }) => key)).toEqual(['a', 'b']);
  const second = advance(first.cursor, [raised('a'), raised('b'), raised('c')], after(MINUTE));
  expect(second.fresh.map(({ key }) => key)).toEqual(['c']);
});

test('one that shows up some minutes after its own time is not missed', () => {
  const { cursor } = advance(firstCursor(now), [], after(3 * MINUTE));
  expect(advance(cursor, [raised('late', after(MINUTE))], after(4 * MINUTE)).fresh).toHaveLength(1);
});

test('time goes on without violations', () => {
  const { cursor } = advance(firstCursor(now), [], after(60 * MINUTE));
  expect(cursor.since).toEqual(after(55 * MINUTE));
});

test('a clock of Xray that is set back is followed, and hides nothing', () => {
  const { cursor } = advance(firstCursor(now), [raised('a')], now);
  const back = followed(cursor, after(-60 * MINUTE));
  expect(back.since).toEqual(after(-65 * MINUTE));
  expect(advance(back, [raised('b', after(-60 * MINUTE))], after(-60 * MINUTE)).fresh).toHaveLength(1);
  expect(followed(cursor, after(MINUTE))).toEqual(cursor);
});

test('a server that ignores the filter tells nothing new', () => {
  const { cursor } = advance(firstCursor(now), [], after(60 * MINUTE));
  expect(advance(cursor, [raised('old', now)], after(61 * MINUTE)).fresh).toEqual([]);
});

describe('a violation without a time of its own', () => {
  test('is new once', () => {
    const first = advance(firstCursor(now), [raised('a', undefined)].map(undated), now);
    expect(first.fresh).toHaveLength(1);
    expect(advance(first.cursor, [undated(raised('a'))], after(10 * MINUTE)).fresh).toEqual([]);
  });
});

function undated(violation: RaisedViolation): RaisedViolation {
  return { ...violation, created: undefined };
}

test('over a day of polls no more is kept than the overlap holds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), (perPoll) => {
      let cursor = firstCursor(now);
      for (let minute = 1; minute <= 24 * 60; minute++) {
        const listed = Array.from({ length: perPoll }, (_, at) => raised(`${minute}-${at}`, after(minute * MINUTE)));
        cursor = advance(cursor, listed, after(minute * MINUTE)).cursor;
      }
      expect(cursor.seen.size).toBeLessThanOrEqual(6 * perPoll);
    }),
    { numRuns: 5 },
  );
});
