import { beforeEach, expect, test } from '@jest/globals';
import { ReportTurn } from '../../../../src/controllers/workloads/report-turn.js';

let undecided = 0;
let later: string[] = [];
let turn: ReportTurn;

beforeEach(() => {
  undecided = 0;
  later = [];
  turn = new ReportTurn({
    undecided: () => undecided,
    lookLater: (key) => {
      later.push(key);
    },
  });
});

test('while nothing waits to be judged, a report is not put off', () => {
  expect(turn.isLater('a')).toBe(false);
  expect(later).toEqual([]);
});

test('while others wait, a report comes behind them', () => {
  undecided = 3;
  expect(turn.isLater('a')).toBe(true);
  expect(later).toEqual(['a']);
});

test('a report is put off once, however many wait then', () => {
  undecided = 3;
  turn.isLater('a');
  expect(turn.isLater('a')).toBe(false);
  expect(later).toEqual(['a']);
});

test('of a workload that is gone, nothing is remembered', () => {
  undecided = 3;
  turn.isLater('a');
  turn.gone('a');
  expect(turn.isLater('a')).toBe(true);
});
