import { describe, expect, test } from '@jest/globals';
import type { Policy } from '../../../../src/evaluate/policy.js';
import type { XrayScanResultStatus } from '../../../../src/api/v1alpha1/types.js';
import type { Digest } from '../../../../src/workload/digest.js';
import type { Workload } from '../../../../src/workload/workload.js';
import type { WaivedViolation } from '../../../../src/evaluate/violation.js';
import { memoryOf, rememberedViolations } from '../../../../src/report/result/first-seen.js';
import type { Knowledge } from '../../../../src/scan/knowledge.js';
import { rememberedFacts } from '../../../../src/report/result/memory.js';
import { resultStatus } from '../../../../src/report/result/result-status.js';
import { evaluate, type Judgement } from '../../../../src/evaluate/verdict.js';
import {
  aDigest,
  after,
  anException,
  aPolicy,
  aViolation,
  aVulnerability,
  aWorkload,
  everyRule,
  noMemory,
  now,
  scanned,
} from '../../../builders/builders.js';

const COUNT = 300;
const found = scanned(
  Array.from({ length: COUNT }, (_, i) => aVulnerability({ id: `XRAY-${i}`, cves: [`CVE-2026-${10_000 + i}`] })),
);
const policies = [aPolicy({ mode: 'Enforce', security: { ...everyRule.security, gracePeriod: '1h' } })];

function judge(at: Date, memory = noMemory): Judgement {
  const exceptions = [anException({ vulnerabilities: ['CVE-2026-10000'], expiresAt: after(7_200_000).toISOString() })];
  return evaluate({ workload: aWorkload(), knowledgeOf: () => found, policies, exceptions, memory, now: at });
}

function resultOf(judgement: Judgement): ReturnType<typeof resultStatus> {
  return resultStatus({ judgement, standing: { kind: 'running' }, previous: undefined, generation: 1, now });
}

test('since when there are violations survives a restart for all of them, listed, waived or neither', () => {
  const result = resultOf(judge(now));
  expect([result.violations?.length, result.waived?.length]).toEqual([50, 1]);
  expect(JSON.stringify(result).length).toBeLessThan(65_536);
  const later = judge(after(3_600_000), memoryOf(result));
  const seen = [...later.violations, ...later.waived].map(({ firstSeen }) => firstSeen.getTime());
  expect(seen).toHaveLength(COUNT);
  expect(new Set(seen)).toEqual(new Set([now.getTime()]));
  expect(later.demand).toBe('ScaleDown');
});

test('where not all can be remembered, those with a grace period come first', () => {
  const without = Array.from({ length: 2_000 }, (_, i) => aViolation({ id: `CVE-2026-${10_000 + i}` }));
  const inGrace = aViolation({ id: 'CVE-2026-9999', dueAt: after(1) });
  const ids = rememberedViolations([], [...without, inGrace]).flatMap((one) => one.ids);
  expect(ids).toHaveLength(2_000);
  expect(ids).toContain('CVE-2026-9999');
});

test('what is listed, or is one violation of two policies, is remembered once', () => {
  const listed = aViolation({ id: 'CVE-2026-0001' });
  const other = aViolation({ id: 'CVE-2026-0002' });
  const remembered = rememberedViolations([listed], [listed, other, { ...other, policy: 'shop/other' }]);
  expect(remembered.map(({ ids }) => ids)).toEqual([['CVE-2026-0002']]);
});

test('what is waived is still known after Xray has forgotten the image, under all its names', () => {
  const judgement = judge(now);
  const { waived } = resultOf(judgement);
  expect(waived).toMatchObject([
    { id: 'CVE-2026-10000', aliases: ['XRAY-0'] } satisfies Partial<WaivedViolation> | object,
  ]);
  const facts = rememberedFacts(resultOf(judgement), aDigest())?.facts;
  expect(facts?.vulnerabilities.find(({ id }) => id === 'XRAY-0')).toMatchObject({ cves: ['CVE-2026-10000'] });
});

