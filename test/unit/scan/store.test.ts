import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../src/scan/finding.js';
import { ScanStore } from '../../../src/scan/store.js';
import type { WantedImage } from '../../../src/scan/wanted.js';
import { type Digest } from '../../../src/workload/digest.js';
import { aDigest, after, aVulnerability, now } from '../../builders/builders.js';

let time = now;
let woken = 0;
let store: ScanStore;
let recalled: ReadonlySet<string>[] = [];

beforeEach(() => {
  time = now;
  woken = 0;
  recalled = [];
  store = new ScanStore({
    now: () => time,
    onNew: () => {
      woken++;
    },
    onRecalled: (workloads) => {
      recalled.push(workloads);
    },
  });
});

function wanted(digest: Digest, differs: Partial<WantedImage> = {}): WantedImage {
  return { digest, references: ['shop/web:1'], platforms: [], pullers: [], ...differs };
}

function scanned(digest: Digest, id = 'XRAY-1'): Answer {
  const facts = { vulnerabilities: [aVulnerability({ id })], licenses: [], paths: [`default/r/${id}/1`] };
  return { digest, state: 'scanned', completeness: 'Complete', facts };
}

const a = aDigest('a');
const b = aDigest('b');

test('news of a digest reach exactly those who run it', () => {
  store.want('web', [wanted(a)]);
  store.want('db', [wanted(b)]);
  store.want('both', [wanted(a), wanted(b)]);
  expect(store.answered([scanned(a)])).toEqual(new Set(['web', 'both']));
  expect(store.answered([scanned(a)])).toEqual(new Set()); // the same again is no news
  expect(store.answered([scanned(a, 'XRAY-2')])).toEqual(new Set(['web', 'both']));
});

test('one question for each digest, however many run it; it wakes once', () => {
  for (let i = 0; i < 100; i++) store.want(`web-${i}`, [wanted(a)]);
  expect(store.asked()).toHaveLength(1);
  expect(woken).toBe(1);
});

test('what was never asked about is told in the order in which it came to be wanted, until it is asked about or let go of', () => {
  const c = aDigest('c');
  store.want('web', [wanted(a), wanted(b)]);
  store.want('db', [wanted(c)]);
  expect(store.firstNew(2)).toEqual([a, b]);
  store.asking([a]);
  expect(store.firstNew(3)).toEqual([b, c]);
  store.want('web', [wanted(a)]);
  expect(store.firstNew(3)).toEqual([c]);
  store.want('web', [wanted(b)]);
  expect(store.firstNew(3)).toEqual([c, b]);
  store.failed([c], 'Xray is down');
  store.answered([scanned(b)]);
  expect(store.firstNew(3)).toEqual([]);
});

test('what nobody runs any more is asked about no more, and forgotten after a while, with where it lies', () => {
  store.want('web', [wanted(a)]);
  store.answered([scanned(a)]);
  expect([...store.at('default/r/XRAY-1/1')]).toEqual([a]);
  store.want('web', []);
  expect(store.asked()).toEqual([]);
  expect(store.counts()).toEqual({ known: 0, unscanned: 0, stale: 0 });
  expect(store.hint([a])).toBe(0);
  time = after(6 * 60_000);
  store.want('db', [wanted(b)]);
  store.want('db', []);
  expect([...store.at('default/r/XRAY-1/1')]).toEqual([]);
  expect(store.knowledgeOf(a)).toEqual({ state: 'notAsked' });
});

test('a rollout that lets go of a digest for a moment asks nothing anew', () => {
  store.want('web', [wanted(a)]);
  store.answered([scanned(a)]);
  store.want('web', []);
  time = after(60_000);
  woken = 0;
  store.want('web', [wanted(a)]);
  expect(woken).toBe(0);
  expect(store.knowledgeOf(a)).toMatchObject({ state: 'scanned' });
  expect(store.asked()).toMatchObject([{ askedAt: now }]);
});

test('an answer for what nobody runs any more changes nothing', () => {
  store.want('web', [wanted(a)]);
  store.asking([a]);
  store.want('web', []);
  expect(store.answered([scanned(a)])).toEqual(new Set());
  expect(store.asked()).toEqual([]);
});

