import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { XrayScanResultStatus } from '../../../../src/api/v1alpha1/types.js';
import { RESULT_ACTIONS, VERDICTS } from '../../../../src/api/v1alpha1/vocabulary.js';
import { resultFigures } from '../../../../src/report/figures/result-figures.js';

const violation = {
  policy: 'floor',
  condition: 'Security',
  id: 'CVE-2026-1',
  image: 'web:1',
  severity: 'Critical',
  summary: 'overflow',
  asks: 'ScaleDown',
  mode: 'Enforce',
  firstSeen: '2026-01-01T00:00:00Z',
  dueAt: '2026-01-01T00:00:00Z',
} as const;

const held = (reason: string): XrayScanResultStatus => ({
  verdict: 'Violating',
  action: 'Held',
  conditions: [
    {
      type: 'Enforced',
      status: 'False',
      reason,
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    },
  ],
});

function figuresOf(...statuses: readonly XrayScanResultStatus[]): ReturnType<typeof resultFigures> {
  return resultFigures(statuses.map((status) => ({ namespace: 'shop', status })));
}

const above0 = <T>(samples: readonly (readonly [T, number])[]): readonly (readonly [T, number])[] =>
  samples.filter(([, value]) => value > 0);

describe('the figures of results', () => {
  test('every pair of verdict and action is there, at 0, before there is anything', () => {
    const { workloads, violatingWorkloads } = resultFigures([]);
    expect(workloads).toHaveLength(VERDICTS.length * RESULT_ACTIONS.length);
    expect(above0(workloads)).toEqual([]);
    expect(violatingWorkloads).toEqual([]);
  });

  test('a result without a verdict is not counted, nor one without a status', () => {
    expect(above0(resultFigures([{ namespace: 'shop' }, { namespace: 'shop', status: {} }]).workloads)).toEqual([]);
  });

  test('vulnerabilities and violations are added up; what was left out is told', () => {
    const summary = { critical: 2, high: 1, medium: 0, low: 0, unknown: 4 };
    const figures = figuresOf(
      { verdict: 'Violating', action: 'ScaledDown', summary, violations: [violation], violationsOmitted: 7 },
      { verdict: 'Violating', action: 'Audited', summary, violations: [{ ...violation, condition: 'Unscanned' }] },
    );
    expect(above0(figures.vulnerabilities)).toEqual([
      [{ severity: 'Critical' }, 4],
      [{ severity: 'High' }, 2],
      [{ severity: 'Unknown' }, 8],
    ]);
    expect(above0(figures.violations)).toEqual([
      [{ condition: 'Unscanned', severity: 'Critical' }, 1],
      [{ condition: 'Security', severity: 'Critical' }, 1],
    ]);
    expect(figures.violationsOmitted).toBe(7);
    expect(figures.violatingWorkloads).toEqual([[{ namespace: 'shop' }, 2]]);
  });

  test('a deleted workload counts as deleted, and with nothing that it had', () => {
    const summary = { critical: 2, high: 0, medium: 0, low: 0, unknown: 0 };
    const figures = figuresOf({ verdict: 'Violating', action: 'Deleted', summary, violations: [violation] });
    expect(above0(figures.workloads)).toEqual([[{ verdict: 'Violating', action: 'Deleted' }, 1]]);
    expect([figures.vulnerabilities, figures.violations].flatMap((samples) => above0<unknown>(samples))).toEqual([]);
    expect(figures.violatingWorkloads).toEqual([]);
  });

  test('held workloads by their reason; a reason that is not ours makes no series', () => {
    expect(above0(figuresOf(held('BrakeEngaged'), held('BrakeEngaged'), held('Hacked')).heldWorkloads)).toEqual([
      [{ reason: 'BrakeEngaged' }, 2],
      [{ reason: 'Other' }, 1],
    ]);
  });

  test('contended workloads by who it is', () => {
    const contention = { manager: 'argocd-controller', times: 3, since: '2026-01-01T00:00:00Z' };
    expect(above0(figuresOf({ verdict: 'Violating', action: 'Held', contention }).contendedWorkloads)).toEqual([
      [{ contender: 'ArgoCD' }, 1],
    ]);
  });

  test('each workload counts once, whatever there is', () => {
    const anyStatus = fc.record({ verdict: fc.constantFrom(...VERDICTS), action: fc.constantFrom(...RESULT_ACTIONS) });
    fc.assert(
      fc.property(fc.array(anyStatus), (statuses) => {
        const { workloads } = figuresOf(...statuses);
        expect(workloads.reduce((sum, [, value]) => sum + value, 0)).toBe(statuses.length);
      }),
    );
  });
});
