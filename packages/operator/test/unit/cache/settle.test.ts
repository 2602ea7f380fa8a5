import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Interner } from '../../../src/cache/interner.js';
import { isSame } from '../../../src/cache/same.js';
import { settle } from '../../../src/cache/settle.js';

test('nobody can change what is kept, at any depth', () => {
  const object = settle(
    { labels: { app: 'web' }, images: ['a'], owner: { name: 'x' }, when: new Date(0) },
    new Interner(),
  );
  for (const part of [object, object.labels, object.images, object.owner]) expect(Object.isFrozen(part)).toBe(true);
  expect(() => {
    object.labels.app = 'other';
  }).toThrow(TypeError);
});

test('settling changes nothing but who holds the texts', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3, withNullPrototype: false }), (object) => {
      const before = structuredClone(object);
      expect(settle(object, new Interner())).toEqual(before);
      expect(isSame(object, before, '')).toBe(true);
    }),
  );
});

test('what another object has the same is taken over from it, and nothing else of it', () => {
  const interner = new Interner();
  const pod = (name: string, image: string): { name: string; labels: object; containers: readonly object[] } => ({
    name,
    labels: { app: 'web' },
    containers: [{ image }],
  });
  const first = settle(pod('web-1', 'a'), interner);
  const second = settle(pod('web-2', 'b'), interner, [first]);
  const third = settle(pod('web-3', 'b'), interner, [first, second]);
  expect(second).toEqual(pod('web-2', 'b'));
  expect(second.labels).toBe(first.labels);
  expect(third.containers).toBe(second.containers);
});

test('taking over changes nothing of what an object says', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), fc.object({ maxDepth: 3 }), (object, other) => {
      const mixed = { ...other, ...object };
      const before = structuredClone(mixed);
      expect(isSame(settle(mixed, new Interner(), [settle({ ...other }, new Interner())]), before, '')).toBe(true);
    }),
  );
});

test.each([
  ['the field that does not count', { a: 1, v: '1' }, { a: 1, v: '2' }, true],
  ['a field more', { a: 1 }, { a: 1, b: undefined }, false],
  ['another order of fields', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  ['another length', { a: [1] }, { a: [1, 2] }, false],
  ['a list and an object', { a: [] }, { a: {} }, false],
  ['null and undefined', { a: null }, { a: undefined }, false],
  ['another value deep within', { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, false],
])('sameness: %s', (_, a, b, same) => {
  expect(isSame(a, b, 'v')).toBe(same);
});
