// The poller in time that only the test moves, against an Xray in memory.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '@dot-kube/operator/testing';
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { ImageFacts } from '../../../src/scan/finding.js';
import { type AskXray, type Outcome, Poller } from '../../../src/scan/poller.js';
import type { IgnoreRule } from '../../../src/scan/ignore-rule.js';
import type { WantedImage } from '../../../src/scan/wanted.js';
import type { RaisedViolation } from '../../../src/scan/xray/violation.js';
import type { ViolationsQuery } from '../../../src/scan/xray/xray-client.js';
import { XrayError, type XrayErrorCode } from '../../../src/scan/xray/xray-error.js';
import { type Digest, parseDigest } from '../../../src/workload/digest.js';
import { aRaisedViolation, aVulnerability } from '../../builders/builders.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

class FakeXray {
  readonly questions: Digest[][] = [];
  readonly known = new Map<Digest, ImageFacts>();
  readonly raised: RaisedViolation[] = [];
  polls = 0;
  failure: XrayErrorCode | undefined;
  pollFailure: XrayErrorCode | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  summaries = async (digests: readonly Digest[]): Promise<ReadonlyMap<Digest, ImageFacts | undefined>> => {
    this.questions.push([...digests]);
    if (this.failure !== undefined) throw new XrayError(this.failure, 'Xray is in trouble');
    return new Map(digests.map((digest) => [digest, this.known.get(digest)]));
  };
  scanStatus = async (): Promise<'NeverSeen'> => 'NeverSeen';
  listsOf = 0;
  violations = async (query: ViolationsQuery): Promise<readonly RaisedViolation[]> => {
    if ('of' in query) this.listsOf++;
    else this.polls++;
    const failure = this.failure ?? this.pollFailure;
    if (failure !== undefined) throw new XrayError(failure, 'Xray is in trouble');
    if ('of' in query) {
      const places = new Set(query.of.map(({ repository, path }) => `default/${repository}/${path}`));
      return this.raised.filter(({ paths }) => paths.some((path) => places.has(path)));
    }
    const { createdFrom } = query;
    return this.raised.filter(({ created }) => created === undefined || created >= createdFrom);
  };
  serverNow = (): Date => this.#clock.now();
  rules: IgnoreRule[] = [];
  rulesFailure: XrayErrorCode | undefined;
  ignoreRules = async (): Promise<readonly IgnoreRule[]> => {
    const failure = this.failure ?? this.rulesFailure;
    if (failure !== undefined) throw new XrayError(failure, 'Xray is in trouble');
    return this.rules;
  };
}

let clock: FakeClock;
let xray: FakeXray;
let poller: Poller;
let stop: AbortController;
let running: Promise<void>;
let news: string[];
let outcomes: Outcome[];

beforeEach(() => {
  clock = new FakeClock();
  xray = new FakeXray(clock);
  news = [];
  outcomes = [];
  poller = new Poller({
    clock,
    onNews: (workloads) => {
      news.push(...workloads);
    },
    onOutcome: (outcome) => {
      outcomes.push(outcome);
    },
  });
  stop = new AbortController();
  running = poller.run(stop.signal);
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  expect(clock.pending).toBe(0);
});

function useXray(differs: Partial<AskXray> = {}): void {
  poller.use({
    kind: 'ready',
    xray: {
      client: xray,
      server: 'https://xray.example',
      batchSize: 10,
      pollIntervalMs: MINUTE,
      resyncIntervalMs: HOUR,
      concurrency: 2,
      ...differs,
    },
  });
}

function digest(number: number): Digest {
  const parsed = parseDigest(number.toString(16).padStart(64, '0'));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}

function wanted(number: number): WantedImage {
  return { digest: digest(number), references: [`shop/${number}:1`], platforms: [], pullers: [] };
}

function know(number: number, ...ids: readonly string[]): void {
  xray.known.set(digest(number), {
    vulnerabilities: ids.map((id) => aVulnerability({ id })),
    licenses: [],
    paths: [`default/docker-local/shop/${number}/1`],
  });
}

