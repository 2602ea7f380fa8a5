import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Logger } from '@dot-kube/operator';
import { FakeClock } from '@dot-kube/operator/testing';
import type { Enforcement } from '../../../../src/api/v1alpha1/types.js';
import { Approvals } from '../../../../src/controllers/policies/approvals.js';
import {
  BrakeKeeper,
  type BrakePorts,
  type Leave,
  type RecordedStop,
} from '../../../../src/controllers/brake/brake-keeper.js';
import type { Judgement } from '../../../../src/evaluate/verdict.js';
import { plan } from '../../../../src/plan/plan.js';
import { aTarget, aViolation } from '../../../builders/builders.js';

const noSurroundings = { protectedNamespaces: new Set<string>(), budgets: [] };
const HOUR_MS = 3_600_000;

let clock: FakeClock;
let again: string[];
let said: string[];
let undecided: number;
let approvals: Approvals;
let figures: Map<string, () => number>;

const log: Logger = {
  debug: () => undefined,
  info: (text) => said.push(text),
  warn: (text) => said.push(text),
  error: () => undefined,
  child: () => log,
};

beforeEach(() => {
  clock = new FakeClock();
  [again, said, undecided] = [[], [], 0];
  approvals = new Approvals();
  figures = new Map();
});

function aKeeper(differs: Partial<BrakePorts> = {}): BrakeKeeper {
  return new BrakeKeeper({
    ...{ rules: { sharePercent: 25, floor: 2, windowMs: 24 * HOUR_MS }, rate: { perMinute: 60 } },
    ...{ clock, log, approvals, measure: (name: string, _: string, read: () => number) => figures.set(name, read) },
    undecided: () => undecided,
    workloads: () => [],
    recorded: () => [],
    judgeAgain: (key) => again.push(key),
    ...differs,
  });
}

function asked(
  keeper: BrakeKeeper,
  key: string,
  violations: Judgement['violations'] = [aViolation()],
  carriedOut: readonly Pick<Enforcement, 'counted'>[] = [],
): Leave {
  const judgement: Judgement = {
    ...{ verdict: 'Violating', images: [], applied: [], waived: [], leftovers: [], waivedLeftovers: [], violations },
    ...{
      demand: violations.length === 0 ? 'Ignore' : 'ScaleDown',
      auditDemand: 'Ignore',
      undecided: false,
      open: [],
      allowsDataLoss: false,
    },
  };
  const now = clock.now();
  return keeper.ask({
    ...{ key, namespace: 'shop', judgement, isAtRest: false, carriedOut, now },
    planFor: (demand) =>
      plan({
        judgement: { ...judgement, demand },
        target: aTarget(),
        note: undefined,
        surroundings: noSurroundings,
        pods: 3,
        now,
      }),
  });
}

const due = [aViolation({ dueAt: new Date(0) })];

describe('a stop whose answer was lost', () => {
  const rules = { sharePercent: 25, floor: 1, windowMs: 24 * HOUR_MS };

  test('counts from when it is seen, before its record tells of it: nobody is let go in between', () => {
    const keeper = aKeeper({ rules });
    expect(asked(keeper, 'a', due).kind).toBe('go');
    expect(asked(keeper, 'b', due).kind).toBe('hold');
    asked(keeper, 'a', [], [{}]);
    expect(again).toEqual([]);
    expect(asked(keeper, 'b', due).kind).toBe('hold');
  });

  test('of a process before this one counts from when its note is seen, not only from when its record is written', () => {
    const keeper = aKeeper({ rules });
    asked(keeper, 'a', [], [{ counted: { at: clock.now().toISOString(), asker: 'Team' } }]);
    expect(asked(keeper, 'b', due).kind).toBe('hold');
  });

  test('that never came makes room for another', () => {
    const keeper = aKeeper({ rules });
    asked(keeper, 'a', due);
    asked(keeper, 'b', due);
    asked(keeper, 'a', []);
    expect(again).toEqual(['b']);
  });
});

