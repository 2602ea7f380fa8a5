// What holds for every set of policies, exceptions and findings, tried with generated ones.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  Action,
  ClusterXrayPolicySpec,
  PolicyRules,
  Severity,
  XrayExceptionSpec,
} from '../../../src/api/v1alpha1/types.js';
import type { Exception } from '../../../src/evaluate/exception.js';
import type { Policy } from '../../../src/evaluate/policy.js';
import { conditionsOf } from '../../../src/evaluate/tiers.js';
import { evaluate, type Judgement } from '../../../src/evaluate/verdict.js';
import { isDue, isStricter, type Violation } from '../../../src/evaluate/violation.js';
import type { Knowledge } from '../../../src/scan/knowledge.js';
import {
  aClusterPolicy,
  after,
  anException,
  aPolicy,
  aVulnerability,
  aWorkload,
  noMemory,
  now,
  scanned,
} from '../../builders/builders.js';

const IDS = ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003', 'CVE-2026-0004'];
const LICENSES = ['MIT', 'GPL-3.0-only', 'AGPL-3.0-only'];

const action = fc.constantFrom<Action>('Ignore', 'ScaleDown', 'Delete');
const severity = fc.constantFrom<Severity>('Critical', 'High', 'Medium', 'Low', 'Unknown');
const ids = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1 });
const actions = action.map((deployments) => ({ deployments }));
const gracePeriod = fc.constantFrom('0s', '1h');
const selector = fc.constantFrom({}, { matchLabels: { app: 'web' } }, { matchLabels: { app: 'other' } });

const security = fc.record({
  minSeverity: severity,
  onlyFixable: fc.boolean(),
  ignoredVulnerabilities: fc.option(ids, { nil: [] }),
  gracePeriod,
  actions,
});
const license = fc.record({ denied: fc.constantFrom(['GPL-*'], ['*GPL*'], ['MIT']), actions });
const unscanned = fc.record({ gracePeriod, exemptImages: fc.constantFrom([], ['other/*'], ['shop/*']), actions });

const rules: fc.Arbitrary<PolicyRules> = fc
  .record(
    {
      mode: fc.constantFrom('Enforce' as const, 'Audit' as const),
      workloadSelector: selector,
      security,
      license,
      unscanned,
    },
    { requiredKeys: ['mode'] },
  )
  .filter((spec) => 'security' in spec || 'license' in spec || 'unscanned' in spec);

const exceptionTerms: fc.Arbitrary<Partial<ClusterXrayPolicySpec>> = fc.constantFrom(
  {},
  { exceptions: 'Forbidden' as const },
  { maxExceptionDuration: '1h' },
);

type Tier = Policy['tier'];

function policyOf(tier: Tier, spec: PolicyRules, terms: Partial<ClusterXrayPolicySpec>, name: string): Policy {
  return tier === 'Team' ? aPolicy(spec, name) : aClusterPolicy({ tier, ...spec, ...terms }, name);
}

const policyIn = (...tiers: readonly Tier[]): fc.Arbitrary<Policy> =>
  fc
    .tuple(fc.constantFrom(...tiers), rules, exceptionTerms, fc.uuid())
    .map(([tier, spec, terms, name]) => policyOf(tier, spec, terms, name));
const anyPolicy = policyIn('Required', 'Default', 'Team');
const policies = fc.array(anyPolicy, { maxLength: 6 });

const exempts = fc
  .record(
    {
      vulnerabilities: ids,
      licenses: fc.uniqueArray(fc.constantFrom(...LICENSES), { minLength: 1 }),
      unscanned: fc.constant(true),
      workloadSelector: selector,
      images: fc.constantFrom(['shop/*'], ['other/*']),
    },
    { requiredKeys: [] },
  )
  .filter((spec) => 'vulnerabilities' in spec || 'licenses' in spec || 'unscanned' in spec);
const lastsMs = fc.integer({ min: -1_000, max: 7_200_000 });
const exception: fc.Arbitrary<Exception> = fc
  .tuple(exempts, lastsMs, fc.uuid())
  .map(([spec, ms, name]) => exceptionOf(spec, ms, name));
const exceptions = fc.array(exception, { maxLength: 4 });

function exceptionOf(spec: Partial<XrayExceptionSpec>, ms: number, name: string): Exception {
  return anException({ ...spec, expiresAt: after(ms).toISOString() }, { name });
}

