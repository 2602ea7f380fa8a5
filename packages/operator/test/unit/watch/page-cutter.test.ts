import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PageCutter } from '../../../src/watch/page-cutter.js';
import { chunksOf } from './chunks.js';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('items', '"items":[', '\\', '\\"', '"', '{', '}]', 'metadata', '☃\u{1f600}'),
);
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const object = fc.dictionary(text, anything, { maxKeys: 5 });
const metadata = fc.record({ resourceVersion: fc.nat().map(String), continue: text, items: fc.array(text) });

/** Typed lists have their metadata before the items, those of custom resources behind them. */
const page = fc.tuple(fc.array(object, { maxLength: 5 }), metadata, fc.boolean()).map(([items, about, isFirst]) => ({
  kind: 'ThingList',
  ...(isFirst ? { metadata: about, items } : { items, metadata: about }),
}));

function read(chunks: readonly Buffer[]): { readonly items: unknown[]; readonly metadata: unknown } {
  const cutter = new PageCutter();
  const items = chunks.flatMap((chunk) => [...cutter.cut(chunk)]).map((item): unknown => JSON.parse(item));
  return { items, metadata: cutter.end() };
}

describe('PageCutter', () => {
  test('gives each object and the metadata, whatever is in them and wherever the chunks end', () => {
    fc.assert(
      fc.property(
        page,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.boolean(),
        (list, sizes, wide) => {
          const body = Buffer.from(JSON.stringify(list, null, wide ? 1 : 0));
          // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- what was written above
          const { items, metadata: about }: typeof list = JSON.parse(body.toString('utf8'));
          expect(read(chunksOf(body, sizes))).toEqual({ items, metadata: about });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['none', '{"metadata":{"resourceVersion":"7"},"items":[]}'],
    ['null in their place', '{"metadata":{"resourceVersion":"7"},"items":null}'],
    ['no such field', '{"metadata":{"resourceVersion":"7"}}'],
  ])('of a list without objects: %s', (_, body) => {
    expect(read([Buffer.from(body)])).toEqual({ items: [], metadata: { resourceVersion: '7' } });
  });

  test('a page that is cut off is never complete, wherever that was', () => {
    const body = Buffer.from('{"kind":"List","metadata":{"resourceVersion":"7"},"items":[{"a":"b"},{"c":[{}]}]}');
    for (let length = 0; length < body.length; length++)
      expect(() => read([body.subarray(0, length)])).toThrow(SyntaxError);
  });

  test('an object that is longer than any can be is refused, not kept', () => {
    const cutter = new PageCutter();
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    expect([...cutter.cut(Buffer.from('{"items":[{"a":"'))]).toEqual([]);
    expect(() => {
      for (let i = 0; i < 9; i++) expect([...cutter.cut(megabyte)]).toEqual([]);
    }).toThrow('longer than');
  });
});