function raise(number: number, id: string, created = clock.now()): void {
  const path = `default/docker-local/shop/${number}/1/manifest.json`;
  const finding = { kind: 'vulnerability', id } as const;
  const key = `${number} ${id} ${xray.raised.length}`;
  xray.raised.push(aRaisedViolation({ key, created, paths: [path], finding }));
}

/** Moves time, letting what is due be done at each step. */
async function pass(ms: number, stepMs = ms): Promise<void> {
  await turn();
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left));
    await turn();
    await turn();
  }
}

test('a start asks about each digest once, in full batches', async () => {
  useXray();
  for (let i = 0; i < 95; i++) {
    know(i);
    poller.store.want(`web-${i}`, [wanted(i)]);
  }
  await pass(1_000, 50);
  expect(xray.questions.map(({ length }) => length)).toEqual([...Array.from({ length: 9 }, () => 10), 5]);
  expect(new Set(xray.questions.flat()).size).toBe(95);
  expect(new Set(news).size).toBe(95);
});

test('a quiet poll is one request', async () => {
  useXray();
  know(1);
  poller.store.want('web', [wanted(1)]);
  await pass(1_000, 50);
  const asked = xray.questions.length;
  await pass(10 * MINUTE, MINUTE);
  expect(xray.polls).toBe(10);
  expect(xray.questions).toHaveLength(asked);
});

test('a new violation is two requests: the poll, and the image', async () => {
  useXray();
  know(1);
  know(2);
  poller.store.want('web', [wanted(1)]);
  poller.store.want('db', [wanted(2)]);
  await pass(10 * MINUTE, MINUTE);
  const [asked, polls] = [xray.questions.length, xray.polls];
  know(1, 'XRAY-1');
  news.length = 0;
  raise(1, 'XRAY-1');
  await pass(2 * MINUTE, 10_000);
  expect(xray.polls - polls).toBe(2);
  expect(xray.questions.slice(asked)).toEqual([[digest(1)]]);
  expect(news).toEqual(['web']);
});

describe('where a policy goes by what Xray raised', () => {
  const watched = (number: number): WantedImage => ({ ...wanted(number), needsViolations: true });
  const raisedOf = (number: number): unknown => {
    const knowledge = poller.store.knowledgeOf(digest(number));
    return knowledge.state === 'scanned' ? knowledge.facts.raised : knowledge.state;
  };

  test('one more question a batch tells it', async () => {
    useXray();
    for (let i = 0; i < 20; i++) {
      know(i, 'XRAY-1');
      poller.store.want(`web-${i}`, [watched(i)]);
    }
    raise(3, 'XRAY-1');
    await pass(1_000, 50);
    expect([xray.questions.length, xray.listsOf]).toEqual([2, 2]);
    expect(raisedOf(3)).toEqual({ known: true, vulnerabilities: ['XRAY-1'], licenses: [] });
    expect(raisedOf(4)).toEqual({ known: true, vulnerabilities: [], licenses: [] });
  });

  test('one that Xray lists long after the facts came is found by the poll', async () => {
    useXray();
    know(1, 'XRAY-1');
    const created = clock.now();
    poller.store.want('web', [watched(1)]);
    await pass(2 * MINUTE + 10_000, 10_000);
    expect(raisedOf(1)).toMatchObject({ vulnerabilities: [] });
    news.length = 0;
    raise(1, 'XRAY-1', created); // with the time of its cause
    await pass(2 * MINUTE, 10_000);
    expect(raisedOf(1)).toMatchObject({ vulnerabilities: ['XRAY-1'] });
    expect(news).toEqual(['web']);
  });

  test('one that Xray raises no more is found by the slow walk', async () => {
    useXray();
    know(1, 'XRAY-1');
    raise(1, 'XRAY-1');
    poller.store.want('web', [watched(1)]);
    await pass(1_000, 50);
    expect(raisedOf(1)).toMatchObject({ vulnerabilities: ['XRAY-1'] });
    xray.raised.length = 0;
    await pass(HOUR + MINUTE, MINUTE);
    expect(raisedOf(1)).toMatchObject({ vulnerabilities: [] });
  });

  test('who may not list violations gets the facts, and knows that it does not know', async () => {
    useXray();
    xray.pollFailure = 'Forbidden';
    know(1, 'XRAY-1');
    poller.store.want('web', [watched(1)]);
    await pass(1_000, 50);
    expect(poller.store.knowledgeOf(digest(1))).toMatchObject({
      state: 'scanned',
      facts: { vulnerabilities: [{ id: 'XRAY-1' }], raised: { known: false } },
    });
  });

  test('trouble is asked again about until it is told', async () => {
    useXray();
    xray.pollFailure = 'ServerError';
    know(1, 'XRAY-1');
    raise(1, 'XRAY-1');
    poller.store.want('web', [watched(1)]);
    await pass(1_000, 50);
    expect(raisedOf(1)).toBe('unavailable');
    xray.pollFailure = undefined;
    await pass(MINUTE, 1_000);
    expect(raisedOf(1)).toMatchObject({ vulnerabilities: ['XRAY-1'] });
  });
});

