// How many requests a large cluster costs, counted by the simulated Xray.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { eventually, FakeClock } from '@dot-kube/operator/testing';
import { Poller } from '../../../src/scan/poller.js';
import { XrayClient } from '../../../src/scan/xray/xray-client.js';
import { type Digest, parseDigest } from '../../../src/workload/digest.js';
import { type Simulator, startSimulator } from '../../xray-simulator/simulator.js';

const WORKLOADS = 10_000;
const IMAGES = 1_000;
const BATCH = 10;
const MINUTE = 60_000;
const digests = Array.from({ length: IMAGES }, (_, at) => digest(at));

let clock: FakeClock;
let xray: Simulator;
let client: XrayClient;
let poller: Poller;
let stop: AbortController;
let running: Promise<void>;
const changed = new Set<string>();

beforeEach(async () => {
  clock = new FakeClock(new Date());
  xray = await startSimulator({ nowMs: () => clock.now().getTime() });
  for (const one of digests) xray.put(one, { licenses: ['MIT'] });
  client = new XrayClient(
    {
      url: xray.url,
      credentials: { kind: 'accessToken', token: 'good' },
      timeoutMs: 10_000,
      requestsPerSecond: 100_000,
      burst: 100_000,
      concurrency: 4,
    },
    { clock, random: () => 0 },
  );
  poller = new Poller({
    clock,
    onNews: (workloads) => {
      for (const one of workloads) changed.add(one);
    },
    onOutcome: () => undefined,
  });
  stop = new AbortController();
  running = poller.run(stop.signal);
  const pace = { batchSize: BATCH, pollIntervalMs: MINUTE, resyncIntervalMs: 100_000 * MINUTE };
  poller.use({ kind: 'ready', xray: { client, server: xray.url, concurrency: 4, ...pace } });
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  await client.close();
  await xray.close();
});

test('a start, a quiet poll, one new issue', async () => {
  for (let at = 0; at < WORKLOADS; at++) {
    const image = { digest: digests[at % IMAGES] ?? digest(0), references: [], platforms: [], pullers: [] };
    poller.store.want(`workload-${at}`, [image]);
  }
  await eventually(
    () => {
      clock.advance(50);
      expect(poller.store.counts().known).toBe(IMAGES);
    },
    { withinMs: 20_000 },
  );
  expect(changed.size).toBe(WORKLOADS);
  expect(xray.requests.length).toBeLessThanOrEqual(Math.ceil(IMAGES / BATCH) + 5);
  expect(new Set(xray.questions.flat()).size).toBe(IMAGES);
  expect(xray.questions.flat()).toHaveLength(IMAGES);

  clock.advance(10 * MINUTE); // what was raised before the start leaves the overlap
  await polls(1);
  const quiet = xray.requests.length;
  await pollOnce();
  expect(xray.requests.slice(quiet)).toEqual(['POST /api/v1/violations']);

  changed.clear();
  const before = xray.requests.length;
  xray.addIssue(digests[7] ?? '', { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' });
  await pollOnce();
  await eventually(
    () => {
      clock.advance(100);
      expect(changed.size).toBe(WORKLOADS / IMAGES);
    },
    { withinMs: 20_000 },
  );
  expect(xray.requests.length - before).toBeLessThanOrEqual(3);
  expect(xray.requests.slice(before)).toEqual(['POST /api/v1/violations', 'POST /api/v2/summary/artifact']);
}, 60_000);

function pollCount(): number {
  return xray.requests.filter((one) => one.endsWith('/violations')).length;
}

async function pollOnce(): Promise<void> {
  const count = pollCount();
  clock.advance(MINUTE);
  await polls(count + 1);
}

async function polls(count: number): Promise<void> {
  await eventually(
    () => {
      expect(pollCount()).toBeGreaterThanOrEqual(count);
    },
    { withinMs: 20_000 },
  );
}

function digest(number: number): Digest {
  const parsed = parseDigest(number.toString(16).padStart(12, '0').padEnd(64, '0'));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}
