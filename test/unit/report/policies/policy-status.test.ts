import { describe, expect, test } from '@jest/globals';
import { compileException } from '../../../../src/evaluate/exception.js';
import { overriddenBy } from '../../../../src/evaluate/floor.js';
import { compilePolicy } from '../../../../src/evaluate/policy.js';
import { exceptionStatus } from '../../../../src/report/policies/exception-status.js';
import type { ExceptionTally } from '../../../../src/report/policies/policy-ledger.js';
import { policyReadiness } from '../../../../src/report/policies/policy-readiness.js';
import { evaluatedWaitMs, policyStatus } from '../../../../src/report/policies/policy-status.js';
import { WriteThrottle } from '../../../../src/report/write-throttle.js';
import type { PolicyRules } from '../../../../src/api/v1alpha1/types.js';
import { aClusterPolicy, after, aPolicy, now } from '../../../builders/builders.js';

const newest = compilePolicy({ namespace: 'shop', name: 'base' }, { security: {} });
const ready = policyReadiness({ newest, hasValidForm: true, overridden: [] });

describe('a floor overrides', () => {
  const stop = { deployments: 'ScaleDown' } as const;
  const floor: PolicyRules = {
    mode: 'Enforce',
    unscanned: { gracePeriod: '15m', exemptImages: ['registry.k8s.io/*'], actions: stop },
    security: { minSeverity: 'High', ignoredVulnerabilities: ['CVE-2026-0001'], actions: stop },
    license: { denied: ['GPL-*'], actions: stop },
  };
  const cases: Record<string, [PolicyRules, readonly string[]]> = {
    'nothing of what is the same': [floor, []],
    'nothing of what is stricter': [
      { mode: 'Enforce', security: { minSeverity: 'Low', actions: { deployments: 'Delete' } } },
      [],
    ],
    'a milder action': [{ mode: 'Enforce', security: {} }, ['spec.security.actions.deployments']],
    'a higher severity': [
      { mode: 'Enforce', security: { minSeverity: 'Critical', actions: stop } },
      ['spec.security.minSeverity'],
    ],
    'a longer grace period': [
      { mode: 'Enforce', security: { gracePeriod: '1h', actions: stop } },
      ['spec.security.gracePeriod'],
    ],
    'what the team ignores and the floor does not': [
      { mode: 'Enforce', security: { ignoredVulnerabilities: ['CVE-2026-0001', 'CVE-2026-0002'], actions: stop } },
      ['spec.security.ignoredVulnerabilities'],
    ],
    'images that are exempt for the team only': [
      { mode: 'Enforce', unscanned: { exemptImages: ['shop/*'], actions: stop } },
      ['spec.unscanned.exemptImages'],
    ],
    'a license that the floor denies': [
      { mode: 'Enforce', license: { allowed: ['MIT', 'GPL-2.0-only'], actions: stop } },
      ['spec.license.allowed'],
    ],
    'an audit': [{ mode: 'Audit', license: { denied: ['GPL-*'], actions: stop } }, ['spec.mode']],
  };
  test.each(Object.entries(cases))('%s', (_, [team, fields]) => {
    const overridden = overriddenBy(aPolicy(team), [aClusterPolicy(floor)]);
    expect(overridden).toEqual(fields.map((field) => ({ field, by: ['floor'] })));
  });

  test('nothing of a condition that it does not cover', () => {
    const onLicenses = aClusterPolicy({ mode: 'Enforce', license: { denied: ['GPL-*'], actions: stop } });
    expect(overriddenBy(aPolicy({ mode: 'Audit', security: {} }), [onLicenses])).toEqual([]);
  });
});

test('a policy says that it is in force, that the platform asks for more, or what is wrong', () => {
  expect(ready.condition).toMatchObject({ status: 'True', reason: 'Valid' });
  const overridden = [{ field: 'spec.security.minSeverity', by: ['floor'] }];
  expect(policyReadiness({ newest, hasValidForm: true, overridden }).condition).toMatchObject({
    status: 'True',
    reason: 'OverriddenByPlatform',
    message: expect.stringContaining('spec.security.minSeverity (ClusterXrayPolicy floor)'),
  });
  const bad = compilePolicy({ namespace: 'shop', name: 'base' }, { license: { denied: ['^a'] } });
  const said = policyReadiness({ newest: bad, hasValidForm: false, overridden: [] });
  expect(said).toMatchObject({ condition: { status: 'False' }, event: { reason: 'InvalidLicensePattern' } });
  expect(said.condition.message).toContain('It is not in force.');
});