describe('a grace period counts from when any rule first named the finding', () => {
  const security = { ...everyRule.security, gracePeriod: '1h' };
  const named = [aPolicy({ mode: 'Enforce', security })];
  const others: Readonly<Record<string, readonly Policy[]>> = {
    'no policy': [],
    'a milder one': [aPolicy({ mode: 'Enforce', security: { ...security, ignoredVulnerabilities: ['XRAY-1'] } })],
    'one that only reports': [aPolicy({ mode: 'Audit', security: everyRule.security }, 'other')],
  };
  const pass = (policies: readonly Policy[], at: Date, previous?: XrayScanResultStatus): XrayScanResultStatus => {
    const knowledgeOf = (): Knowledge => scanned([aVulnerability({ id: 'XRAY-1' })]);
    const workload = aWorkload();
    const judgement = evaluate({
      ...{ workload, knowledgeOf, policies, exceptions: [], memory: memoryOf(previous), now: at },
    });
    return resultStatus({ judgement, standing: { kind: 'running' }, previous, generation: 1, now: at });
  };

  test.each<[string, Date]>([
    ['no policy', after(60_000)],
    ['a milder one', after(60_000)],
    ['one that only reports', now],
  ])('after %s', (name, seen) => {
    const before = pass(others[name] ?? [], now);
    const then = pass(named, after(60_000), before);
    expect(then.violations).toMatchObject([{ firstSeen: seen.toISOString() }]);
  });

  test('and anew after a time in which none did', () => {
    const between = pass([], after(60_000), pass(named, now));
    expect(pass(named, after(61_000), between).violations).toMatchObject([{ firstSeen: after(61_000).toISOString() }]);
  });
});

describe('what only Jobs of a former template violate', () => {
  const policies = [aPolicy({ mode: 'Enforce', security: { ...everyRule.security, gracePeriod: '1h' } })];
  const images = aWorkload().images.map((image) => ({ ...image, revision: 'Previous' as const }));
  const waiver = anException({ vulnerabilities: ['CVE-2026-0001'], expiresAt: after(1_800_000).toISOString() });
  const pass = (
    at: Date,
    previous?: XrayScanResultStatus,
    exceptions = [waiver].slice(1),
  ): [Judgement, XrayScanResultStatus] => {
    const judgement = evaluate({
      ...{ workload: aWorkload({ images }), knowledgeOf: () => scanned([aVulnerability()]), policies, exceptions },
      ...{ memory: memoryOf(previous), now: at },
    });
    return [judgement, resultStatus({ judgement, standing: { kind: 'running' }, previous, generation: 1, now: at })];
  };

  test('is remembered too: their grace period would else begin anew with each pass, and never end', () => {
    const [first, result] = pass(now);
    expect(first.nextAt).toEqual(after(3_600_000));
    const [, between] = pass(after(60_000), result);
    expect(between).toEqual(result);
    const [again] = pass(after(3_600_000), between);
    expect(again.leftovers).toMatchObject([{ firstSeen: now, dueAt: after(3_600_000) }]);
  });

  test('also while it is waived, and is looked at when the waiver ends', () => {
    const [first, result] = pass(now, undefined, [waiver]);
    expect(first).toMatchObject({ leftovers: [], nextAt: after(1_800_000) });
    const [again] = pass(after(1_800_000), result, [waiver]);
    expect(again.leftovers).toMatchObject([{ firstSeen: now }]);
  });
});

