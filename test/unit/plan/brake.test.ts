import { describe, expect, test } from '@jest/globals';
import type { Action, Asker } from '../../../src/api/v1alpha1/types.js';
import type { Judgement } from '../../../src/evaluate/verdict.js';
import { type Ask, Brake, type Moment } from '../../../src/plan/brake.js';
import { comingOf, couldBeStopped, optionsOf, type PlanFor } from '../../../src/plan/brake-asks.js';
import { plan, type Plan } from '../../../src/plan/plan.js';
import { after, aTarget, aViolation, now } from '../../builders/builders.js';

const noSurroundings = { protectedNamespaces: new Set<string>(), budgets: [] };
const HOUR_MS = 3_600_000;
const rules = { sharePercent: 25, floor: 10, windowMs: 24 * HOUR_MS };
const busy: Moment = { nowMs: 0, isSettled: false, isStarting: false };
const calm: Moment = { ...busy, isSettled: true };

function ask(asker: Asker = 'Platform', differs: Partial<Ask> = {}): Ask {
  return { action: 'ScaleDown', asker, policies: [asker], isApproved: false, ...differs };
}

function aBrake(population = 100, differs: Partial<typeof rules> = {}): Brake {
  const brake = new Brake({ ...rules, ...differs });
  for (let i = 0; i < population; i++) brake.counts(`workload-${i}`, 'shop');
  return brake;
}

describe('how long a stop waits for its wave', () => {
  test('not at all where nothing else waits to be judged', () => {
    expect(aBrake().rule('a', 'shop', [ask()], calm)).toEqual({ kind: 'go', action: 'ScaleDown', counted: 'Platform' });
  });

  test('a moment, while all that is known stays within the floor', () => {
    const brake = aBrake();
    expect(brake.rule('a', 'shop', [ask()], busy)).toEqual({ kind: 'gather', waitMs: 100 });
    expect(brake.rule('a', 'shop', [ask()], { ...busy, nowMs: 60 })).toEqual({ kind: 'gather', waitMs: 40 });
    expect(brake.rule('a', 'shop', [ask()], { ...busy, nowMs: 100 })).toMatchObject({ kind: 'go' });
  });

  test('half a minute beyond it', () => {
    const brake = aBrake();
    for (let i = 0; i < 11; i++) brake.rule(`a-${i}`, 'shop', [ask()], busy);
    expect(brake.rule('a-0', 'shop', [ask()], { ...busy, nowMs: 29_000 })).toEqual({ kind: 'gather', waitMs: 1_000 });
    expect(brake.rule('a-0', 'shop', [ask()], { ...busy, nowMs: 30_000 })).toMatchObject({ kind: 'go' });
  });

  test('after a start longer, and then nobody is told that it is held before all are known', () => {
    const brake = aBrake(3, { floor: 1 });
    const start = { ...busy, isStarting: true };
    expect(brake.rule('a', 'shop', [ask()], start)).toEqual({ kind: 'gather', waitMs: 5_000 });
    expect(brake.rule('b', 'shop', [ask()], start)).toMatchObject({ kind: 'gather' });
    expect(brake.settle(0)).toEqual(['a', 'b']);
    expect(brake.rule('a', 'shop', [ask()], calm)).toMatchObject({ kind: 'hold', where: 'cluster' });
  });
});

