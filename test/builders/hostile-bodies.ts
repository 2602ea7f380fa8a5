// Bodies of web hooks that mean no good: wrong types, depth, encodings, cut ones, and prototype pollution. The same each time.
import fc from 'fast-check';
import { type Digest, hexOf } from '../../src/workload/digest.js';

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

/** @param running the digest of an image that runs: some of them name it */
export function hostileBodies(count: number, running: Digest): readonly Buffer[] {
  return fc.sample(bodiesNaming(running), { numRuns: count, seed: 20_261_124 });
}

function bodiesNaming(running: Digest): fc.Arbitrary<Buffer> {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      'a'.repeat(64),
      hexOf(running),
      'default/docker-local/shop/web/1/',
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
  const deep = fc
    .integer({ min: 1, max: 20_000 })
    .map((depth) => `{"issues":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  return fc.oneof(
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
}
