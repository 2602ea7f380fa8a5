import { describe, expect, test } from '@jest/globals';
import { nextBatch, type Pace, type Walk } from '../../../src/scan/schedule.js';
import type { Asked } from '../../../src/scan/store.js';
import { type Digest, parseDigest } from '../../../src/workload/digest.js';
import { aDigest, after, now } from '../../builders/builders.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const pace: Pace = { batchSize: 2, pollIntervalMs: MINUTE, resyncIntervalMs: HOUR };

function asked(hexDigit: string, differs: Partial<Asked> = {}): Asked {
  return {
    digest: aDigest(hexDigit),
    wantedAt: after(-HOUR),
    askedAt: after(-1_000),
    isBeingAsked: false,
    isHinted: false,
    hasFailed: false,
    unsettledRounds: 0,
    hasFacts: true,
    ...differs,
  };
}

/** Any number of them. */
function numbered(hex: string): Digest {
  const parsed = parseDigest(hex.padStart(64, '0'));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}

function next(all: readonly Asked[], lastResyncAt = now): ReturnType<typeof nextBatch> {
  return nextBatch(all, now, pace, { lastStepAt: lastResyncAt, wasLast: false });
}

const fresh = { askedAt: undefined, hasFacts: false };

describe('what is new', () => {
  test('fills a batch and is asked about at once', () => {
    const all = ['a', 'b', 'c'].map((digit) => asked(digit, { ...fresh, wantedAt: now }));
    expect(next(all).batch).toEqual([aDigest('a'), aDigest('b')]);
  });

  test('waits for a moment for others that come with it', () => {
    const { batch, waitMs } = next([asked('a', { ...fresh, wantedAt: after(-10) })]);
    expect(batch).toEqual([]);
    expect(waitMs).toBe(30);
  });

  test('waits no longer once nobody else comes, nor for ever while others do', () => {
    expect(next([asked('a', { ...fresh, wantedAt: after(-40) })]).batch).toEqual([aDigest('a')]);
    const coming = { ...pace, batchSize: 10 };
    const all = [asked('a', { ...fresh, wantedAt: after(-250) }), asked('b', { ...fresh, wantedAt: now })];
    expect(nextBatch(all, now, coming, { lastStepAt: now, wasLast: false }).batch).toHaveLength(2);
  });
});

test('the order is: new, hinted at, without facts, and the slow walk last when its step is not overdue', () => {
  const all = [
    asked('1', { unsettledRounds: 1, hasFacts: false, askedAt: after(-HOUR) }),
    asked('2', { isHinted: true, askedAt: after(-HOUR) }),
    asked('3', { ...fresh }),
    asked('4', { askedAt: after(-2 * HOUR) }),
  ];
  const order: Digest[] = [];
  let left = all;
  for (let i = 0; i < 4; i++) {
    const lastStepAt = i < 3 ? now : after(-HOUR);
    const { batch } = nextBatch(left, now, { ...pace, batchSize: 1 }, { lastStepAt, wasLast: false });
    order.push(...batch);
    left = left.map((one) => (batch.includes(one.digest) ? { ...one, isBeingAsked: true } : one));
  }
  expect(order).toEqual(['3', '2', '1', '4'].map(aDigest));
});

test('what is being asked about is not asked about a second time', () => {
  expect(next([asked('a', { isHinted: true, isBeingAsked: true, askedAt: after(-HOUR) })]).batch).toEqual([]);
});

test('a storm of hints asks about a digest once a second', () => {
  expect(next([asked('a', { isHinted: true, askedAt: after(-100) })])).toMatchObject({ batch: [], waitMs: 900 });
});