test('where an image lies follows what Xray says', () => {
  store.want('web', [wanted(a), wanted(b)]);
  store.answered([scanned(a, 'same'), scanned(b, 'same')]);
  store.answered([scanned(a, 'moved')]);
  expect([...store.at('default/r/same/1')]).toEqual([b]);
  expect([...store.at('default/r/moved/1')]).toEqual([a]);
});

describe('a hint', () => {
  beforeEach(() => {
    store.want('web', [wanted(a)]);
    store.answered([scanned(a)]);
    woken = 0;
  });

  test('at what runs is a question; at anything else it is nothing', () => {
    expect(store.hint([b])).toBe(0);
    expect(woken).toBe(0);
    expect(store.hint([a, b])).toBe(1);
    expect(woken).toBe(1);
    expect(store.asked()).toMatchObject([{ isHinted: true }]);
  });

  test('during a question is one more question: the answer under way may not know of it', () => {
    store.hint([a]);
    store.asking([a]);
    expect(store.asked()).toMatchObject([{ isHinted: false, isBeingAsked: true }]);
    store.hint([a]);
    store.answered([scanned(a)]);
    expect(store.asked()).toMatchObject([{ isHinted: true, isBeingAsked: false }]);
  });

  test('at a change from before the last answer is nothing', () => {
    time = after(60_000);
    store.answered([scanned(a)]);
    expect(store.hint([a], after(30_000))).toBe(0);
    expect(store.hint([a], after(90_000))).toBe(1);
  });
});

test('a failure leaves facts in force and is counted as stale', () => {
  store.want('web', [wanted(a), wanted(b)]);
  store.answered([scanned(a)]);
  expect(store.failed([a, b], 'down')).toEqual(new Set(['web']));
  expect(store.knowledgeOf(a)).toMatchObject({ state: 'scanned', stale: 'down' });
  expect(store.knowledgeOf(b)).toEqual({ state: 'unavailable', why: 'down' });
  expect(store.counts()).toEqual({ known: 1, unscanned: 0, stale: 1 });
});

test('a question carries what all who run the image know of it', () => {
  const puller = { namespace: 'shop', pullSecrets: ['pull'], serviceAccount: '' };
  const linux = { os: 'linux', architecture: 'amd64' };
  store.want('web', [wanted(a, { pullers: [puller], platforms: [linux] })]);
  store.want('db', [wanted(a, { references: ['mirror/web:1'], pullers: [puller], platforms: [linux] })]);
  expect(store.questions([a, b])).toEqual([
    {
      digest: a,
      references: ['shop/web:1', 'mirror/web:1'],
      platforms: [linux],
      pullers: [puller],
      wasUnsettled: false,
    },
  ]);
});

