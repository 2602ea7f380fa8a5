// What is told of a workload, and that nothing is told twice or before it was done.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  NOTIFY_EVENTS,
  RESULT_ACTIONS,
  ENFORCEMENT_ACTIONS,
  ENFORCEMENT_PHASES,
  VIOLATION_CONDITIONS,
} from '../../../../src/api/v1alpha1/vocabulary.js';
import type {
  Enforcement,
  NotifyEvent,
  ResultViolation,
  XrayScanResultStatus,
} from '../../../../src/api/v1alpha1/types.js';
import { newsOf, standsOf } from '../../../../src/report/notify/news.js';

const at = '2026-03-01T12:00:00.000Z';
const later = '2026-03-01T13:00:00.000Z';
const policy = { policyKind: 'XrayPolicy', policy: 'shop/base' } as const;
const all = new Set(NOTIFY_EVENTS);

const aFinding = (differs: Partial<ResultViolation> = {}): ResultViolation => ({
  policy: 'shop/base',
  policyKind: 'XrayPolicy',
  condition: 'Security',
  id: 'CVE-2026-1',
  image: 'shop/web:1',
  summary: 'overflow',
  asks: 'ScaleDown',
  mode: 'Enforce',
  firstSeen: at,
  dueAt: at,
  ...differs,
});

const done = (action: Enforcement['action'], differs: Partial<Enforcement> = {}): Enforcement => ({
  action,
  phase: 'Done',
  at,
  workloadUid: 'uid-web',
  reason: 'PolicyViolated',
  message: 'why',
  attempts: 1,
  ...differs,
});

const stopped: XrayScanResultStatus = {
  action: 'ScaledDown',
  violations: [aFinding()],
  enforcement: done('ScaledDown'),
};
const held: XrayScanResultStatus = {
  action: 'Held',
  violations: [aFinding()],
  conditions: [
    {
      type: 'Enforced',
      status: 'False',
      reason: 'BrakeEngaged',
      message: '',
      lastTransitionTime: at,
      observedGeneration: 1,
    },
  ],
};
const ofStopped = standsOf(stopped, policy);

