import { describe, expect, test } from '@jest/globals';
import { type Answer, type ImageFacts, licenseNamed } from '../../../src/scan/finding.js';
import {
  afterAnswer,
  afterFailure,
  type Knowledge,
  notAsked,
  nothingRemembered,
  type Remembered,
} from '../../../src/scan/knowledge.js';
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
    expect(afterAnswer(before, answers.scanned, nothingRemembered, later)).toEqual({
      state: 'scanned',
      facts,
      completeness: 'Complete',
      at: later,
    });
  });
});

describe('an answer without facts', () => {
  test('of an image that was never known is "unscanned", with how far Xray is', () => {
    expect(afterAnswer(notAsked, answers.unscanned, nothingRemembered, later)).toEqual({
      state: 'unscanned',
      at: later,
      progress: 'Scanning',
    });
  });

  test('of an image that was known leaves the facts in force, with their age', () => {
    expect(afterAnswer(known, answers.unscanned, nothingRemembered, later)).toMatchObject({
      state: 'scanned',
      at: now,
      stale: expect.stringContaining('no longer'),
    });
  });

  test('of an image that its result remembers leaves in force what the result holds', () => {
    expect(afterAnswer(notAsked, answers.unscanned, () => remembered, later)).toMatchObject({
      state: 'scanned',
      at: remembered.at,
      remembered: true,
      facts,
    });
  });
});

test('once Xray says that it has forgotten the image, what is remembered is all that will ever be known', () => {
  const unconfirmed = afterFailure(notAsked, 'down', () => remembered);
  const settled = afterAnswer(unconfirmed, answers.unscanned, () => remembered, later);
  expect(settled).toMatchObject({ state: 'scanned', remembered: true, facts });
  expect(settled).not.toHaveProperty('unconfirmed');
});

describe('that nobody could say which digest to ask with', () => {
  test('is not "unscanned"', () => {
    expect(afterAnswer(notAsked, answers.unresolved, nothingRemembered, later)).toEqual({
      state: 'unavailable',
      why: 'no registry',
    });
  });

  test('leaves facts in force', () => {
    expect(afterAnswer(known, answers.unresolved, nothingRemembered, later)).toMatchObject({
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
    expect(afterFailure(before, 'down', () => record)).toMatchObject(expected);
  });
});

describe('what Xray raised', () => {
  const raised = { known: true, vulnerabilities: ['XRAY-1'], licenses: [] } as const;
  const answer = (as: ImageFacts['raised']): Answer => ({
    ...answers.scanned,
    facts: { ...facts, ...(as && { raised: as }) },
  });
  const told = afterAnswer(notAsked, answer(raised), nothingRemembered, now);

  test('stays in force while Xray will not tell any more', () => {
    const after403 = afterAnswer(told, answer({ known: false, why: 'HTTP 403' }), nothingRemembered, later);
    expect(after403).toMatchObject({ facts: { raised }, at: later });
  });

  test('is not known of what is found after Xray has told for the last time', () => {
    const refused = { known: false, why: 'HTTP 403' } as const;
    const young = {
      vulnerabilities: [aVulnerability(), aVulnerability({ id: 'XRAY-2' })],
      licenses: [licenseNamed('MIT')],
    };
    const grown = (raisedOf: ImageFacts['raised'], found: Partial<ImageFacts> = young): Answer => ({
      ...answers.scanned,
      facts: { ...facts, ...found, ...(raisedOf && { raised: raisedOf }) },
    });
    const untold = { why: 'HTTP 403', vulnerabilities: ['XRAY-2'], licenses: ['MIT'] };
    const after403 = afterAnswer(told, grown(refused), nothingRemembered, later);
    expect(after403).toMatchObject({ facts: { raised: { ...raised, untold } } });
    const still = afterAnswer(after403, grown(refused), nothingRemembered, later);
    expect(still).toMatchObject({ facts: { raised: { ...raised, untold } } });
    const gone = afterAnswer(still, grown(refused, facts), nothingRemembered, later);
    expect(gone).toMatchObject({ facts: { raised } });
    expect(gone).not.toHaveProperty('facts.raised.untold');
    expect(afterAnswer(still, grown(raised), nothingRemembered, later)).not.toHaveProperty('facts.raised.untold');
  });

  test('is gone when nobody asks for it any more, and when Xray raises it no more', () => {
    expect(afterAnswer(told, answers.scanned, nothingRemembered, later)).not.toHaveProperty('facts.raised');
    const none = { known: true, vulnerabilities: [], licenses: [] } as const;
    expect(afterAnswer(told, answer(none), nothingRemembered, later)).toMatchObject({ facts: { raised: none } });
  });
});

test('that Xray has forgotten an image stays true while Xray cannot be asked, and until it knows the image again', () => {
  const forgotten = afterAnswer(known, answers.unscanned, nothingRemembered, later);
  expect(forgotten).toMatchObject({ isForgotten: true, at: now });
  expect(afterFailure(forgotten, 'down', nothingRemembered)).toMatchObject({ isForgotten: true, stale: 'down' });
  expect(afterFailure(known, 'down', nothingRemembered)).not.toHaveProperty('isForgotten');
  expect(afterAnswer(known, answers.unresolved, nothingRemembered, later)).not.toHaveProperty('isForgotten');
  expect(afterAnswer(forgotten, answers.scanned, nothingRemembered, later)).not.toHaveProperty('isForgotten');
  expect(afterAnswer(notAsked, answers.unscanned, () => remembered, later)).toMatchObject({ isForgotten: true });
});