describe('over a restart', () => {
  const remembers = (id: string, ms = 0): WantedImage =>
    wanted(a, {
      remembered: { facts: { vulnerabilities: [aVulnerability({ id })], licenses: [], paths: [] }, at: after(ms) },
    });
  const remembersNothingBad = wanted(a, {
    remembered: { facts: { vulnerabilities: [], licenses: [], paths: [] }, at: after(1_000) },
  });
  const forgotten: Answer = { digest: a, state: 'unscanned', progress: 'NeverSeen' };

  test('all that the results remember is in force, as of the newest of them', () => {
    store.want('web', [remembers('one', -2_000)]);
    store.want('db', [remembers('other', -1_000)]);
    store.answered([forgotten]);
    expect(store.knowledgeOf(a)).toMatchObject({
      state: 'scanned',
      at: after(-1_000),
      remembered: true,
      isForgotten: true,
      facts: { vulnerabilities: [{ id: 'one' }, { id: 'other' }] },
    });
    expect(recalled).toEqual([]);
  });

  test('a workload with milder rules, whose result is newer, excuses nothing', () => {
    store.want('mild', [remembersNothingBad]);
    store.want('strict', [remembers('XRAY-1')]);
    store.answered([forgotten]);
    expect(store.knowledgeOf(a)).toMatchObject({ facts: { vulnerabilities: [{ id: 'XRAY-1' }] } });
  });

  test.each<[string, () => void, object]>([
    ['Xray has said that it has no data', () => store.answered([forgotten]), { isForgotten: true }],
    ['Xray could not be asked', () => store.failed([a], 'down'), { unconfirmed: true }],
  ])('what is remembered counts at once also where it comes after %s', (_, asked, how) => {
    store.want('new', [wanted(a)]);
    asked();
    expect(store.want('strict', [remembers('XRAY-1')])).toBe(true);
    expect(store.knowledgeOf(a)).toMatchObject({
      ...{ state: 'scanned', remembered: true, ...how },
      facts: { vulnerabilities: [{ id: 'XRAY-1' }] },
    });
    expect(store.want('strict', [remembers('XRAY-1')])).toBe(false);
    expect(recalled).toEqual([new Set(['new', 'strict'])]);
  });

  test('and adds to what another remembered before it', () => {
    store.want('mild', [remembersNothingBad]);
    store.answered([forgotten]);
    expect(store.want('strict', [remembers('XRAY-1')])).toBe(true);
    expect(store.knowledgeOf(a)).toMatchObject({ isForgotten: true, facts: { vulnerabilities: [{ id: 'XRAY-1' }] } });
  });

  test('and is nothing beside what Xray itself says', () => {
    store.want('new', [wanted(a)]);
    store.answered([scanned(a)]);
    expect(store.want('strict', [remembers('XRAY-2')])).toBe(false);
    expect(store.knowledgeOf(a)).toMatchObject({ facts: { vulnerabilities: [{ id: 'XRAY-1' }] } });
  });
});

describe('what Xray raised', () => {
  const raised = (digest: Digest, ...vulnerabilities: readonly string[]): Answer => {
    const answer = scanned(digest);
    if (answer.state !== 'scanned') throw new Error('it is');
    return { ...answer, facts: { ...answer.facts, raised: { known: true, vulnerabilities, licenses: [] } } };
  };

  test('is asked for as soon as a policy goes by it', () => {
    store.want('web', [wanted(a)]);
    store.answered([scanned(a)]);
    store.want('web', [wanted(a)]);
    expect(store.asked()).toMatchObject([{ isHinted: false }]);
    store.want('web', [wanted(a, { needsViolations: true })]);
    expect(store.asked()).toMatchObject([{ isHinted: true }]);
    expect(store.questions([a])).toMatchObject([{ needsViolations: true }]);
  });

  test('is asked for once: an answer without it from an Xray in trouble begins no storm', () => {
    store.want('web', [wanted(a, { needsViolations: true })]);
    store.answered([raised(a)]);
    store.want('web', [wanted(a, { needsViolations: true })]);
    expect(store.asked()).toMatchObject([{ isHinted: false }]);
    store.answered([scanned(a)]);
    store.failed([a], 'down');
    store.want('web', [wanted(a, { needsViolations: true })]);
    expect(store.asked()).toMatchObject([{ isHinted: false }]);
  });

  test('and is not known yet is a reason to look again, however new the facts are', () => {
    store.want('web', [wanted(a), wanted(b)]);
    store.answered([raised(a, 'XRAY-1'), scanned(b)]);
    const finding = (id: string) => ({ kind: 'vulnerability', id }) as const;
    expect(store.isUnawareOf(a, finding('XRAY-2'))).toBe(true);
    expect(store.isUnawareOf(a, finding('XRAY-1'))).toBe(false);
    expect(store.isUnawareOf(a, { kind: 'license', id: 'GPL-3.0' })).toBe(true);
    expect(store.isUnawareOf(a, { kind: 'other' })).toBe(false);
    expect(store.isUnawareOf(b, finding('XRAY-2'))).toBe(false); // nobody goes by it
  });

  test('is asked about again when an ignore rule ends, for those images where it matters', () => {
    store.want('web', [wanted(a), wanted(b)]);
    store.answered([raised(a), scanned(b)]);
    store.hintRaised();
    expect(store.asked()).toMatchObject([{ isHinted: true }, { isHinted: false }]);
  });
});
