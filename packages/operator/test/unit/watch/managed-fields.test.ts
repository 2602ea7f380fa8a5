import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventWithoutManagedFields, objectWithoutManagedFields } from '../../../src/watch/managed-fields.js';

function event(object: object): string {
  return JSON.stringify({ type: 'MODIFIED', object });
}

const name = fc.oneof(fc.string(), fc.constantFrom('metadata', 'managedFields', 'object', '"managedFields":[', '\\'));
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    name,
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const fields = fc.dictionary(name, anything, { maxKeys: 5 });

describe('eventWithoutManagedFields and objectWithoutManagedFields', () => {
  test('takes out metadata.managedFields, wherever it stands in the metadata, and nothing else', () => {
    fc.assert(
      fc.property(fields, fields, fields, anything, (before, after, spec, managedFields) => {
        const metadata = { ...before, managedFields, ...after };
        const object = { kind: 'Thing', ...spec, metadata, status: spec };
        const expected = structuredClone(object);
        delete (expected.metadata as { managedFields?: unknown }).managedFields;
        expect(JSON.parse(eventWithoutManagedFields(event(object)))).toEqual(JSON.parse(event(expected)));
        const text = objectWithoutManagedFields(JSON.stringify(object));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['the only field', { metadata: { managedFields: [{ manager: 'a' }] } }, { metadata: {} }],
    ['the first', { metadata: { managedFields: [], name: 'a' } }, { metadata: { name: 'a' } }],
    ['the last', { metadata: { name: 'a', managedFields: [] } }, { metadata: { name: 'a' } }],
  ])('as %s', (_, object, expected) => {
    expect(eventWithoutManagedFields(event(object))).toBe(event(expected));
  });

  test.each([
    ['has none', event({ metadata: { name: 'a' }, spec: { a: '"managedFields":[' } })],
    ['has a field of that name elsewhere', event({ metadata: { name: 'a' }, spec: { managedFields: [1] } })],
    ['is no event', '{"kind":"Status","metadata":{"managedFields":[]}}'],
    ['is cut off', event({ metadata: { managedFields: [{ manager: 'a' }] } }).slice(0, 70)],
    ['has spaces', JSON.stringify({ type: 'ADDED', object: { metadata: { managedFields: [] } } }, null, 1)],
  ])('leaves a line as unreadable as it is, or as it is, where it %s', (_, line) => {
    const parsed = (text: string): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        return 'unreadable';
      }
    };
    expect(parsed(eventWithoutManagedFields(line))).toEqual(parsed(line));
  });
});
