import { expect, test } from '@jest/globals';
import type { HistoryLine } from '../../../../src/api/v1alpha1/types.js';
import { UnwrittenHistory } from '../../../../src/controllers/workloads/unwritten-history.js';

const line = (at: string, act: HistoryLine['act']): HistoryLine => ({
  ...{ at, act, outcome: 'Done', workloadUid: 'uid-web', message: 'done' },
});
const stop = line('2026-03-01T12:00:00.000Z', 'ScaledDown');
const end = line('2026-03-01T12:00:05.000Z', 'Restored');

test('what was refused is added to what is written, until it is written', () => {
  const unwritten = new UnwrittenHistory();
  unwritten.keep('web', [end, stop], undefined);
  expect(unwritten.addedTo(undefined, 'web')).toEqual({ history: [end, stop] });
  expect(unwritten.addedTo({ verdict: 'Violating', history: [stop] }, 'web')).toEqual({
    verdict: 'Violating',
    history: [end, stop],
  });
  expect(unwritten.addedTo({}, 'other')).toEqual({});
  unwritten.forget('web');
  expect(unwritten.addedTo({ history: [stop] }, 'web')).toEqual({ history: [stop] });
});

test('nothing is held of what says no more than what is written', () => {
  const unwritten = new UnwrittenHistory();
  unwritten.keep('web', [stop], [stop]);
  expect(unwritten.addedTo({}, 'web')).toEqual({});
});
