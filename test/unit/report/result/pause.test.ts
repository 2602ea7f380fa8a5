import { expect, test } from '@jest/globals';
import { type Pause, pauseSaid } from '../../../../src/report/result/pause.js';
import { now } from '../../../builders/builders.js';

const told = {
  conditions: [
    {
      ...{ type: 'Paused', status: 'True' as const, reason: 'KedaPaused', message: '' },
      lastTransitionTime: now.toISOString(),
    },
  ],
};

test.each<[string, Pause | undefined, object | undefined, object[]]>([
  ['nobody was ever paused', undefined, undefined, []],
  ['KEDA is paused', { kind: 'paused' }, undefined, [{ status: 'True', reason: 'KedaPaused' }]],
  [
    'KEDA can not be paused',
    { kind: 'failed', message: 'why' },
    told,
    [{ status: 'False', reason: 'PauseFailed', message: 'why' }],
  ],
  ['it is tried again at once', { kind: 'pending' }, told, []],
  ['it is over', undefined, told, [{ status: 'False', reason: 'Resumed' }]],
])('%s', (_, pause, previous, want) => {
  expect(pauseSaid(pause, previous)).toMatchObject(want);
});