test('counts that are not yet known leave those of before', () => {
  const workloads = { selected: 3, violating: 2, stopped: 1, held: 0, waived: 0 };
  const previous = { workloads, lastEvaluated: '2026-03-01T11:00:00Z' };
  const of = { policy: 'shop/base', generation: 1, approve: undefined, isInForce: true };
  const status = { ...of, readiness: ready, lastValid: undefined, previous, now };
  expect(policyStatus({ ...status, tally: undefined })).toMatchObject(previous);
  const none = { selected: 0, violating: 0, stopped: 0, held: 0, waived: 0 };
  expect(policyStatus({ ...status, tally: { workloads: none, braked: 0, lastEvaluated: now } })).toMatchObject({
    workloads: none,
    lastEvaluated: '2026-03-01T12:00:00Z',
  });
});

test('that a policy was evaluated again is written once a minute', () => {
  expect(evaluatedWaitMs(undefined, now)).toBe(0);
  expect(evaluatedWaitMs(now.toISOString(), after(59_000))).toBe(1_000);
  expect(evaluatedWaitMs(now.toISOString(), after(60_000))).toBe(0);
});

test('a key is written at most once in a while, and other keys do not wait for it', () => {
  const throttle = new WriteThrottle(3_000);
  expect(throttle.waitMs('a', 0)).toBe(0);
  throttle.wrote('a', 0);
  expect([throttle.waitMs('a', 1_000), throttle.waitMs('b', 1_000)]).toEqual([2_000, 0]);
  expect(throttle.waitMs('a', 3_000)).toBe(0);
  throttle.wrote('a', 3_000);
  throttle.forget('a');
  expect(throttle.waitMs('a', 3_001)).toBe(0);
});

describe('an exception is', () => {
  const key = { namespace: 'shop', name: 'waiver', creationTimestamp: now.toISOString() };
  const spec = { workloadSelector: {}, unscanned: true, reason: 'why' };
  const until = (time: string) => compileException(key, { ...spec, expiresAt: time });
  const lasting = until(after(1).toISOString());
  const tally = (counts: Partial<ExceptionTally>): ExceptionTally => ({
    workloads: 0,
    violations: 0,
    refused: 0,
    refusal: undefined,
    ...counts,
  });
  const waives = tally({ workloads: 1, violations: 2 });
  const cases: Record<string, [Parameters<typeof exceptionStatus>[0], Record<string, string>]> = {
    'active while it waives': [
      { generation: 1, compiled: lasting, tally: waives, previous: undefined, now },
      { Ready: 'True Active', Active: 'True InForce', Effective: 'True Waives' },
    ],
    'active and says so where it waives nothing': [
      { generation: 1, compiled: lasting, tally: tally({}), previous: undefined, now },
      { Ready: 'True WaivesNothing', Active: 'True InForce', Effective: 'False WaivesNothing' },
    ],
    'refused by the platform': [
      { generation: 1, compiled: lasting, tally: tally({ refused: 1, refusal: 'no' }), previous: undefined, now },
      {
        Ready: 'False RefusedByPolicy',
        Active: 'True InForce',
        Effective: 'False WaivesNothing',
        Refused: 'True RefusedByPolicy',
      },
    ],
    'expired at its very end': [
      { generation: 1, compiled: until(now.toISOString()), tally: waives, previous: undefined, now },
      { Ready: 'False Expired', Active: 'False Expired', Effective: 'False Expired' },
    ],
    'invalid where its end is no time': [
      { generation: 1, compiled: until('2026-12-31T23:59:60Z'), tally: waives, previous: undefined, now },
      { Ready: 'False InvalidExpiry', Active: 'False InvalidExpiry', Effective: 'False InvalidExpiry' },
    ],
    'not yet judged after a restart': [
      { generation: 1, compiled: lasting, tally: undefined, previous: undefined, now },
      { Ready: 'True Active', Active: 'True InForce', Effective: 'Unknown NotYetJudged' },
    ],
  };
  const said = (status: ReturnType<typeof exceptionStatus>): Record<string, string> =>
    Object.fromEntries((status.conditions ?? []).map((one) => [one.type, `${one.status} ${one.reason}`]));

  test.each(Object.entries(cases))('%s', (_, [input, conditions]) => {
    expect(said(exceptionStatus(input))).toEqual(conditions);
  });

  test('no longer refused once nothing is', () => {
    const refused = exceptionStatus({
      generation: 1,
      compiled: lasting,
      tally: tally({ refused: 1, refusal: 'no' }),
      previous: undefined,
      now,
    });
    const then = exceptionStatus({ generation: 1, compiled: lasting, tally: waives, previous: refused, now });
    expect(said(then)).not.toHaveProperty('Refused');
  });
});