test('the slow walk asks about everything once in its interval, evenly', async () => {
  useXray();
  for (let i = 0; i < 60; i++) {
    know(i);
    poller.store.want(`web-${i}`, [wanted(i)]);
  }
  await pass(1_000, 50);
  const asked = xray.questions.length;
  const perTenMinutes: number[] = [];
  for (let i = 0; i < 6; i++) {
    const before = xray.questions.length;
    await pass(10 * MINUTE, MINUTE);
    perTenMinutes.push(xray.questions.length - before);
  }
  expect(perTenMinutes).toEqual([1, 1, 1, 1, 1, 1]);
  expect(new Set(xray.questions.slice(asked).flat()).size).toBe(60);
});

test('an issue that no watch raises is found by the slow walk', async () => {
  useXray();
  know(1);
  poller.store.want('web', [wanted(1)]);
  await pass(1_000, 50);
  know(1, 'XRAY-1');
  news.length = 0;
  await pass(HOUR + MINUTE, MINUTE);
  expect(news).toEqual(['web']);
});

test('an image that is not scanned yet is asked about at each poll, and found', async () => {
  useXray();
  poller.store.want('web', [wanted(1)]);
  await pass(3 * MINUTE, 1_000);
  expect(poller.store.knowledgeOf(digest(1))).toMatchObject({ state: 'unscanned' });
  know(1);
  await pass(MINUTE + 1_000, 1_000);
  expect(poller.store.knowledgeOf(digest(1))).toMatchObject({ state: 'scanned' });
});

test('a new digest goes before hints and the walk', async () => {
  useXray({ concurrency: 1, batchSize: 1 });
  for (let i = 0; i < 5; i++) {
    know(i);
    poller.store.want(`web-${i}`, [wanted(i)]);
  }
  await pass(2_000, 50);
  poller.store.hint([digest(0), digest(1), digest(2)]);
  poller.store.want('new', [wanted(9)]);
  const asked = xray.questions.length;
  await pass(5_000, 50);
  expect(xray.questions[asked]).toEqual([digest(9)]);
});

