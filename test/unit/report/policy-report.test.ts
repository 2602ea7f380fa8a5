// A report says of every rule what became of it, never more than is known, stays small, and is the same while nothing changes.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ResultViolation, ResultWaived, XrayScanResultStatus } from '../../../src/api/v1alpha1/types.js';
import { evaluate } from '../../../src/evaluate/verdict.js';
import { fingerprintOfReport } from '../../../src/observe/policy-reports.js';
import { type CoveredRule, coverageOf } from '../../../src/report/policies/policy-coverage.js';
import { policyReport, policyReportName, type ReportedResult } from '../../../src/report/policy-report.js';
import {
  aClusterPolicy,
  aPolicy,
  aVulnerability,
  aWorkload,
  everyRule,
  noMemory,
  now,
  scanned,
} from '../../builders/builders.js';

const at = now.toISOString();
const seconds = now.getTime() / 1000;

const aRule = (differs: Partial<CoveredRule> = {}): CoveredRule => ({
  policyKind: 'XrayPolicy',
  policy: 'shop/base',
  condition: 'Security',
  mode: 'Enforce',
  violations: 0,
  waived: 0,
  ...differs,
});

const found = {
  policy: 'shop/base',
  policyKind: 'XrayPolicy',
  condition: 'Security',
  id: 'CVE-2026-1',
  image: 'shop/web:1',
  severity: 'Critical',
  summary: 'overflow',
  firstSeen: at,
} as const;
const violation: ResultViolation = { ...found, asks: 'ScaleDown', mode: 'Enforce', dueAt: at };
const waived: ResultWaived = { ...found, exception: 'shop/waiver', until: at };

const aResult = (status: XrayScanResultStatus = {}): ReportedResult => ({
  namespace: 'shop',
  name: 'deployment-web',
  uid: 'uid-result',
  spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid-web' } },
  status,
});

const image = (state: 'Scanned' | 'Unscanned' | 'Pending' | 'Unavailable'): XrayScanResultStatus => ({
  images: [{ reference: 'shop/web:1', containers: [], revision: 'Current', state, firstSeen: at }],
});

describe('what becomes of a rule', () => {
  test.each<[string, Partial<CoveredRule>, XrayScanResultStatus, string]>([
    ['kept', {}, image('Scanned'), 'pass'],
    ['broken', { violations: 1 }, { violations: [violation] }, 'fail'],
    ['broken under Audit', { violations: 1, mode: 'Audit' }, { violations: [violation] }, 'warn'],
    ['broken, and not listed', { violations: 3 }, {}, 'fail'],
    ['waived', { waived: 1 }, { waived: [waived] }, 'skip'],
    ['broken and waived', { violations: 1, waived: 1 }, { violations: [violation], waived: [waived] }, 'fail skip'],
    ['broken by others only', {}, { ...image('Scanned'), violations: [{ ...violation, policy: 'floor' }] }, 'pass'],
    ['of an image without a scan', {}, image('Unscanned'), 'skip'],
    ['of an image that is exempt from scans', { condition: 'Unscanned' }, image('Unscanned'), 'pass'],
    ['of an image that is awaited', {}, image('Pending'), 'skip'],
    ['of an image that nobody can tell of', {}, image('Unavailable'), 'error'],
    [
      'that is open, though another is broken',
      { open: 'HTTP 403' },
      { ...image('Scanned'), verdict: 'Violating' },
      'error',
    ],
    ['where it is not known what was raised', {}, { ...image('Scanned'), verdict: 'Unknown' }, 'error'],
  ])('%s', (_, rule, status, outcomes) => {
    const { results, summary } = policyReport(aResult(status), [aRule(rule)]);
    expect(results.map(({ result }) => result).join(' ')).toBe(outcomes);
    expect(Object.values(summary).reduce((sum, count) => sum + count, 0)).toBe(results.length);
  });
});