describe('what Xray has not scanned', () => {
  const due = (rounds: number): number =>
    next([asked('a', { unsettledRounds: rounds, hasFacts: false, askedAt: now })]).waitMs;

  test('is asked about at each poll while a scan may be going on, then ever more seldom', () => {
    expect([1, 15].map(due)).toEqual([MINUTE, MINUTE]);
    const seldom = asked('a', { unsettledRounds: 17, hasFacts: false, askedAt: after(-3 * MINUTE) });
    expect(next([seldom]).batch).toEqual([]);
    expect(next([{ ...seldom, askedAt: after(-4 * MINUTE) }]).batch).toEqual([aDigest('a')]);
  });

  test('and at least as often as everything else', () => {
    const oldest = asked('a', { unsettledRounds: 1_000, hasFacts: false, askedAt: after(-HOUR) });
    expect(next([oldest]).batch).toEqual([aDigest('a')]);
  });
});

describe('the slow walk', () => {
  const all = ['a', 'b', 'c', 'd'].map((digit, at) => asked(digit, { askedAt: after(-HOUR + at) }));

  test('takes one batch at a time, so that all are asked about once in the interval', () => {
    expect(next(all, after(-HOUR / 2 + 1)).batch).toEqual([]);
    expect(next(all, after(-HOUR / 2))).toEqual({ batch: [aDigest('a'), aDigest('b')], isResync: true, waitMs: 0 });
  });

  describe('has every other batch once it is due, however many images Xray does not know', () => {
    const unknown = Array.from({ length: 1_000 }, (_, at) => at.toString(16).padStart(3, '0')).map((hex) =>
      asked('0', { digest: numbered(hex), unsettledRounds: 1, hasFacts: false, askedAt: after(-2 * MINUTE) }),
    );
    const flood = [...unknown, ...all];
    const due = (wasLast: boolean, one = flood): ReturnType<typeof nextBatch> =>
      nextBatch(one, now, pace, { lastStepAt: after(-MINUTE), wasLast });

    test('the walk has its turn beside what fails each time that it is asked about', () => {
      const failing = [asked('1', { hasFailed: true, hasFacts: false, askedAt: after(-1_000) }), asked('2')];
      const turn = (wasLast: boolean) => nextBatch(failing, now, pace, { lastStepAt: after(-HOUR), wasLast });
      expect(turn(false)).toMatchObject({ isResync: true });
      expect(turn(true)).toMatchObject({ isResync: false, batch: [aDigest('1')] });
    });

    test('the walk, then what is unknown, then the walk', () => {
      expect(due(false)).toEqual({ batch: [aDigest('a'), aDigest('b')], isResync: true, waitMs: 0 });
      expect(due(true)).toMatchObject({ batch: [numbered('000'), numbered('001')], isResync: false });
    });

    test('what a new pod waits for, and hints, still go before it', () => {
      expect(due(false, [...flood, asked('e', fresh)]).batch).toEqual([aDigest('e'), ...[numbered('000')]]);
      expect(due(false, [...flood, asked('e', { isHinted: true, askedAt: after(-HOUR) })]).isResync).toBe(false);
    });

    test('all that is known is confirmed in time though only a batch a second goes out', () => {
      const confirmed = new Set<Digest>();
      let [left, walk]: [readonly Asked[], Walk] = [flood, { lastStepAt: now, wasLast: false }];
      for (let second = 1; second <= 60; second++) {
        const { batch, isResync } = nextBatch(left, after(second * 1_000), { ...pace, resyncIntervalMs: MINUTE }, walk);
        if (isResync) for (const one of batch) confirmed.add(one);
        left = left.map((one) => (batch.includes(one.digest) ? { ...one, askedAt: after(second * 1_000) } : one));
        walk = { lastStepAt: isResync ? after(second * 1_000) : walk.lastStepAt, wasLast: isResync };
      }
      expect(all.every(({ digest }) => confirmed.has(digest))).toBe(true);
    });
  });

  test('nothing to do is a long wait, and none that never ends', () => {
    expect(next([])).toEqual({ batch: [], isResync: false, waitMs: MINUTE });
    expect(next(all).waitMs).toBe(MINUTE);
  });
});
