import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PolicyLedger } from '../../../../src/report/policies/policy-ledger.js';
import { type PolicyShare, sharesOf, type Shares } from '../../../../src/report/policies/policy-shares.js';
import type { Judgement } from '../../../../src/evaluate/verdict.js';
import { evaluate } from '../../../../src/evaluate/verdict.js';
import {
  aClusterPolicy,
  after,
  anException,
  aPolicy,
  aVulnerability,
  aWorkload,
  everyRule,
  noMemory,
  now,
  scanned,
} from '../../../builders/builders.js';

const share: fc.Arbitrary<PolicyShare> = fc.record({
  violating: fc.boolean(),
  stopped: fc.boolean(),
  held: fc.boolean(),
  braked: fc.boolean(),
  waived: fc.boolean(),
});
const name = fc.constantFrom('floor', 'shop/base', 'shop/other');
const shares: fc.Arbitrary<Shares> = fc
  .record({
    policies: fc.array(fc.tuple(name, share)),
    exceptions: fc.array(
      fc.tuple(fc.constantFrom('shop/a', 'shop/b'), fc.record({ waives: fc.nat(3), refused: fc.nat(3) })),
    ),
  })
  .map(({ policies, exceptions }) => ({ policies: new Map(policies), exceptions: new Map(exceptions) }));
const step = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(shares));

test('what is kept up step by step is what counting everything would give', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ledger = new PolicyLedger();
      const last = new Map<string, Shares>();
      for (const [key, noted] of steps) {
        if (noted === null) ledger.forget(key);
        else ledger.note(key, noted, now);
        if (noted === null) last.delete(key);
        else last.set(key, noted);
      }
      for (const policy of ['floor', 'shop/base', 'shop/other']) {
        const all = [...last.values()].flatMap(({ policies }) => policies.get(policy) ?? []);
        const count = (field: keyof PolicyShare): number => all.filter((one) => one[field]).length;
        expect(ledger.policy(policy).workloads).toEqual({
          selected: all.length,
          violating: count('violating'),
          stopped: count('stopped'),
          held: count('held'),
          waived: count('waived'),
        });
      }
      for (const exception of ['shop/a', 'shop/b']) {
        const all = [...last.values()].flatMap(({ exceptions }) => exceptions.get(exception) ?? []);
        expect(ledger.exception(exception)).toMatchObject({
          workloads: all.filter(({ waives }) => waives > 0).length,
          violations: all.reduce((sum, { waives }) => sum + waives, 0),
          refused: all.reduce((sum, { refused }) => sum + refused, 0),
        });
      }
    }),
  );
});

test('it is settled once every workload of the start was judged or is gone', () => {
  const ledger = new PolicyLedger();
  const nothing = { policies: new Map(), exceptions: new Map() };
  expect(ledger.isSettled).toBe(false);
  ledger.note('early', nothing, now);
  ledger.expect(['early', 'a', 'b']);
  expect(ledger.isSettled).toBe(false);
  ledger.note('a', nothing, now);
  ledger.forget('b');
  expect(ledger.isSettled).toBe(true);
});

test('it tells whose counts changed, and when a policy was last evaluated', () => {
  const ledger = new PolicyLedger();
  const of = (policy: string): Shares => ({
    policies: new Map([[policy, { violating: true, stopped: false, held: false, braked: false, waived: false }]]),
    exceptions: new Map(),
  });
  ledger.note('a', of('floor'), now);
  expect(ledger.note('a', of('shop/base'), after(1_000)).policies).toEqual(new Set(['floor', 'shop/base']));
  expect(ledger.policy('floor').lastEvaluated).toEqual(now);
  expect(ledger.policy('shop/base').lastEvaluated).toEqual(after(1_000));
});

function judged(exceptionName = 'waiver'): Judgement {
  const policies = [
    aClusterPolicy({ mode: 'Enforce', exceptions: 'Forbidden', security: everyRule.security }),
    aPolicy({ mode: 'Enforce', security: everyRule.security }),
  ];
  const exceptions = [anException({}, { name: exceptionName })];
  const knowledge = scanned([aVulnerability()]);
  return evaluate({ workload: aWorkload(), knowledgeOf: () => knowledge, policies, exceptions, memory: noMemory, now });
}

test.each([
  ['stopped', { violating: true, stopped: true, held: false, braked: false, waived: false }],
  ['held', { violating: true, stopped: false, held: true, braked: false, waived: false }],
  ['running', { violating: true, stopped: false, held: false, braked: false, waived: false }],
] as const)(
  'a workload that is %s counts with the policy that wants it, and with the one that is waived',
  (kind, floor) => {
    const { policies, exceptions } = sharesOf(judged(), { kind }, now);
    expect(policies.get('floor')).toEqual(floor);
    expect(policies.get('shop/base')).toEqual({
      violating: false,
      stopped: false,
      held: false,
      braked: false,
      waived: true,
    });
    expect(exceptions.get('shop/waiver')).toMatchObject({ waives: 1, refused: 1 });
  },
);

test('what the brake holds is counted apart from what is held for other reasons', () => {
  const ledger = new PolicyLedger();
  ledger.note('a', sharesOf(judged(), { kind: 'held', reason: 'BrakeEngaged' }, now), now);
  ledger.note('b', sharesOf(judged(), { kind: 'held', reason: 'RateLimited' }, now), now);
  expect(ledger.policy('floor')).toMatchObject({ braked: 1, workloads: { held: 2 } });
  expect(ledger.policy('shop/base').braked).toBe(0);
});