test('a broken rule is told with what other tools sort by', () => {
  const status: XrayScanResultStatus = {
    action: 'ScaledDown',
    violations: [{ ...violation, fixedVersions: ['1.2', '1.3'] }],
  };
  expect(policyReport(aResult(status), [aRule({ violations: 1 })])).toEqual({
    metadata: {
      labels: { 'app.kubernetes.io/managed-by': 'kubexray-operator' },
      ownerReferences: [
        {
          apiVersion: 'kubexray.io/v1alpha1',
          kind: 'XrayScanResult',
          name: 'deployment-web',
          uid: 'uid-result',
          controller: true,
        },
      ],
    },
    scope: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-web' },
    results: [
      {
        source: 'kubexray',
        policy: 'shop/base',
        rule: 'Security',
        category: 'Vulnerability',
        scored: true,
        result: 'fail',
        severity: 'critical',
        message: 'CVE-2026-1 in shop/web:1: overflow',
        timestamp: { seconds, nanos: 0 },
        properties: {
          id: 'CVE-2026-1',
          image: 'shop/web:1',
          asks: 'ScaleDown',
          mode: 'Enforce',
          dueAt: at,
          action: 'ScaledDown',
          fixedVersions: '1.2, 1.3',
        },
      },
    ],
    summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
  });
});

test.each([
  ['Critical', 'critical'],
  ['High', 'high'],
  ['Medium', 'medium'],
  ['Low', 'low'],
  ['Unknown', undefined],
] as const)('severity %s is %s', (severity, word) => {
  const { results } = policyReport(aResult({ violations: [{ ...violation, severity }] }), [aRule({ violations: 1 })]);
  expect(results[0]?.severity).toBe(word);
});

test('however much is found, a report stays far below what the API server takes', () => {
  const text = 'x'.repeat(2048);
  const many = Array.from({ length: 50 }, () => ({ ...violation, image: text, id: text }));
  const exempt = Array.from({ length: 50 }, () => ({ ...waived, image: text, id: text }));
  const rules = Array.from({ length: 500 }, (_, i) =>
    aRule({ policy: i === 0 ? 'shop/base' : `shop/${i}`, violations: 900 }),
  );
  const report = policyReport(aResult({ violations: many, waived: exempt }), rules);
  expect(JSON.stringify(report).length).toBeLessThan(700_000);
});

test('a name stands apart from those of other tools, and is never too long', () => {
  expect(policyReportName({ name: 'deployment-web', uid: 'u' })).toBe('kubexray-deployment-web');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 253 }), (length) => {
      const name = policyReportName({ name: 'a'.repeat(length), uid: '0b7c1a52-0000-4000-8000-000000000000' });
      expect(name.length).toBeLessThanOrEqual(253);
    }),
  );
});

test('the order of fields, which the API server chooses, makes no difference; their values do', () => {
  const report = policyReport(aResult({ violations: [violation] }), [aRule({ violations: 1 })]);
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, turned(inner)]),
    );
  };
  const { results, scope, summary } = report;
  expect(
    fingerprintOfReport({ ...report, scope: turned(scope), results: results.map(turned), summary: turned(summary) }),
  ).toBe(fingerprintOfReport(report));
  expect(fingerprintOfReport({ ...report, results: [] })).not.toBe(fingerprintOfReport(report));
});

test('every rule that holds is covered, and those that give way are not', () => {
  const judgement = evaluate({
    workload: aWorkload(),
    knowledgeOf: () => scanned([aVulnerability()]),
    policies: [aPolicy(), aClusterPolicy({ tier: 'Default', mode: 'Audit', ...everyRule }, 'default')],
    exceptions: [],
    memory: noMemory,
    now,
  });
  const covered = coverageOf(judgement);
  expect(covered.map(({ policy, condition, violations: count }) => `${policy} ${condition} ${count}`)).toEqual([
    'shop/base Unscanned 0',
    'shop/base Security 1',
    'shop/base License 0',
  ]);
});

test('a rule that goes by what Xray raised is open where that is not known, and the others are not', () => {
  const facts = scanned([aVulnerability()]).facts;
  const policies = [aPolicy({ ...everyRule, security: { source: 'Violations' } }), aPolicy({ ...everyRule }, 'other')];
  const judgement = evaluate({
    workload: aWorkload(),
    knowledgeOf: () => ({ ...scanned(), facts: { ...facts, raised: { known: false, why: 'HTTP 403' } } }),
    ...{ policies, exceptions: [], memory: noMemory, now },
  });
  const open = coverageOf(judgement).flatMap((rule) => (rule.open === undefined ? [] : [rule]));
  expect(judgement.verdict).toBe('Violating');
  expect(open).toMatchObject([{ policy: 'shop/base', condition: 'Security', open: 'HTTP 403' }]);
});
