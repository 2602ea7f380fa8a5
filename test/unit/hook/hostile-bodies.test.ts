// Ten thousand bodies that mean no good leave the receiver running and hint at nothing that is not written in them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Clock } from '@dot-kube/operator';
import fc from 'fast-check';
import { Agent, request } from 'undici';
import { HookServer } from '../../../src/hook/hook-server.js';
import { type Hint, hintIn } from '../../../src/hook/payload.js';
import { isDigest } from '../../../src/workload/digest.js';

const TOKEN = 'agreed-on';
const BODIES = 10_000;
let server: HookServer;
let port: number;
let client: Agent;
const hints: Hint[] = [];

// An hour a look: the limit on requests is not what this is about.
let nowMs = 0;
const hasty: Pick<Clock, 'monotonicMs'> = { monotonicMs: () => (nowMs += 3_600_000) };

beforeAll(async () => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a limit asks its clock for nothing else
  server = new HookServer({ token: TOKEN }, { clock: hasty as Clock, onHint: (hint) => hints.push(hint) });
  port = await server.listen(0, '127.0.0.1');
  client = new Agent({ connections: 8, pipelining: 1 });
});

afterAll(async () => {
  await client.destroy();
  await server.close();
});

const names = fc.constantFrom(
  'issues',
  'impacted_artifacts',
  'impact_artifacts',
  'sha256',
  'path',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'severity',
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'a'.repeat(64),
    '\u0000',
    '../../etc/passwd',
    '${jndi:ldap://x}',
    'sha256:',
    '-1',
    'NaN',
    '🤖'.repeat(20),
  ),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    texts,
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 6 }),
    fc.dictionary(names, tie('tree'), { maxKeys: 6 }),
  ),
}));
const shaped = fc.record({
  issues: fc.array(
    fc.record({
      impacted_artifacts: fc.array(fc.record({ sha256: fc.oneof(texts, tree), path: fc.oneof(texts, tree) }), {
        maxLength: 4,
      }),
      type: tree,
    }),
    { maxLength: 4 },
  ),
});
const deep = fc.integer({ min: 1, max: 20_000 }).map((depth) => `{"issues":${'['.repeat(depth)}${']'.repeat(depth)}}`);
const bodies = fc.oneof(
  { weight: 5, arbitrary: shaped.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 3, arbitrary: tree.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: tree.map((value) => Buffer.from(JSON.stringify(value)).subarray(0, 40)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: deep.map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: tree.map((value) => Buffer.from(`{"__proto__":{"polluted":1},"issues":[${JSON.stringify(value)}]}`)),
  },
  { weight: 1, arbitrary: fc.string().map((text) => Buffer.from(`{"issues":["${text}"]}`, 'utf16le')) },
);

test('ten thousand of them', async () => {
  const all = fc.sample(bodies, { numRuns: BODIES, seed: 20_261_124 });
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
  for (let at = 0; at < all.length; at += 50) await Promise.all(all.slice(at, at + 50).map(send));

  expect([...statuses.keys()].toSorted((a, b) => a - b)).toEqual([202, 400]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(BODIES);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect(hints.flatMap(({ digests }) => digests).every(isDigest)).toBe(true);
}, 120_000);

test('what is read from one is bounded', () => {
  const artifact = (at: number): object => ({ sha256: at.toString(16).padStart(64, '0'), path: `p/${at}/` });
  const body = { issues: [{ impacted_artifacts: Array.from({ length: 50_000 }, (_, at) => artifact(at)) }] };
  const hint = hintIn(body);
  expect(hint?.digests).toHaveLength(500);
  expect(hint?.paths).toHaveLength(500);
});
