// Ten thousand bodies that mean no good leave the receiver running, change nothing of what is known, and leave nothing behind.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Clock } from '@dot-kube/operator';
import { FakeClock } from '@dot-kube/operator/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { HookServer } from '../../../src/hook/hook-server.js';
import { type Hint, hintIn } from '../../../src/hook/payload.js';
import type { ImageFacts } from '../../../src/scan/finding.js';
import { type AskXray, Poller } from '../../../src/scan/poller.js';
import { isDigest } from '../../../src/workload/digest.js';
import { aDigest } from '../../builders/builders.js';
import { hostileBodies } from '../../builders/hostile-bodies.js';

const TOKEN = 'agreed-on';
const BODIES = 10_000;
let server: HookServer;
let port: number;
let client: Agent;
const hints: Hint[] = [];
const digest = aDigest('b');

// What the hints come to, with an Xray that knows one clean image.
const clock = new FakeClock();
const news: string[] = [];
let questions = 0;
const poller = new Poller({ clock, onNews: (workloads) => news.push(...workloads), onOutcome: () => undefined });
const stop = new AbortController();
let running: Promise<void>;
const clean: ImageFacts = { vulnerabilities: [], licenses: [], paths: ['default/docker-local/shop/web/1'] };
const xray: AskXray['client'] = {
  summaries: async (digests) => {
    questions++;
    return new Map(digests.map((one) => [one, clean]));
  },
  scanStatus: async () => 'Done',
  violations: async () => [],
  ignoreRules: async () => [],
  serverNow: () => clock.now(),
};

// An hour a look: the limit on requests is not what this is about.
let nowMs = 0;
const hasty: Pick<Clock, 'monotonicMs'> = { monotonicMs: () => (nowMs += 3_600_000) };

function onHint(hint: Hint): void {
  hints.push(hint);
  poller.lookAgain(hint);
}

beforeAll(async () => {
  poller.use({
    kind: 'ready',
    xray: {
      client: xray,
      server: 'https://xray.example',
      batchSize: 10,
      pollIntervalMs: 60_000,
      resyncIntervalMs: 3_600_000,
      concurrency: 4,
    },
  });
  poller.store.want('web', [{ digest, references: ['shop/web:1'], platforms: [], pullers: [] }]);
  running = poller.run(stop.signal);
  await settled();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a limit asks its clock for nothing else
  server = new HookServer({ token: TOKEN }, { clock: hasty as Clock, onHint });
  port = await server.listen(0, '127.0.0.1');
  client = new Agent({ connections: 8, pipelining: 1 });
});

afterAll(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  await client.destroy();
  await server.close();
});

/** A second passes, and what is due in it is done. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    clock.advance(300);
    await turn();
  }
}

test('ten thousand of them', async () => {
  const all = hostileBodies(BODIES, digest);
  const statuses = new Map<number, number>();
  const send = async (body: Buffer): Promise<void> => {
    const response = await request(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-auth-token': TOKEN, 'content-type': 'application/json' },
      dispatcher: client,
      body,
    });
    await response.body.dump();
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
  };
  const before = { known: poller.store.knowledgeOf(digest), asked: poller.store.asked().length, news: news.length };
  for (let at = 0; at < all.length; at += 50) {
    await Promise.all(all.slice(at, at + 50).map(send));
    await settled();
  }

  expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual([202, 400]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(BODIES);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(hints.flatMap(({ digests }) => digests).every(isDigest)).toBe(true);

  // Some of them named the image that runs, and all that came of it is that Xray was asked about it, once a second at most.
  expect(hints.some(({ digests }) => digests.includes(digest))).toBe(true);
  expect(questions).toBeGreaterThan(1);
  expect(questions).toBeLessThanOrEqual(1 + BODIES / 50);
  expect(poller.isRunning).toBe(true);
  expect(news).toHaveLength(before.news); // no workload is looked at, so none is stopped
  expect(poller.store.knowledgeOf(digest)).toMatchObject({ ...before.known, at: expect.any(Date) });
  expect(poller.store.asked()).toHaveLength(before.asked);
  expect(clock.pending).toBeLessThanOrEqual(2);
}, 120_000);

test('what is read from one is bounded', () => {
  const artifact = (at: number): object => ({ sha256: at.toString(16).padStart(64, '0'), path: `p/${at}/` });
  const body = { issues: [{ impacted_artifacts: Array.from({ length: 50_000 }, (_, at) => artifact(at)) }] };
  const hint = hintIn(body);
  expect(hint?.digests).toHaveLength(500);
  expect(hint?.paths).toHaveLength(500);
});