describe('a wave beyond the floor', () => {
  test('is held as a whole once all is judged, told once, and told when it is over', () => {
    const keeper = aKeeper();
    undecided = 3;
    expect(['a', 'b', 'c'].map((key) => asked(keeper, key, due).kind)).toEqual(['gather', 'gather', 'hold']);
    undecided = 0;
    expect(asked(keeper, 'd', due)).toMatchObject({ kind: 'hold', obstacle: { reason: 'BrakeEngaged' } });
    expect(again.sort()).toEqual(['a', 'b']);
    expect(asked(keeper, 'a', due).kind).toBe('hold');
    expect(said.filter((text) => text.startsWith('the brake holds'))).toHaveLength(1);

    again = [];
    asked(keeper, 'c', []);
    asked(keeper, 'd', []);
    expect(again.sort()).toEqual(['a', 'b']);
    expect([asked(keeper, 'a', due).kind, asked(keeper, 'b', due).kind]).toEqual(['go', 'go']);
    keeper.passed();
    expect(said.at(-1)).toBe('the brake holds nothing any more');
  });

  test('goes on once its policy is approved, and those are looked at again at once', () => {
    const keeper = aKeeper();
    for (const key of ['a', 'b', 'c']) asked(keeper, key, due);
    again = [];
    expect(approvals.put('shop/base', { generation: 4, approve: '3' }, true)).toBe(false);
    expect(approvals.put('shop/base', { generation: 4, approve: '4' }, false)).toBe(false);
    expect(approvals.put('shop/base', { generation: 4, approve: '4' }, true)).toBe(true);
    keeper.approvalChanged('shop/base');
    expect(again).toContain('c');
    expect(asked(keeper, 'c', due)).toEqual({ kind: 'go', plan: expect.objectContaining({ kind: 'change' }) });
    expect(approvals.put('shop/base', { generation: 5, approve: '4' }, true)).toBe(true);
  });
});

test('what the results tell of counts from the start on, the oldest first, and what is older than the window does not', () => {
  const at = (hours: number): string => new Date(clock.now().getTime() + hours * HOUR_MS).toISOString();
  const stop = (key: string, hours: number): RecordedStop => ({
    key,
    namespace: 'shop',
    counted: { at: at(hours), asker: 'Platform' },
  });
  const keeper = aKeeper({ recorded: () => [stop('new', -1), stop('old', -25), stop('older', -3)] });
  const byFloor = [aViolation({ dueAt: new Date(0), policyKind: 'ClusterXrayPolicy', policy: 'floor' })];
  expect(asked(keeper, 'a', byFloor)).toMatchObject({ kind: 'hold', againMs: 21 * HOUR_MS });
  clock.advance(21 * HOUR_MS);
  expect(asked(keeper, 'a', byFloor).kind).toBe('go');
});

test('after a start nothing is held or let go before every workload was judged, for some minutes at most', () => {
  const keeper = aKeeper({ workloads: () => ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] });
  for (const key of ['a', 'b', 'c']) expect(asked(keeper, key, due).kind).toBe('gather');
  for (const key of ['d', 'e', 'f', 'g', 'h', 'i', 'j', 'k']) asked(keeper, key, []);
  expect(again).toEqual([]);
  asked(keeper, 'l', []);
  expect(again.sort()).toEqual(['a', 'b', 'c']); // a quarter of twelve
  expect(asked(keeper, 'a', due)).toMatchObject({ kind: 'go', counted: 'Team' });
});

test('stops wait for their turn, and keep it; who does not need it any more leaves', () => {
  const keeper = aKeeper({ rate: { perMinute: 10 }, rules: { sharePercent: 100, floor: 0, windowMs: HOUR_MS } });
  expect(['a', 'b'].map((key) => asked(keeper, key, due).kind)).toEqual(['go', 'go']);
  const limited = { kind: 'hold', obstacle: { reason: 'RateLimited' } };
  expect(asked(keeper, 'c', due)).toMatchObject({ ...limited, againMs: 6_000 });
  expect(asked(keeper, 'd', due)).toMatchObject({ ...limited, againMs: 12_000 });
  expect(asked(keeper, 'c', due)).toMatchObject({ againMs: 6_000 });
  clock.advance(5_000);
  expect(asked(keeper, 'c', due)).toEqual({ kind: 'gather', waitMs: 1_000 }); // not worth a word
  clock.advance(1_000);
  expect(asked(keeper, 'c', due).kind).toBe('go');
  expect(asked(keeper, 'd', []).kind).toBe('go');
});

test('the metrics tell how much it holds, how much was stopped, of how many, and what waits', () => {
  const keeper = aKeeper();
  keeper.done('before', 'shop', { counted: { at: clock.now().toISOString(), asker: 'Team' } });
  undecided = 1;
  for (const key of ['a', 'b', 'c']) asked(keeper, key, due);
  undecided = 0;
  for (const key of ['a', 'b', 'c']) asked(keeper, key, due);
  expect(Object.fromEntries([...figures].map(([name, read]) => [name, read()]))).toEqual({
    kubexray_brake_held: 3,
    kubexray_brake_newly_stopped: 1,
    kubexray_brake_stoppable: 3,
    kubexray_enforcement_waiting: 0,
  });
});
