// bench: what stays in memory after a simulated day of polls, and after ten thousand hostile hooks.
// `node --expose-gc scripts/run-ts.mjs bench/xray/memory.ts`
import type { Clock } from '@dot-kube/operator';
import { FakeClock } from '@dot-kube/operator/testing';
import { setImmediate as turn } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { HookServer } from '../../src/hook/hook-server.js';
import type { ImageFacts } from '../../src/scan/finding.js';
import { Poller } from '../../src/scan/poller.js';
import { type Digest, parseDigest } from '../../src/workload/digest.js';
import { aVulnerability } from '../../test/builders/builders.js';
import { hostileBodies } from '../../test/builders/hostile-bodies.js';

const MINUTE = 60_000;
const IMAGES = 1_000;
const VULNERABILITIES = 100;
const BODIES = 10_000;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function digestOf(number: number): Digest {
  const parsed = parseDigest(number.toString(16).padStart(64, '0'));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}

function heapMb(): number {
  if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1e6;
}

function rssMb(): number {
  heapMb();
  return process.memoryUsage().rss / 1e6;
}

const clock = new FakeClock();
const poller = new Poller({ clock, onNews: () => undefined, onOutcome: () => undefined });
const factsOf = (digest: Digest): ImageFacts => ({
  vulnerabilities: Array.from({ length: VULNERABILITIES }, (_, at) => aVulnerability({ id: `XRAY-${digest}-${at}` })),
  licenses: [],
  paths: [`default/docker-local/shop/${digest.slice(7)}/1`],
});
const pace = { batchSize: 10, pollIntervalMs: MINUTE, resyncIntervalMs: 60 * MINUTE, concurrency: 4 };
let raised = 0;
poller.use({
  kind: 'ready',
  xray: {
    ...pace,
    server: 'https://xray.example',
    client: {
      summaries: async (digests) => new Map(digests.map((one) => [one, factsOf(one)])),
      scanStatus: async () => 'Done',
      // Each poll has something new, of an image that runs or ran.
      violations: async () => [
        {
          key: String(raised++),
          created: clock.now(),
          paths: [`default/docker-local/shop/${digestOf(raised % IMAGES).slice(7)}/1/manifest.json`],
          finding: { kind: 'vulnerability', id: 'XRAY-1' },
          isIgnored: false,
        },
      ],
      ignoreRules: async () => [],
      serverNow: () => clock.now(),
    },
  },
});
const stop = new AbortController();
const running = poller.run(stop.signal);

async function pass(ms: number, stepMs: number): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(stepMs);
    for (let i = 0; i < 4; i++) await turn();
  }
}

/** Everything runs all the time, but for one workload that is given another image each minute. */
async function day(number: number): Promise<void> {
  for (let minute = 0; minute < 24 * 60; minute++) {
    const digest = digestOf(1_000_000 + number * 24 * 60 + minute);
    poller.store.want('moving', [{ digest, references: ['shop/moving:1'], platforms: [], pullers: [] }]);
    await pass(MINUTE, 10_000);
  }
}

for (let at = 0; at < IMAGES; at++)
  poller.store.want(`web-${at}`, [{ digest: digestOf(at), references: ['shop/web:1'], platforms: [], pullers: [] }]);
await pass(2 * MINUTE, 50);
const start = heapMb();
await day(0);
const after = heapMb();
await day(1);
const afterTwo = heapMb();
say(
  `${IMAGES} images with ${VULNERABILITIES} vulnerabilities each, ${raised} polls with something new in each: heap ` +
    `${start.toFixed(1)} MB at first, ${after.toFixed(1)} MB after a day, ${afterTwo.toFixed(1)} MB after two; ` +
    `images known ${poller.store.counts().known}`,
);

let nowMs = 0;
// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a limit asks its clock for nothing else
const hasty = { monotonicMs: () => (nowMs += 3_600_000) } as Clock;
const server = new HookServer(
  { token: 'good' },
  {
    clock: hasty,
    onHint: (hint) => {
      poller.lookAgain(hint);
    },
  },
);
const port = await server.listen(0, '127.0.0.1');
const agent = new Agent({ connections: 8, pipelining: 1 });

async function send(all: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < all.length; at += 50) {
    await Promise.all(
      all.slice(at, at + 50).map(async (body) => {
        const headers = { 'x-auth-token': 'good', 'content-type': 'application/json' };
        const response = await request(`http://127.0.0.1:${port}/`, {
          method: 'POST',
          headers,
          dispatcher: agent,
          body,
        });
        await response.body.dump();
      }),
    );
    await pass(1_000, 250);
  }
}

const bodies = hostileBodies(BODIES, digestOf(1));
await send(bodies.slice(0, 1_000)); // what is made once is there
const [heap, rss] = [heapMb(), rssMb()];
await send(bodies);
say(
  `${BODIES} hostile hooks: heap ${heap.toFixed(1)} MB before, ${heapMb().toFixed(1)} MB after; ` +
    `resident ${rss.toFixed(1)} MB before, ${rssMb().toFixed(1)} MB after; images known ${poller.store.counts().known}`,
);
await agent.destroy();
await server.close();
stop.abort(new Error('measured'));
await running;
