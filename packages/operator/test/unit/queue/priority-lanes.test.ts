import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { type LaneItem, PriorityLanes } from '../../../src/queue/priority-lanes.js';

/** What nothing holds any more is gone after it. */
async function collectGarbage(): Promise<void> {
  await setImmediate(); // a WeakRef holds what it was made of until the end of the job
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

test('what was raised out of a lane is not held by it for ever, though nothing else is taken from there', async () => {
  const lanes = new PriorityLanes<LaneItem>();
  const raised = Array.from({ length: 1_000 }, () => {
    const item = { isReady: false, priority: -100 };
    lanes.push(item);
    lanes.raise(item, 0);
    if (lanes.shift() !== item) throw new Error('another one came first');
    return new WeakRef(item);
  });
  await collectGarbage();
  expect(lanes.size).toBe(0);
  expect(raised.filter((item) => item.deref() !== undefined).length).toBeLessThan(100);
});
