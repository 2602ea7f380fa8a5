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
