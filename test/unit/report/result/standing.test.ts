import { describe, expect, test } from '@jest/globals';
import type { Enforcement } from '../../../../src/api/v1alpha1/types.js';
import type { ObservedTarget } from '../../../../src/observe/observed.js';
import { standingAfter } from '../../../../src/report/result/standing.js';
import { aTarget, aWorkload, now } from '../../../builders/builders.js';

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

describe('what the brake counts of a stop', () => {
  const counted = { at: now.toISOString(), asker: 'Team' } as const;
  const note = {
    ...{ before: { by: 'replicas', replicas: 3 } as const, at: now.toISOString() },
    ...{ attempts: 1, policy: 'shop/base', digests: {} },
  };
  const workload = aWorkload();
  const counts = (input: object): unknown =>
    standingAfter({ workload, plan: { kind: 'stopped', note }, previous: undefined, now, ...input }).enforcement
      ?.counted;
  const newStop = { kind: 'change', change: { kind: 'ScaleDown', note } } as const;

  test('a new stop is counted for who asked, one that was approved is not', () => {
    expect(counts({ plan: newStop, counted: 'Platform' })).toEqual({ at: now.toISOString(), asker: 'Platform' });
    expect(counts({ plan: newStop })).toBeUndefined();
  });

  test('the record tells it from pass to pass', () => {
    expect(counts({ previous: { enforcement: { ...stop, counted } } })).toEqual(counted);
    expect(counts({ previous: { enforcement: stop } })).toBeUndefined();
  });

  test('stopped once more after somebody put it back, it is no new stop', () => {
    const at = '2026-03-01T13:00:00.000Z';
    const again = { kind: 'change', change: { kind: 'ScaleDown', note: { ...note, at, attempts: 2 } } } as const;
    expect(counts({ plan: again, previous: { enforcement: { ...stop, counted } } })).toEqual(counted);
  });

  test('it counts on after the end', () => {
    const restore = { kind: 'change', change: { kind: 'Restore', note } } as const;
    expect(counts({ plan: restore, previous: { enforcement: { ...stop, counted } } })).toEqual(counted);
    const taken = { plan: { kind: 'nothing' }, previous: { enforcement: { ...stop, counted } } };
    expect(counts(taken)).toEqual(counted);
  });

  test.each([
    ['shop/base', 'Team'],
    ['floor', 'Platform'],
  ])('cut off before it was recorded, the stop for %s counts', (policy, asker) => {
    const plan = { kind: 'stopped', note: { ...note, policy } };
    expect(counts({ plan })).toEqual({ at: now.toISOString(), asker });
  });
});
