// docs/policy.md tells the semantics as a table; this holds every row of it to what evaluate does.
import { describe, expect, test } from '@jest/globals';
import { coversNamespace } from '../../../src/evaluate/tiers.js';
import { evaluate, type Judgement } from '../../../src/evaluate/verdict.js';
import type { Violation } from '../../../src/evaluate/violation.js';
import { aWorkload, now } from '../../builders/builders.js';
import { imageOf, type Row, truthTable } from '../../builders/truth-table.js';

const rows = truthTable();
const shop = { name: 'shop', labels: { team: 'shop' } };

function judge(row: Row, policies = row.policies, exceptions = row.exceptions): Judgement {
  const { knowledge, firstSeen } = imageOf(row);
  return evaluate({
    workload: aWorkload(),
    knowledgeOf: () => knowledge,
    policies: policies.filter((policy) => coversNamespace(policy, shop)),
    exceptions,
    memory: { imageFirstSeen: () => firstSeen, violationFirstSeen: () => firstSeen },
    now,
  });
}

function tiersOf(violations: readonly Violation[]): string {
  const found = new Set(violations.map(({ policy }) => policy));
  const tiers = { Required: 'required-', Default: 'default-', Team: 'shop/team-' };
  return Object.entries(tiers)
    .filter(([, prefix]) => [...found].some((name) => name.startsWith(prefix)))
    .map(([tier]) => tier)
    .join(' + ');
}

function actionText({ demand, auditDemand }: Judgement): string {
  const enforced = demand === 'Ignore' ? [] : [demand];
  const audited = auditDemand === 'Ignore' ? [] : [`audit ${auditDemand}`];
  return [...enforced, ...audited].join(' + ');
}

function shown(judgement: Judgement): object {
  const { verdict, violations, waived } = judgement;
  return { verdict, action: actionText(judgement), violates: tiersOf(violations), waivedOf: tiersOf(waived) };
}

test('the table has its rows', () => {
  expect(rows.length).toBeGreaterThan(50);
  expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
});

describe('each row', () => {
  test.each(rows.map((row) => [row.rule, row] as const))('%s', (_, row) => {
    const { verdict, action, violates, waivedOf } = row;
    expect(shown(judge(row))).toEqual({ verdict, action, violates, waivedOf });
    expect(shown(judge(row, row.policies.toReversed(), row.exceptions.toReversed()))).toEqual(shown(judge(row)));
  });
});
