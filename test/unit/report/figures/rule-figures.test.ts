import { expect, test } from '@jest/globals';
import type { Condition } from '@dot-kube/operator/conditions';
import type { Knowledge } from '../../../../src/scan/knowledge.js';
import { imageFigures } from '../../../../src/report/figures/image-figures.js';
import { connectionFigures, exceptionFigures, policyFigures } from '../../../../src/report/figures/rule-figures.js';

const now = new Date('2026-06-01T00:00:00Z');
const ready = (status: Condition['status']): { conditions: readonly Condition[] } => {
  const [lastTransitionTime, observedGeneration] = [now.toISOString(), 1];
  return { conditions: [{ type: 'Ready', status, reason: 'R', message: '', lastTransitionTime, observedGeneration }] };
};

test('policies by kind, mode and readiness; without a mode they audit, without a status nobody knows', () => {
  const figures = policyFigures([
    { kind: 'XrayPolicy', mode: 'Enforce', status: ready('True') },
    { kind: 'XrayPolicy', mode: undefined, status: ready('False') },
    { kind: 'ClusterXrayPolicy', mode: 'Enforce', status: undefined },
  ]);
  expect(figures).toHaveLength(12);
  expect(figures.filter(([, value]) => value > 0)).toEqual([
    [{ kind: 'ClusterXrayPolicy', mode: 'Enforce', ready: 'Unknown' }, 1],
    [{ kind: 'XrayPolicy', mode: 'Enforce', ready: 'True' }, 1],
    [{ kind: 'XrayPolicy', mode: 'Audit', ready: 'False' }, 1],
  ]);
});

test('an exception that ends within a day also ends within a week; at its end it has expired', () => {
  const at = (expiresAt: string) => ({ spec: { reason: 'r', expiresAt } });
  const { exceptions, ending } = exceptionFigures(
    [at('2026-06-01T12:00:00Z'), at('2026-06-05T00:00:00Z'), at('2027-01-01T00:00:00Z'), at('2026-06-01T00:00:00Z')],
    now,
  );
  expect(exceptions).toEqual([
    [{ state: 'Active' }, 3],
    [{ state: 'Expired' }, 1],
  ]);
  expect(ending).toEqual([
    [{ within: '1d' }, 1],
    [{ within: '7d' }, 2],
    [{ within: '30d' }, 2],
  ]);
});

test('no connection is not ready, and has never polled', () => {
  expect(connectionFigures(undefined)).toEqual({ ready: 0, lastPoll: undefined });
  const status = { ...ready('True'), lastSuccessfulPoll: '2026-06-01T00:00:00Z' };
  expect(connectionFigures({ status })).toEqual({ ready: 1, lastPoll: now.getTime() / 1_000 });
});

test('images by what is known; the oldest facts in force give the age, and none give none', () => {
  const facts = { vulnerabilities: [], licenses: [], paths: [] };
  const known: readonly Knowledge[] = [
    { state: 'scanned', facts, at: new Date('2026-05-31T00:00:00Z'), stale: 'Xray is away' },
    { state: 'scanned', facts, at: now },
    { state: 'notAsked' },
    { state: 'unscanned', at: now },
  ];
  const { images, stale, oldestFactsSeconds } = imageFigures(known, now);
  expect(Object.fromEntries(images.map(([{ state }, value]) => [state, value]))).toEqual({
    Scanned: 2,
    Unscanned: 1,
    NotAsked: 1,
    Unavailable: 0,
  });
  expect({ stale, oldestFactsSeconds }).toEqual({ stale: 1, oldestFactsSeconds: 86_400 });
  expect(imageFigures([], now).oldestFactsSeconds).toBeUndefined();
});
