import { expect, test } from '@jest/globals';
import type { HistoryLine } from '../../../../src/api/v1alpha1/types.js';
import { UnwrittenHistory } from '../../../../src/controllers/workloads/unwritten-history.js';

const line = (second: number, act: HistoryLine['act'], differs: Partial<HistoryLine> = {}): HistoryLine => ({
  ...{ at: `2026-03-01T12:00:0${second}.000Z`, act, outcome: 'Done', workloadUid: 'uid-web', message: 'done' },
  ...differs,
});
const [stop, end, next] = [line(0, 'ScaledDown'), line(1, 'Restored'), line(2, 'ScaledDown')];

test('what was refused comes before what is written, until it is written', () => {
  const unwritten = new UnwrittenHistory();
  expect(unwritten.addedTo([end, stop], 'web', undefined)).toEqual([end, stop]);
  expect(unwritten.addedTo([next], 'web', undefined)).toEqual([next, end, stop]);
  expect(unwritten.addedTo([stop], 'web', [stop])).toEqual([next, end, stop]);
  expect(unwritten.addedTo([], 'other', undefined)).toEqual([]);
  unwritten.forget('web');
  expect(unwritten.addedTo([stop], 'web', [stop])).toEqual([stop]);
});

test.each(['Restored', 'Released'] as const)('an end that each pass finds anew (%s) is told as it was first', (act) => {
  const unwritten = new UnwrittenHistory();
  for (const second of [1, 2, 3])
    expect(unwritten.addedTo([line(second, act), stop], 'web', [stop])).toEqual([line(1, act), stop]);
  expect(unwritten.addedTo([line(4, 'ScaledDown'), stop], 'web', [stop])).toHaveLength(3);
  expect(unwritten.addedTo([line(5, act), stop], 'web', [stop]).map((one) => one.act)).toEqual([
    act,
    'ScaledDown',
    act,
    'ScaledDown',
  ]);
});

test('of two forms of a line that counts which tells of more', () => {
  const unwritten = new UnwrittenHistory();
  const requested = line(1, 'Deleted', { outcome: 'Requested' });
  expect(unwritten.addedTo([requested, stop], 'web', [stop])).toEqual([requested, stop]);
  const [done, fought] = [line(1, 'Deleted'), line(0, 'ScaledDown', { times: 2 })];
  expect(unwritten.addedTo([done, fought], 'web', [stop])).toEqual([done, fought]);
  expect(unwritten.addedTo([requested, stop], 'web', [stop])).toEqual([done, fought]);
});

test('a stop that was made again is one line, though the pass knows its last time only', () => {
  const unwritten = new UnwrittenHistory();
  const again = (seconds: number, times: number): Partial<HistoryLine> => ({
    times,
    lastAt: line(seconds, 'Restored').at,
  });
  expect(unwritten.addedTo([stop], 'web', undefined)).toEqual([stop]);
  const twice = line(0, 'ScaledDown', again(3, 2));
  expect(unwritten.addedTo([twice], 'web', undefined)).toEqual([twice]);
  expect(unwritten.addedTo([line(3, 'ScaledDown')], 'web', undefined)).toEqual([twice]);
  const thrice = line(0, 'ScaledDown', { ...again(5, 3), undoneBy: 'helm' });
  const seen = line(3, 'ScaledDown', { ...again(5, 3), undoneBy: 'helm' });
  expect(unwritten.addedTo([seen], 'web', undefined)).toEqual([thrice]);
});

test('ten lines are kept at most', () => {
  const unwritten = new UnwrittenHistory();
  const many = Array.from({ length: 10 }, (_, i) => line(i, 'ScaledDown'));
  unwritten.addedTo(many, 'web', undefined);
  const newest = line(9, 'Deleted');
  expect(unwritten.addedTo([newest], 'web', undefined)).toEqual([newest, ...many.slice(0, 9)]);
});
