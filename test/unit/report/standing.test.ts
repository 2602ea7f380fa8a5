import { describe, expect, test } from '@jest/globals';
import type { Enforcement } from '../../../src/api/v1alpha1/types.js';
import type { ObservedTarget } from '../../../src/observe/observed.js';
import { standingAfter } from '../../../src/report/standing.js';
import { aTarget, aWorkload, now } from '../../builders/builders.js';

const stop = {
  action: 'ScaledDown',
  phase: 'Done',
  at: now.toISOString(),
  workloadUid: 'uid-web',
  replicas: 3,
  reason: 'PolicyViolated',
  message: '',
  attempts: 1,
} as const satisfies Enforcement;

test('a Pod that takes its time to go is deleted all the while, and has been since the same moment', () => {
  const deleted = { ...stop, action: 'Deleted' as const, phase: 'Requested' as const };
  const target = aTarget({ deletionTimestamp: now.toISOString() });
  expect(
    standingAfter({
      workload: aWorkload({ target }),
      plan: { kind: 'nothing' },
      previous: { enforcement: deleted },
      now,
    }),
  ).toEqual({ kind: 'deleted', enforcement: { ...deleted, phase: 'Done' } });
});

describe('a stop of which no note is left', () => {
  const ours = { stop: { by: 'replicas', replicas: 3 }, stopManager: 'kubexray-operator' } as const;
  const cases: readonly [string, Partial<ObservedTarget>, string][] = [
    ['was ended by us, and the report of it was cut off', ours, 'Restored'],
    ['was ended by whoever wrote the replicas', { ...ours, stopManager: 'kubectl' }, 'Released'],
    ['was ended by whoever set another count', { ...ours, stop: { by: 'replicas', replicas: 5 } }, 'Released'],
  ];

  test.each(cases)('%s', (_, target, action) => {
    const workload = aWorkload({ target: aTarget(target) });
    const standing = standingAfter({ workload, plan: { kind: 'nothing' }, previous: { enforcement: stop }, now });
    expect(standing).toMatchObject({ kind: 'running', enforcement: { action, replicas: 3 } });
  });

  test('goes on being told while what was put back is not judged yet', () => {
    const before = { by: 'replicas', replicas: 3 } as const;
    const note = { before, at: now.toISOString(), attempts: 1, policy: 'shop/base', digests: {} };
    const standing = standingAfter({
      workload: aWorkload({ target: aTarget({ stop: { by: 'replicas', replicas: 5 } }) }),
      plan: { kind: 'undecided', note },
      previous: { enforcement: stop },
      now,
    });
    expect(standing).toMatchObject({
      kind: 'running',
      enforcement: { action: 'ScaledDown', at: stop.at, attempts: 1 },
    });
  });

  test('is no affair of a workload that was made anew under the same name', () => {
    const previous = { enforcement: { ...stop, workloadUid: 'uid-former' } };
    expect(standingAfter({ workload: aWorkload(), plan: { kind: 'nothing' }, previous, now })).toEqual({
      kind: 'running',
    });
  });
});
