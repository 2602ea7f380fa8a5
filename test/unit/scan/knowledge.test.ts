import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../src/scan/finding.js';
import { afterAnswer, afterFailure, type Knowledge, notAsked, type Remembered } from '../../../src/scan/knowledge.js';
import { aDigest, after, aVulnerability, now, scanned } from '../../builders/builders.js';

const digest = aDigest();
const later = after(1_000);
const facts = { vulnerabilities: [aVulnerability()], licenses: [], paths: [] };
const known = scanned([aVulnerability()]);
const remembered: Remembered = { facts, at: after(-3_600_000) };
const unscanned: Knowledge = { state: 'unscanned', at: now, progress: 'NeverSeen' };
const unavailable: Knowledge = { state: 'unavailable', why: 'down' };
const answers = {
  scanned: { digest, state: 'scanned', facts, completeness: 'Complete' },
  unscanned: { digest, state: 'unscanned', progress: 'Scanning' },
  unresolved: { digest, state: 'unresolved', why: 'no registry' },
} as const satisfies Record<string, Answer>;

describe('an answer with facts is what is known, whatever was', () => {
  test.each([[notAsked], [unscanned], [unavailable], [known]])('after %j', (before) => {
    expect(afterAnswer(before, answers.scanned, undefined, later)).toEqual({
      state: 'scanned',
      facts,
      completeness: 'Complete',
      at: later,
    });
  });
});

describe('an answer without facts', () => {
  test('of an image that was never known is "unscanned", with how far Xray is', () => {
    expect(afterAnswer(notAsked, answers.unscanned, undefined, later)).toEqual({
      state: 'unscanned',
      at: later,
      progress: 'Scanning',
    });
  });

  test('of an image that was known leaves the facts in force, with their age', () => {
    expect(afterAnswer(known, answers.unscanned, undefined, later)).toMatchObject({
      state: 'scanned',
      at: now,
      stale: expect.stringContaining('no longer'),
    });
  });

  test('of an image that its result remembers leaves in force what the result holds', () => {
    expect(afterAnswer(notAsked, answers.unscanned, remembered, later)).toMatchObject({
      state: 'scanned',
      at: remembered.at,
      remembered: true,
      facts,
    });
  });
});

test('once Xray says that it has forgotten the image, what is remembered is all that will ever be known', () => {
  const unconfirmed = afterFailure(notAsked, 'down', remembered);
  const settled = afterAnswer(unconfirmed, answers.unscanned, remembered, later);
  expect(settled).toMatchObject({ state: 'scanned', remembered: true, facts });
  expect(settled).not.toHaveProperty('unconfirmed');
});

describe('that nobody could say which digest to ask with', () => {
  test('is not "unscanned"', () => {
    expect(afterAnswer(notAsked, answers.unresolved, undefined, later)).toEqual({
      state: 'unavailable',
      why: 'no registry',
    });
  });

  test('leaves facts in force', () => {
    expect(afterAnswer(known, answers.unresolved, undefined, later)).toMatchObject({
      state: 'scanned',
      stale: 'no registry',
    });
  });
});

describe('a question that failed', () => {
  test.each<[string, Knowledge, Remembered | undefined, object]>([
    ['leaves facts in force', known, undefined, { state: 'scanned', stale: 'down', at: now }],
    ['leaves "unscanned" as it is', unscanned, undefined, { state: 'unscanned', at: now }],
    ['is said where nothing is known', notAsked, undefined, { state: 'unavailable', why: 'down' }],
    [
      'falls back on what the result remembers, which may not be all',
      notAsked,
      remembered,
      { state: 'scanned', remembered: true, unconfirmed: true },
    ],
  ])('%s', (_, before, record, expected) => {
    expect(afterFailure(before, 'down', record)).toMatchObject(expected);
  });
});