describe('what is held', () => {
  test('goes by itself once the wave is small enough', () => {
    const brake = aBrake(12);
    for (let i = 0; i < 11; i++) brake.rule(`a-${i}`, 'shop', [ask()], busy);
    expect(brake.settle(0)).toHaveLength(10); // the eleventh was told at once
    expect(brake.rule('a-0', 'shop', [ask()], calm)).toMatchObject({ kind: 'hold' });
    expect(brake.settle(0)).toEqual([]);
    brake.withdraw('a-10'); // mended
    expect(brake.settle(0)).toHaveLength(10);
    expect(brake.cluster(0).stopped).toBe(10);
    expect(brake.rule('a-0', 'shop', [ask()], calm)).toMatchObject({ kind: 'go' });
  });

  test('is looked at again when the window has moved on', () => {
    const brake = aBrake(12);
    for (let i = 0; i < 10; i++) brake.stopped(`old-${i}`, { namespace: 'shop', asker: 'Platform', atMs: i }, 20);
    const held = brake.rule('a', 'shop', [ask()], { ...calm, nowMs: 20 });
    expect(held).toEqual({ kind: 'hold', where: 'cluster', againMs: 24 * HOUR_MS });
    const justBefore = { ...calm, nowMs: 24 * HOUR_MS - 1 };
    expect(brake.rule('a', 'shop', [ask()], justBefore)).toMatchObject({ kind: 'hold' });
    const later = { ...calm, nowMs: 24 * HOUR_MS };
    expect(brake.rule('a', 'shop', [ask()], later)).toMatchObject({ kind: 'go' });
  });

  test('names whose brake holds it', () => {
    const brake = aBrake(40);
    for (let i = 0; i < 11; i++) brake.rule(`a-${i}`, 'shop', [ask('Team')], busy);
    expect(brake.rule('a-0', 'shop', [ask('Team')], busy)).toMatchObject({ kind: 'hold', where: 'namespace' });
  });

  test('leaves a milder action to who may ask for it', () => {
    const brake = aBrake(40);
    const [harsh, mild] = [ask('Team', { action: 'Delete' }), ask('Platform')];
    for (let i = 0; i < 11; i++) brake.rule(`a-${i}`, 'shop', [ask('Team')], busy);
    expect(brake.rule('both', 'shop', [harsh, mild], calm)).toEqual({
      kind: 'go',
      action: 'ScaleDown',
      counted: 'Platform',
    });
  });

  test('an approval of the milder action does not let the harsher go', () => {
    const brake = aBrake(12);
    const asks = [ask('Team', { action: 'Delete' }), ask('Platform', { isApproved: true })];
    expect(brake.rule('both', 'shop', asks, calm)).toEqual({ kind: 'go', action: 'ScaleDown' });
  });
});

test('what was let go and is not to be stopped any more, is given back', () => {
  const brake = aBrake(12);
  brake.rule('a', 'shop', [ask()], calm);
  expect(brake.cluster(0).stopped).toBe(1);
  brake.withdraw('a');
  expect(brake.cluster(0).stopped).toBe(0);
  brake.rule('a', 'shop', [ask()], calm);
  brake.stopped('a', { namespace: 'shop', asker: 'Platform', atMs: 1 }, 1);
  brake.withdraw('a'); // restored
  expect(brake.cluster(1).stopped).toBe(1);
});

test('what a team stopped counts for the team, also once the platform stops it again', () => {
  const brake = aBrake(40);
  brake.stopped('a', { namespace: 'shop', asker: 'Team', atMs: 0 }, 0);
  const again = brake.rule('a', 'shop', [ask('Platform')], busy);
  expect(again).toEqual({ kind: 'go', action: 'ScaleDown', counted: 'Team' });
});

test('a share of a hundred per cent is no brake, and counts nothing', () => {
  const brake = aBrake(3, { sharePercent: 100 });
  for (let i = 0; i < 50; i++)
    expect(brake.rule(`a-${i}`, 'shop', [ask()], busy)).toEqual({ kind: 'go', action: 'ScaleDown' });
  expect(brake.cluster(0).stopped).toBe(0);
});

