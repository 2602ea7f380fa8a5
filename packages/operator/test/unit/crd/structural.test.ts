import { describe, expect, test } from '@jest/globals';
import { type JsonSchema, structural, type StructuralSchema } from '../../../src/crd/structural.js';

describe('a JSON schema becomes structural', () => {
  test.each<[string, JsonSchema, StructuralSchema]>([
    [
      'an exclusive bound becomes a bound and a flag',
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true },
    ],
    [
      'an inclusive bound stays',
      { type: 'number', minimum: 0, maximum: 9 },
      { type: 'number', minimum: 0, maximum: 9 },
    ],
    [
      'a type within a junctor goes',
      { type: 'string', not: { type: 'string', enum: ['a'] }, anyOf: [{ type: 'string', format: 'date' }] },
      { type: 'string', not: { enum: ['a'] }, anyOf: [{ format: 'date' }] },
    ],
    ['what then says nothing goes too', { type: 'string', not: { type: 'null' } }, { type: 'string' }],
    [
      'descriptions and defaults of the library go: ours stand beside',
      { type: 'string', description: 'After …', default: 'x' },
      { type: 'string' },
    ],
    [
      'items and values of maps are turned too',
      { type: 'array', items: { type: 'object', additionalProperties: { type: 'integer', exclusiveMinimum: 1 } } },
      {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: { type: 'integer', minimum: 1, exclusiveMinimum: true },
        },
      },
    ],
  ])('%s', (_, source, expected) => {
    expect(structural(source, 'field')).toEqual(expected);
  });
});

describe('refused, with the field and the way out', () => {
  test.each<[string, JsonSchema, string]>([
    ['no type', {}, 'field has no single type'],
    ['two types', { type: ['string', 'null'] }, 'field has no single type'],
    ['a reference', { type: 'array', items: { $ref: '#/definitions/X' } }, 'field[] refers to #/definitions/X'],
    ['a map of anything', { type: 'object', additionalProperties: true }, 'use @StringMap()'],
    ['unique items', { type: 'array', items: { type: 'string' }, uniqueItems: true }, 'use @ListSet()'],
  ])('%s', (_, source, message) => {
    expect(() => structural(source, 'field')).toThrow(message);
  });
});