describe('what is said', () => {
  test.each<[string, XrayScanResultStatus, readonly string[], NotifyEvent | undefined]>([
    ['nothing of what is clean', { action: 'None' }, [], undefined],
    ['a violation', { action: 'Ignored', violations: [aFinding({ asks: 'Ignore' })] }, [], 'Violating'],
    ['a violation that was told', { action: 'Ignored', violations: [aFinding()] }, ['Violating/Security'], undefined],
    [
      'another rule',
      { violations: [aFinding(), aFinding({ condition: 'License' })] },
      ['Violating/Security'],
      'Violating',
    ],
    ['nothing of what others find', { violations: [aFinding({ policy: 'floor' })] }, [], undefined],
    ['a stop, and not that it violates, too', stopped, [], 'Enforced'],
    ['a stop of what was told to violate', stopped, ['Violating/Security'], 'Enforced'],
    ['a stop once', stopped, ofStopped, undefined],
    ['a stop anew', { ...stopped, enforcement: done('ScaledDown', { at: later }) }, ofStopped, 'Enforced'],
    [
      'no stop anew where somebody ends it again and again',
      {
        ...stopped,
        enforcement: done('ScaledDown', { at: later, attempts: 7 }),
        contention: { manager: 'argocd', times: 6, since: at },
      },
      ofStopped,
      undefined,
    ],
    [
      'no deletion before it was done',
      { ...stopped, enforcement: done('Deleted', { phase: 'Requested' }) },
      ['Violating/Security'],
      undefined,
    ],
    [
      'no stop that others asked for',
      { ...stopped, violations: [aFinding({ asks: 'Ignore' })] },
      ['Violating/Security'],
      undefined,
    ],
    [
      'no stop in its grace',
      { ...stopped, violations: [aFinding({ dueAt: later })] },
      ['Violating/Security'],
      undefined,
    ],
    ['what is held', held, [], 'Held'],
    [
      'a rollback, after which nothing is violated',
      {
        action: 'RolledBack',
        enforcement: done('RolledBack'),
        history: [
          {
            at,
            act: 'RolledBack',
            outcome: 'Done',
            workloadUid: 'uid-web',
            message: '',
            askedBy: [{ ...policy, generation: 1 }],
          },
        ],
      },
      ['Violating/Security'],
      'Enforced',
    ],
    ['no rollback that others asked for', { action: 'RolledBack', enforcement: done('RolledBack') }, [], undefined],
    ['the end of a stop', { action: 'Restored', enforcement: done('Restored') }, ofStopped, 'Restored'],
    ['that others have taken over', { action: 'None', enforcement: done('Released') }, ofStopped, 'Restored'],
    ['no end of a stop that was not told', { action: 'Restored', enforcement: done('Restored') }, [], undefined],
    ['that it is over', { action: 'None' }, ['Violating/Security'], 'Resolved'],
  ])('%s', (_, status, told, event) => {
    expect(newsOf(status, policy, { told, on: all })?.event).toBe(event);
  });

  describe('while it is not known of an image of the current revision', () => {
    const conditions = [['Scanned'], ['SecurityCompliant'], ['LicenseCompliant']].map(([type = '']) => ({
      ...{ type, status: 'Unknown' as const, reason: 'NotAllKnown', message: '' },
      ...{ lastTransitionTime: at, observedGeneration: 1 },
    }));
    const open: XrayScanResultStatus = { action: 'None', verdict: 'Pending', violations: [], conditions };

    test('not that it is over, and what was told is not told again', () => {
      const told = ['Held/BrakeEngaged', 'Violating/License', 'Violating/Security'];
      expect(newsOf(open, policy, { told, on: all })).toBeUndefined();
      const known = standsOf(open, policy, told);
      expect(known).toEqual(told);
      const again = { ...held, violations: [aFinding(), aFinding({ condition: 'License' })] };
      expect(newsOf(again, policy, { told: known, on: all })).toBeUndefined();
      expect(newsOf({ action: 'None', violations: [] }, policy, { told: known, on: all })?.event).toBe('Resolved');
    });

    test('nothing that was not told before', () => {
      expect(standsOf(open, policy, [])).toEqual([]);
    });
  });

  test('of several the weightiest that is asked for', () => {
    expect(newsOf(stopped, policy, { told: [], on: new Set(['Violating']) })?.event).toBe('Violating');
    expect(newsOf(stopped, policy, { told: [], on: new Set(['Restored']) })).toBeUndefined();
  });
});

const findings = fc.array(
  fc
    .record({
      condition: fc.constantFrom(...VIOLATION_CONDITIONS),
      asks: fc.constantFrom('Ignore', 'ScaleDown', 'Delete'),
      mode: fc.constantFrom('Enforce', 'Audit'),
      dueAt: fc.constantFrom(at, later),
    })
    .map((one) => aFinding(one as Partial<ResultViolation>)),
  { maxLength: 4 },
);
const statuses: fc.Arbitrary<XrayScanResultStatus> = fc.record({
  action: fc.constantFrom(...RESULT_ACTIONS),
  violations: findings,
  enforcement: fc
    .tuple(fc.constantFrom(...ENFORCEMENT_ACTIONS), fc.constantFrom(...ENFORCEMENT_PHASES), fc.constantFrom(at, later))
    .map(([action, phase, when]) => done(action, { phase, at: when })),
});

test('whoever was told all that stands is told nothing more, and nothing is said of an act that is not done', () => {
  fc.assert(
    fc.property(statuses, statuses, (before, now) => {
      expect(newsOf(now, policy, { told: standsOf(now, policy), on: all })).toBeUndefined();
      const news = newsOf(now, policy, { told: standsOf(before, policy), on: all });
      if (news?.event === 'Enforced' || news?.event === 'Restored') expect(now.enforcement?.phase).toBe('Done');
    }),
  );
});