describe.each<[XrayErrorCode]>([
  ['Unreachable'],
  ['TimedOut'],
  ['ServerError'],
  ['RateLimited'],
  ['NotXray'],
  ['UnexpectedAnswer'],
  ['CredentialsRefused'],
])('while Xray fails with %s', (code) => {
  test('facts stay, what is new is unavailable, requests get few, and it recovers by itself', async () => {
    useXray();
    know(1, 'XRAY-1');
    poller.store.want('web', [wanted(1)]);
    await pass(1_000, 50);
    xray.failure = code;
    poller.store.hint([digest(1)]);
    poller.store.want('new', [wanted(2)]);
    await pass(10 * MINUTE, 1_000);
    expect(poller.store.knowledgeOf(digest(1))).toMatchObject({
      state: 'scanned',
      stale: 'Xray is in trouble',
      facts: { vulnerabilities: [{ id: 'XRAY-1' }] },
    });
    expect(poller.store.knowledgeOf(digest(2))).toEqual({ state: 'unavailable', why: 'Xray is in trouble' });
    expect(outcomes.at(-1)).toMatchObject({ failure: { code } });
    expect(xray.questions.length).toBeLessThan(25);

    poller.store.want('newer', [wanted(3)]);
    await pass(1_000, 50);
    expect(poller.store.knowledgeOf(digest(3))).toMatchObject({ state: 'unavailable' });

    xray.failure = undefined;
    know(2);
    know(3);
    await pass(MINUTE + 5_000, 1_000);
    expect(poller.store.knowledgeOf(digest(1))).not.toHaveProperty('stale');
    expect(poller.store.knowledgeOf(digest(2))).toMatchObject({ state: 'scanned' });
    expect(poller.store.knowledgeOf(digest(3))).toMatchObject({ state: 'scanned' });
  });
});

test('who may not read violations is not asked at each interval', async () => {
  useXray();
  xray.pollFailure = 'Forbidden';
  await pass(3 * HOUR, MINUTE);
  expect(xray.polls).toBeLessThanOrEqual(4);
  xray.pollFailure = undefined;
  await pass(HOUR + MINUTE, MINUTE);
  const { polls } = xray;
  await pass(10 * MINUTE, MINUTE);
  expect(xray.polls).toBe(polls + 10);
});

describe("Xray's ignore rules", () => {
  const rule = (expiresAt?: Date): IgnoreRule => ({
    id: 'r1',
    expiresAt,
    vulnerabilities: new Set(['XRAY-1']),
    licenses: new Set(),
    artifacts: [],
  });
  const found = (): unknown => {
    const knowledge = poller.store.knowledgeOf(digest(1));
    return knowledge.state === 'scanned' ? knowledge.facts.vulnerabilities.map(({ id }) => id) : knowledge.state;
  };

  test('hold from the first answer on until they expire, to the second', async () => {
    xray.rules = [rule(new Date(clock.now().getTime() + 10 * MINUTE))];
    know(1, 'XRAY-1', 'XRAY-2');
    useXray();
    poller.store.want('web', [wanted(1)]);
    await pass(2_000, 50);
    expect(found()).toEqual(['XRAY-2']);
    await pass(10 * MINUTE - 3_000, 1_000);
    expect(found()).toEqual(['XRAY-2']);
    news.length = 0;
    await pass(2_000, 1_000);
    expect(found()).toEqual(['XRAY-1', 'XRAY-2']);
    expect(news).toEqual(['web']);
  });

  /** The same images, and an account or a server that does not tell its rules. */
  function changeXray(rulesFailure: XrayErrorCode): void {
    const { known } = xray;
    xray = new FakeXray(clock);
    for (const [one, facts] of known) xray.known.set(one, facts);
    xray.rulesFailure = rulesFailure;
  }

  test('end in time also where the account that is used by now may not read them', async () => {
    xray.rules = [rule(new Date(clock.now().getTime() + 10 * MINUTE))];
    know(1, 'XRAY-1');
    useXray();
    poller.store.want('web', [wanted(1)]);
    await pass(2_000, 50);
    expect(found()).toEqual([]);
    changeXray('Forbidden');
    useXray();
    await pass(10 * MINUTE, 1_000);
    expect(found()).toEqual(['XRAY-1']);
  });

  test.each<[string, XrayErrorCode, string, readonly string[]]>([
    ['of another Xray excuse nothing once this one refuses its own', 'Forbidden', 'https://other.example', ['XRAY-1']],
    [
      'of another Xray excuse nothing once its own are unreadable',
      'UnexpectedAnswer',
      'https://other.example',
      ['XRAY-1'],
    ],
    ['of another Xray hold while this one may still tell its own', 'ServerError', 'https://other.example', []],
    ['of the same Xray stay where another account may not read them', 'Forbidden', 'https://xray.example', []],
  ])('%s', async (_, code, server, left) => {
    xray.rules = [rule()];
    know(1, 'XRAY-1');
    useXray();
    poller.store.want('web', [wanted(1)]);
    await pass(2_000, 50);
    expect(found()).toEqual([]);
    changeXray(code);
    poller.use({ kind: 'none', why: 'there is no Secret' });
    useXray({ server });
    news.length = 0;
    await pass(2_000, 50);
    expect(found()).toEqual(left);
    expect(news).toEqual(left.length > 0 ? expect.arrayContaining(['web']) : []);
  });

  test('are read again with the slow walk', async () => {
    know(1, 'XRAY-1');
    useXray();
    poller.store.want('web', [wanted(1)]);
    await pass(2_000, 50);
    expect(found()).toEqual(['XRAY-1']);
    xray.rules = [rule()];
    await pass(HOUR, MINUTE);
    expect(found()).toEqual([]);
  });

  test('that cannot be read for trouble hold everything back; nothing is stopped that may be excused', async () => {
    xray.rulesFailure = 'ServerError';
    know(1, 'XRAY-1');
    useXray();
    poller.store.want('web', [wanted(1)]);
    await pass(MINUTE, 1_000);
    expect(found()).toBe('unavailable');
    expect(xray.questions).toEqual([]);
    expect(outcomes.at(-1)).toMatchObject({ what: 'ignoreRules', holdsAll: true });
    xray.rulesFailure = undefined;
    await pass(MINUTE + 2_000, 1_000);
    expect(found()).toEqual(['XRAY-1']);
  });

  test.each<[XrayErrorCode]>([['Forbidden'], ['Refused'], ['UnexpectedAnswer']])(
    'that are not to be had (%s) are done without, and that is said',
    async (code) => {
      xray.rulesFailure = code;
      know(1, 'XRAY-1');
      useXray();
      poller.store.want('web', [wanted(1)]);
      await pass(2_000, 50);
      expect(found()).toEqual(['XRAY-1']);
      expect(outcomes).toContainEqual({ what: 'ignoreRules', failure: expect.objectContaining({ code }) });
    },
  );
});

