// What is done where a deletion would take volumes along and another policy asks for a stop: the table of docs/enforcement.md.
import { describe, expect, test } from '@jest/globals';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import { allowsLoss, strictest, type Violation } from '../../../src/evaluate/violation.js';
import type { ObservedTarget } from '../../../src/observe/observed.js';
import { comingOf, optionsOf, type PlanFor } from '../../../src/plan/brake-asks.js';
import { type Note, noteText } from '../../../src/plan/note.js';
import { plan } from '../../../src/plan/plan.js';
import { after, aTarget, aViolation, now } from '../../builders/builders.js';

const note: Note = {
  ...{ before: { by: 'replicas' as const, replicas: 3 }, at: now.toISOString(), attempts: 1 },
  ...{ policy: 'shop/stop', digests: {} },
};
const deletes = (differs: Partial<Violation> = {}): Violation =>
  aViolation({ policy: 'shop/delete', asks: 'Delete', ...differs });
const stops = (differs: Partial<Violation> = {}): Violation => aViolation({ policy: 'shop/stop', ...differs });
const losing = (whenDeleted: boolean, whenScaled: boolean): Partial<ObservedTarget> => ({
  ...{ kind: 'StatefulSet', coordinates: WORKLOAD_KINDS.StatefulSet },
  ...{ claimsDeletedWhenDeleted: whenDeleted, claimsDeletedWhenScaled: whenScaled },
});

function planFor(violations: readonly Violation[], target: Partial<ObservedTarget>, isNoted = false): PlanFor {
  return (demand) =>
    plan({
      judgement: { demand, undecided: false, violations, allowsDataLoss: allowsLoss(violations, demand, now) },
      target: aTarget(target),
      note: isNoted ? note : undefined,
      ...{ surroundings: { protectedNamespaces: new Set(), budgets: [] }, pods: 3, now },
    });
}

function optionsFor(violations: readonly Violation[], target: Partial<ObservedTarget>, isNoted = false) {
  const demand = strictest(violations.map(({ asks }) => asks));
  const judgement: Judgement = {
    ...{
      verdict: 'Violating',
      images: [],
      applied: [],
      violations,
      waived: [],
      leftovers: [],
      waivedLeftovers: [],
      demand,
      open: [],
    },
    ...{ allowsDataLoss: false, auditDemand: 'Ignore', undecided: false },
  };
  const options = optionsOf(judgement, planFor(violations, target, isNoted), () => false, now);
  const [first] = options.newStops;
  const chosen = first?.plan ?? options.otherwise;
  return { options, chosen, judgement };
}

describe('a deletion and a stop are asked for', () => {
  const both = [deletes(), stops()];
  interface Case {
    readonly violations?: readonly Violation[];
    readonly target: Partial<ObservedTarget>;
    readonly want: object;
    /** Whether it is told that the deletion was refused. */
    readonly isTold?: true;
  }
  const held = { kind: 'refused', message: expect.stringContaining('whenDeleted: Delete') as unknown };
  const isStopped = { change: { kind: 'ScaleDown', note: { policy: 'shop/stop' } } };
  const isDeleted = { change: { kind: 'Delete' } };
  const cases: Readonly<Record<string, Case>> = {
    'no volume would go: it is deleted': { target: losing(false, false), want: isDeleted },
    'the deletion would take volumes along, the stop would not: it is stopped': {
      target: losing(true, false),
      want: isStopped,
      isTold: true,
    },
    'both would: it is held': { target: losing(true, true), want: held },
    'both would, and who asks for the stop lets volumes go: it is stopped': {
      violations: [deletes(), stops({ allowsDataLoss: true })],
      target: losing(true, true),
      want: isStopped,
      isTold: true,
    },
    'both would, and who asks for the deletion lets volumes go: it is deleted': {
      violations: [deletes({ allowsDataLoss: true }), stops()],
      target: losing(true, true),
      want: isDeleted,
    },
    'nobody asks for a stop: it is held': { violations: [deletes()], target: losing(true, false), want: held },
    'who asks for the stop only audits: it is held': {
      violations: [deletes(), stops({ mode: 'Audit' })],
      target: losing(true, false),
      want: held,
    },
    'the stop is not due yet: it is held': {
      violations: [deletes(), stops({ dueAt: after(1) })],
      target: losing(true, false),
      want: held,
    },
    'it stands at zero by itself: there is nothing to stop, and the deletion is refused': {
      target: { ...losing(true, false), stop: { by: 'replicas', replicas: 0 } },
      want: held,
    },
  };
  test.each(Object.entries(cases))('%s', (_, { violations = both, target, want, isTold }) => {
    const { options, chosen } = optionsFor(violations, target);
    expect(chosen).toMatchObject(want);
    expect(options.refused?.reason).toBe(isTold === true ? 'WouldDeleteClaims' : undefined);
  });

  test('what is stopped stays so, and it is told why it is not deleted', () => {
    const target = {
      ...losing(true, false),
      ...{ stop: { by: 'replicas' as const, replicas: 0 }, note: noteText(note), stopManager: 'kubexray-operator' },
    };
    const { options, chosen } = optionsFor(both, target, true);
    expect(chosen).toEqual({ kind: 'stopped', note });
    expect(options.refused?.reason).toBe('WouldDeleteClaims');
  });

  test('what comes at the end of a grace period is the stop', () => {
    const later = after(60_000);
    const coming = [deletes({ dueAt: later }), stops({ dueAt: later })];
    const { judgement } = optionsFor(coming, losing(true, false));
    const dueMs = later.getTime();
    expect(comingOf(judgement, planFor(coming, losing(true, false)), () => false, now)).toMatchObject({ dueMs });
    expect(comingOf(judgement, planFor(coming, losing(true, true)), () => false, now)).toBeUndefined();
  });
});