describe('what the brake is asked', () => {
  const judged = (violations: Judgement['violations']): Judgement => ({
    ...{ verdict: 'Violating', images: [], applied: [], waived: [], leftovers: [], waivedLeftovers: [] },
    ...{ violations, demand: 'Delete', auditDemand: 'Ignore', undecided: false, open: [], allowsDataLoss: false },
  });
  const planFor: PlanFor = (demand: Action): Plan =>
    plan({
      judgement: { ...judged([]), demand },
      target: aTarget(),
      note: undefined,
      surroundings: noSurroundings,
      pods: 3,
      now,
    });
  const note = {
    before: { by: 'replicas', replicas: 3 } as const,
    at: after(-60_000).toISOString(),
    attempts: 1,
    policy: 'shop/base',
    digests: {},
  };
  const stoppedFor: PlanFor = (demand): Plan =>
    plan({
      judgement: { ...judged([]), demand },
      target: aTarget({ stop: { by: 'replicas', replicas: 0 }, stopManager: 'kubexray-operator' }),
      note,
      surroundings: noSurroundings,
      pods: 3,
      now,
    });
  const floor = aViolation({ policyKind: 'ClusterXrayPolicy', policy: 'floor' });
  const deletes = aViolation({ asks: 'Delete' });

  test('each action by who asks for just that', () => {
    const { newStops, otherwise } = optionsOf(judged([floor, deletes]), planFor, (policy) => policy === 'floor', now);
    expect(newStops.map(({ ask: one }) => one)).toEqual([
      { action: 'Delete', asker: 'Team', policies: ['shop/base'], isApproved: false },
      { action: 'ScaleDown', asker: 'Platform', policies: ['floor'], isApproved: true },
    ]);
    expect(otherwise).toBeUndefined();
  });

  test('a deletion of what is stopped is new, and where it may not be, it stays stopped', () => {
    const { newStops, otherwise } = optionsOf(judged([floor, deletes]), stoppedFor, () => false, now);
    expect(newStops.map(({ ask: { action } }) => action)).toEqual(['Delete']);
    expect(otherwise).toMatchObject({ kind: 'stopped' });
  });

  test('nothing of what is in grace, audited or ignored', () => {
    const violations = [aViolation({ dueAt: after(1) }), aViolation({ mode: 'Audit' }), aViolation({ asks: 'Ignore' })];
    expect(optionsOf(judged(violations), planFor, () => false, now).newStops).toEqual([]);
  });

  test('what comes is told with its time, unless it is approved or audited', () => {
    const soon = aViolation({ dueAt: after(60_000) });
    const later = aViolation({ dueAt: after(90_000), policyKind: 'ClusterXrayPolicy', policy: 'floor' });
    expect(comingOf(judged([later, soon]), planFor, () => false, now)).toEqual({
      asker: 'Platform',
      policies: ['floor', 'shop/base'],
      dueMs: now.getTime() + 60_000,
    });
    expect(comingOf(judged([soon]), planFor, () => true, now)).toBeUndefined();
    expect(comingOf(judged([soon]), stoppedFor, () => false, now)).toBeUndefined();
    expect(comingOf(judged([aViolation()]), planFor, () => false, now)).toBeUndefined();
  });

  test('a bare Pod, which can only be deleted, is held as such, and counts among those that could be stopped', () => {
    const ofPod: PlanFor = (demand): Plan =>
      plan({
        judgement: { ...judged([]), demand },
        target: aTarget({ stop: { by: 'deleteOnly' } }),
        note: undefined,
        surroundings: noSurroundings,
        pods: 3,
        now,
      });
    const { newStops, otherwise } = optionsOf(judged([floor, deletes]), ofPod, () => false, now);
    expect(newStops.map(({ ask: { action } }) => action)).toEqual(['Delete']);
    expect(otherwise).toBeUndefined();
    expect(couldBeStopped(ofPod, false)).toBe(true);
  });

  test('what runs, and what we have stopped, could be stopped; what stands at zero by itself could not', () => {
    expect(couldBeStopped(planFor, false)).toBe(true);
    expect(couldBeStopped(stoppedFor, true)).toBe(true);
    expect(couldBeStopped(() => ({ kind: 'nothing' }), true)).toBe(false);
    expect(couldBeStopped(() => ({ kind: 'refused', reason: 'ProtectedNamespace', message: '' }), false)).toBe(false);
  });
});