test('without a connection everything is unavailable, and asked about as soon as there is one', async () => {
  poller.use({ kind: 'none', why: 'there is no XrayConnection' });
  poller.store.want('web', [wanted(1)]);
  await pass(1_000, 50);
  expect(poller.store.knowledgeOf(digest(1))).toEqual({ state: 'unavailable', why: 'there is no XrayConnection' });
  know(1);
  useXray();
  await pass(2_000, 50);
  expect(poller.store.knowledgeOf(digest(1))).toMatchObject({ state: 'scanned' });
});

test('another Xray is asked about everything', async () => {
  useXray();
  know(1);
  poller.store.want('web', [wanted(1)]);
  await pass(2_000, 50);
  const asked = xray.questions.length;
  useXray({ batchSize: 5 }); // the same at another pace is asked about nothing
  await pass(2_000, 50);
  expect(xray.questions).toHaveLength(asked);
  xray = new FakeXray(clock);
  useXray();
  await pass(2_000, 50);
  expect(xray.questions).toEqual([[digest(1)]]);
});

test('a day of polls, with images that come and go, leaves nothing behind', async () => {
  useXray();
  for (let minute = 0; minute < 24 * 60; minute++) {
    know(minute);
    poller.store.want('web', [wanted(minute)]);
    poller.store.want('steady', [wanted(1_000_000)]);
    raise(minute, 'XRAY-1');
    if (xray.raised.length > 20) xray.raised.shift();
    await pass(MINUTE, 20_000);
  }
  expect(poller.store.asked()).toHaveLength(2);
  expect(clock.pending).toBeLessThanOrEqual(2);
  expect(getEventListeners(stop.signal, 'abort').length).toBeLessThanOrEqual(2);
  expect(xray.polls).toBeGreaterThanOrEqual(24 * 60 - 5);
}, 60_000);