const findings = fc
  .tuple(fc.array(fc.tuple(severity, ids, fc.boolean(), fc.boolean()), { maxLength: 4 }), fc.subarray(LICENSES))
  .map(([found, licenses]) =>
    scanned(
      found.map(([one, cves, fixable, malicious], i) =>
        aVulnerability({
          id: `XRAY-${i + 1}`,
          cves,
          severity: one,
          fixedVersions: fixable ? ['2.0'] : [],
          malicious,
        }),
      ),
      licenses,
    ),
  );
const knowledge: fc.Arbitrary<Knowledge> = fc.oneof(
  { weight: 6, arbitrary: findings },
  fc.constant<Knowledge>({ state: 'unscanned', at: now }),
  fc.constant<Knowledge>({ state: 'unavailable', why: 'HTTP 503' }),
);

interface Given {
  readonly policies: readonly Policy[];
  readonly exceptions?: readonly Exception[];
  readonly knowledge: Knowledge;
  readonly at?: Date;
}

function judge({ policies: inForce, exceptions: waivers = [], knowledge: known, at = now }: Given): Judgement {
  return evaluate({
    workload: aWorkload(),
    knowledgeOf: () => known,
    policies: inForce,
    exceptions: waivers,
    memory: noMemory,
    now: at,
  });
}

const keyOf = ({ policy, condition, vulnerability, id }: Violation): string =>
  [policy, condition, vulnerability?.id ?? id].join(' ');
const keys = (violations: readonly Violation[]): ReadonlySet<string> => new Set(violations.map(keyOf));

function isMilder(one: Judgement, than: Judgement): boolean {
  return isStricter(than.demand, one.demand) || (one.verdict === 'Compliant' && than.verdict !== 'Compliant');
}

describe('one more policy', () => {
  test('of the cluster never makes a verdict milder', () => {
    fc.assert(
      fc.property(policies, policyIn('Required', 'Default'), exceptions, knowledge, (all, more, waivers, known) => {
        const before = judge({ policies: all, exceptions: waivers, knowledge: known });
        const then = judge({ policies: [...all, more], exceptions: waivers, knowledge: known });
        // What is shown as `Unscanned` where nobody speaks of it may wait for its grace period once somebody does.
        expect(isMilder(then, before) && before.verdict !== 'Unscanned').toBe(false);
        expect(isStricter(before.demand, then.demand)).toBe(false);
        expect(keys(then.violations).isSupersetOf(keys(before.violations))).toBe(true);
      }),
    );
  });

  test('of a team never makes it milder than what no default asks', () => {
    fc.assert(
      fc.property(policies, policyIn('Team'), exceptions, knowledge, (all, more, waivers, known) => {
        const firm = all.filter(({ tier }) => tier !== 'Default');
        const then = judge({ policies: [...all, more], exceptions: waivers, knowledge: known });
        const floor = judge({ policies: firm, exceptions: waivers, knowledge: known });
        expect(isStricter(floor.demand, then.demand)).toBe(false);
        expect(keys(then.violations).isSupersetOf(keys(floor.violations))).toBe(true);
      }),
    );
  });

  test('of a team takes from a default only the conditions that it covers', () => {
    fc.assert(
      fc.property(policies, policyIn('Team'), knowledge, (all, more, known) => {
        const before = judge({ policies: all, knowledge: known });
        const after1 = keys(judge({ policies: [...all, more], knowledge: known }).violations);
        const kept = before.violations.filter(({ condition }) => !conditionsOf(more).includes(condition));
        expect(after1.isSupersetOf(keys(kept))).toBe(true);
      }),
    );
  });
});

function mayWaive({ exceptions: terms }: Policy, { createdAt, expiresAt }: Exception): boolean {
  if (!terms.allowed) return false;
  return terms.maxMs === undefined || expiresAt.getTime() - createdAt.getTime() <= terms.maxMs;
}

