import { expect, test } from '@jest/globals';
import { livenessProblems, readinessProblems, type WatchHealth } from '../../../src/lifecycle/health.js';

const well: WatchHealth = { name: 'pods', isSynced: true, trouble: undefined, silentMs: 0, idleMs: 0 };
const figures = { loopDelaySeconds: 0, leaseOverdueMs: 0, watches: [well] };

test.each([
  ['all is well', {}, []],
  ['the loop was held', { loopDelaySeconds: 5.1 }, ['the event loop was held for 5.1 s']],
  ['the lease is overdue', { leaseOverdueMs: 21_000 }, ['the lease is overdue by 21 s']],
  ['a watch stands still', { watches: [{ ...well, idleMs: 16 * 60_000 }] }, ['the watch of pods stands still']],
  ['a watch waits for its server', { watches: [{ ...well, idleMs: 10 * 60_000 }] }, []],
])('alive: %s', (_, change, problems) => {
  expect(livenessProblems({ ...figures, ...change })).toEqual(problems);
});

test.each([
  ['at work', 'running', well, []],
  ['a standby', 'standby', well, []],
  [
    'before the caches are in step',
    'starting',
    { ...well, isSynced: false },
    ['the cache of pods is not in step yet', 'starting'],
  ],
  ['refused', 'running', { ...well, trouble: 'pods: you may not' }, ['pods: you may not']],
  ['on its way out', 'stopping', well, ['stopping']],
] as const)('ready: %s', (_, state, watch, problems) => {
  expect(readinessProblems(state, [watch])).toEqual(problems);
});

test('ready: what every replica serves has to be served, unless it is on its way out', () => {
  const serving = ['web hooks are not served: starting'];
  expect(readinessProblems('standby', [well], serving)).toEqual(serving);
  expect(readinessProblems('stopping', [well], serving)).toEqual(['stopping']);
});