describe('while pods of the same image are about to run', () => {
  const rules = { ...everyRule, security: { ...everyRule.security, gracePeriod: '1h' } };
  const grace = [aPolicy({ mode: 'Enforce', ...rules })];
  const bad = scanned([aVulnerability()]);
  const pulled = aWorkload();
  const unpulled = aWorkload({
    images: pulled.images.map(({ reference, containers, revision }) => ({ reference, containers, revision })),
  });
  const pass = (
    workload: Workload,
    at: Date,
    previous?: XrayScanResultStatus,
    knowledge: Knowledge = bad,
  ): XrayScanResultStatus => {
    const memory = memoryOf(previous);
    const judgement = evaluate({
      workload,
      knowledgeOf: () => knowledge,
      policies: grace,
      exceptions: [],
      memory,
      now: at,
    });
    return resultStatus({ judgement, standing: { kind: 'running' }, previous, generation: 1, now: at });
  };

  test('their violations are not forgotten, so that a restart does not begin the grace period anew', () => {
    const first = pass(pulled, now);
    const between = pass(unpulled, after(60_000), first);
    expect(between.violations).toEqual([]);
    const still = pass(unpulled, after(61_000), between);
    expect(still.remembered).toEqual(between.remembered);
    const again = pass(pulled, after(3_600_000), still);
    expect(again.violations).toMatchObject([{ firstSeen: now.toISOString(), dueAt: after(3_600_000).toISOString() }]);
    expect(again.remembered).toBeUndefined();
  });

  describe('and Xray has no scan of it', () => {
    const unscanned: Knowledge = { state: 'unscanned', at: now };
    const graceMs = 3_600_000;
    const first = pass(pulled, now, undefined, unscanned);
    const still = pass(unpulled, after(61_000), pass(unpulled, after(60_000), first, unscanned), unscanned);

    test('its grace period goes on: a CronJob would else never come to its end', () => {
      const again = pass(pulled, after(graceMs), still, unscanned);
      expect(again.images).toMatchObject([{ firstSeen: now.toISOString() }]);
      expect(again.remembered).toBeUndefined();
    });

    test('that of another digest, to which the tag has moved, begins', () => {
      const moved = aWorkload({ images: pulled.images.map((image) => ({ ...image, digest: aDigest('b') })) });
      const again = pass(moved, after(graceMs), still, unscanned);
      expect(again.images).toMatchObject([{ firstSeen: after(graceMs).toISOString() }]);
    });

    test('that of another digest begins, too, where nobody saw the tag without one in between', () => {
      const ofDigest = (digest: Digest): Workload['images'] =>
        pulled.images.map((image) => ({ ...image, digest, reference: 'shop/web:latest' }));
      const old = { ...pulled, images: ofDigest(aDigest('a')) };
      const both = { ...pulled, images: [...ofDigest(aDigest('b')), ...ofDigest(aDigest('a'))] };
      const young = { ...pulled, images: ofDigest(aDigest('b')) };
      const results = [old, both, both, young].reduce<XrayScanResultStatus[]>(
        (all, one, i) => [...all, pass(one, after(i * 60_000), all.at(-1), unscanned)],
        [],
      );
      expect(results.at(-2)?.violations).toMatchObject([
        { firstSeen: now.toISOString() },
        { firstSeen: after(60_000).toISOString() },
      ]);
      expect(results.at(-1)?.violations).toMatchObject([{ firstSeen: after(60_000).toISOString() }]);
    });

    test('it goes on for images of which a result has no room for all', () => {
      const many = Array.from({ length: 101 }, (_, i) => `shop/part-${i}:1`);
      const workload = {
        ...pulled,
        images: many.flatMap((reference) => pulled.images.map((image) => ({ ...image, reference }))),
      };
      const again = pass(workload, after(60_000), pass(workload, now, undefined, unscanned), unscanned);
      const third = pass(workload, after(120_000), again, unscanned);
      const seen = [...(third.violations ?? []), ...(third.remembered ?? [])].map(({ firstSeen }) => firstSeen);
      expect(new Set(seen)).toEqual(new Set([now.toISOString()]));
    });
  });

  test('those of another image are', () => {
    const first = pass(pulled, now);
    const other = aWorkload({ images: unpulled.images.map((image) => ({ ...image, reference: 'shop/web:2' })) });
    expect(pass(other, after(60_000), first).remembered).toBeUndefined();
  });
});