describe('an exception', () => {
  test('waives exactly what it names, while it lasts, of policies that let it', () => {
    fc.assert(
      fc.property(policies, exception, knowledge, (all, waiver, known) => {
        const before = judge({ policies: all, knowledge: known });
        const then = judge({ policies: all, exceptions: [waiver], knowledge: known });
        const byName = new Map(all.map((policy) => [policy.name, policy]));
        const [image] = aWorkload().images;
        const holds =
          now < waiver.expiresAt && waiver.holdsFor(aWorkload()) && image !== undefined && waiver.holdsForImage(image);
        const waivable = before.violations.filter((violation) => {
          const policy = byName.get(violation.policy);
          return holds && waiver.names(violation) && policy !== undefined && mayWaive(policy, waiver);
        });
        expect(keys(then.waived)).toEqual(keys(waivable));
        expect(then.violations.length + then.waived.length).toBe(before.violations.length);
        expect(keys(then.violations).isDisjointFrom(keys(then.waived))).toBe(true);
      }),
    );
  });

  test('does nothing to a finding of which it names only a part', () => {
    fc.assert(
      fc.property(policies, ids, findings, (all, named, known) => {
        const then = judge({ policies: all, exceptions: [anException({ vulnerabilities: named })], knowledge: known });
        for (const { vulnerability } of then.waived)
          expect(new Set(vulnerability?.cves).isSubsetOf(new Set(named))).toBe(true);
      }),
    );
  });

  test('ends exactly at its end', () => {
    fc.assert(
      fc.property(policies, exempts, fc.integer({ min: 1, max: 7_200_000 }), knowledge, (all, spec, ms, known) => {
        const waiver = exceptionOf(spec, ms, 'waiver');
        const given = { policies: all, knowledge: known };
        const atEnd = judge({ ...given, exceptions: [waiver], at: waiver.expiresAt });
        expect(atEnd).toEqual(judge({ ...given, at: waiver.expiresAt }));
        const justBefore = new Date(waiver.expiresAt.getTime() - 1);
        const lasting = exceptionOf(spec, ms + 1, 'waiver');
        const held = judge({ ...given, exceptions: [waiver], at: justBefore });
        // The limit of a policy counts its whole length, which differs by this millisecond.
        if (ms !== 3_600_000)
          expect(keys(held.waived)).toEqual(keys(judge({ ...given, exceptions: [lasting], at: justBefore }).waived));
        if (held.waived.length > 0) expect(held.nextAt).toEqual(waiver.expiresAt);
      }),
    );
  });
});

describe('always', () => {
  test('the same input gives the same output, in whatever order', () => {
    fc.assert(
      fc.property(policies, exceptions, knowledge, (all, waivers, known) => {
        const one = judge({ policies: all, exceptions: waivers, knowledge: known });
        const shuffled = judge({
          policies: all.toReversed(),
          exceptions: waivers.toReversed(),
          knowledge: known,
        });
        expect(judge({ policies: all, exceptions: waivers, knowledge: known })).toEqual(one);
        expect(shuffled).toEqual(one);
      }),
    );
  });

  test('nothing changes before nextAt', () => {
    fc.assert(
      fc.property(policies, exceptions, knowledge, (all, waivers, known) => {
        const given = { policies: all, exceptions: waivers, knowledge: known };
        const { nextAt, demand, auditDemand, verdict } = judge(given);
        const memory = { imageFirstSeen: () => now, violationFirstSeen: () => now };
        const until = nextAt === undefined ? after(86_400_000) : new Date(nextAt.getTime() - 1);
        const later = evaluate({
          workload: aWorkload(),
          knowledgeOf: () => known,
          policies: all,
          exceptions: waivers,
          memory,
          now: until,
        });
        expect({ demand: later.demand, auditDemand: later.auditDemand, verdict: later.verdict }).toEqual({
          demand,
          auditDemand,
          verdict,
        });
      }),
    );
  });

  test('each violation names a policy that was given, a field and a reason', () => {
    fc.assert(
      fc.property(policies, exceptions, knowledge, (all, waivers, known) => {
        const { violations, waived, demand } = judge({ policies: all, exceptions: waivers, knowledge: known });
        for (const violation of [...violations, ...waived]) {
          const policy = all.find(({ name }) => name === violation.policy);
          expect(policy?.kind).toBe(violation.policyKind);
          expect(violation.field).toMatch(/^spec\.(unscanned|security|license)/);
          expect(violation.reason).toMatch(/^[A-Z]/);
        }
        const due = violations.filter((one) => isDue(one, now) && one.mode === 'Enforce');
        for (const { asks } of due) expect(isStricter(asks, demand)).toBe(false);
      }),
    );
  });
});
