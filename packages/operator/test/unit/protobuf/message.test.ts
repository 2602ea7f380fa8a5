import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  base64,
  base64Map,
  bool,
  embedding,
  type Fields,
  int,
  intOrString,
  json,
  list,
  type Message,
  message,
  microTime,
  nested,
  ProtobufError,
  quantity,
  quantityMap,
  text,
  textMap,
  texts,
  time,
} from '../../../src/protobuf/index.js';
import { field, varint } from '../../../src/testing/protobuf-writer.js';

const inner = message({ name: text(1, 'required'), size: int(2, 'pointer') });
const embedded = message({ name: text(1, 'required') });
const all = {
  name: text(1),
  size: int(2, 'pointer'),
  generation: int(3, 'omitempty'),
  paused: bool(4, 'omitempty'),
  suspend: bool(5, 'pointer'),
  inner: nested(6, inner),
  inners: list(7, inner),
  args: texts(8),
  labels: textMap(9),
  at: time(10),
  micros: microTime(11),
  cpu: quantity(12),
  requests: quantityMap(13),
  most: intOrString(14),
  owned: json(15),
  caBundle: base64(16),
  data: base64Map(17),
  far: text(2_000),
} as const satisfies Fields;
const shape = message(all);

const times = (seconds: number, nanos = 0): Buffer => Buffer.concat([field(1, seconds), field(2, nanos)]);
const entry = (key: string, value: string | Buffer): Buffer => Buffer.concat([field(1, key), field(2, value)]);

describe('a field becomes what JSON has of it', () => {
  test.each<[string, Buffer, object]>([
    ['a text', field(1, 'a'), { name: 'a' }],
    ['a text that is empty, which is left out', field(1, ''), {}],
    ['a text with more than ASCII', field(1, '☃\u{1f600}'), { name: '☃\u{1f600}' }],
    ['a number', field(2, 7), { size: 7 }],
    ['a number that was set to zero', field(2, 0), { size: 0 }],
    ['a zero that was not set', field(3, 0), {}],
    ['a negative number', field(2, -1), { size: -1 }],
    ['the smallest number', field(2, -(2 ** 63)), { size: -(2 ** 63) }],
    ['a number of 53 bits', field(2, Number.MAX_SAFE_INTEGER), { size: Number.MAX_SAFE_INTEGER }],
    ['true', field(4, true), { paused: true }],
    ['false that was not set', field(4, false), {}],
    ['false that was set', field(5, false), { suspend: false }],
    ['a message', field(6, field(1, 'a')), { inner: { name: 'a' } }],
    ['a message that is empty, with what JSON always has', field(6, Buffer.alloc(0)), { inner: { name: '' } }],
    [
      'two messages',
      Buffer.concat([field(7, field(1, 'a')), field(7, Buffer.concat([field(1, 'b'), field(2, 1)]))]),
      { inners: [{ name: 'a' }, { name: 'b', size: 1 }] },
    ],
    ['texts, empty ones too', Buffer.concat([field(8, 'a'), field(8, '')]), { args: ['a', ''] }],
    [
      'a map, a value of which is empty',
      Buffer.concat([field(9, entry('a', '1')), field(9, entry('b', '')), field(9, field(1, 'c'))]),
      { labels: { a: '1', b: '', c: '' } },
    ],
    ['a time', field(10, times(1_767_323_045)), { at: '2026-01-02T03:04:05Z' }],
    ['a time before 1970', field(10, times(-1)), { at: '1969-12-31T23:59:59Z' }],
    ['no time', field(10, Buffer.alloc(0)), {}],
    ['a time of microseconds', field(11, times(1_767_323_045, 6_789)), { micros: '2026-01-02T03:04:05.000006Z' }],
    ['a quantity', field(12, field(1, '500m')), { cpu: '500m' }],
    ['a map of quantities', field(13, entry('cpu', field(1, '1'))), { requests: { cpu: '1' } }],
    ['a number of both', field(14, Buffer.concat([field(1, 0), field(2, 3), field(3, '')])), { most: 3 }],
    ['a text of both', field(14, Buffer.concat([field(1, 1), field(2, 0), field(3, '25%')])), { most: '25%' }],
    ['JSON in it', field(15, field(1, '{"f:spec":{}}')), { owned: { 'f:spec': {} } }],
    ['bytes, as base64', field(16, Buffer.from([0, 0xff, 0xfe, 0x80])), { caBundle: 'AP/+gA==' }],
    ['no bytes', field(16, Buffer.alloc(0)), {}],
    [
      'a map of bytes, as base64, a value of which is empty',
      Buffer.concat([field(17, entry('a', Buffer.from('☃'))), field(17, entry('b', '')), field(17, field(1, 'c'))]),
      { data: { a: '4piD', b: '', c: '' } },
    ],
    ['a high number', field(2_000, 'a'), { far: 'a' }],
    ['a field that nobody reads', Buffer.concat([field(99, 'x'), field(98, 1), field(1, 'a')]), { name: 'a' }],
    [
      'fields of fixed length that nobody reads',
      Buffer.concat([varint(98 * 8 + 1), Buffer.alloc(8), varint(99 * 8 + 5), Buffer.alloc(4), field(1, 'a')]),
      { name: 'a' },
    ],
    ['a field of another type than is known, as if nobody read it', field(1, 5), {}],
  ])('%s', (_, bytes, object) => {
    expect(shape.decode(bytes)).toEqual(object);
  });

  test('a key that every object has', () => {
    const { labels = {} } = shape.decode(field(9, entry('__proto__', 'a')));
    expect(Object.entries(labels)).toEqual([['__proto__', 'a']]);
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
  });

  test('those of a message that Go embeds are among the others', () => {
    const ephemeral = embedding(1, embedded, { target: text(2) });
    expect(ephemeral.decode(Buffer.concat([field(1, field(1, 'a')), field(2, 'b')]))).toEqual({
      name: 'a',
      target: 'b',
    });
  });
});

describe('what is no such message', () => {
  test.each<[string, Buffer]>([
    ['ends in a tag', Buffer.from([0x80])],
    ['ends in a number', Buffer.from([2 * 8, 0xff])],
    ['ends in a text', field(1, 'abc').subarray(0, 4)],
    ['has a text longer than the message that it is in', field(6, Buffer.from([10, 5, 97]))],
    ['has a length of less than nothing', Buffer.concat([varint(10), varint(-1)])],
    ['has a number of more than 64 bits', Buffer.concat([varint(16), Buffer.alloc(10, 0xff), Buffer.from([0])])],
    ['has the field 0', Buffer.from([0, 0])],
    ['has a group', Buffer.from([99, 0])],
    ['has a type that there is not', Buffer.from([8 + 7, 0])],
    ['has a time that no Date can be', field(10, times(9e12))],
    ['has JSON that is none', field(15, field(1, '{'))],
    ['has JSON that is no object', field(15, field(1, '1'))],
  ])('%s', (_, bytes) => {
    expect(() => shape.decode(bytes)).toThrow(ProtobufError);
  });

  test('whatever the bytes, there is an object or a ProtobufError', () => {
    const anyTag = fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 7 }));
    const likely = fc
      .array(fc.tuple(anyTag, fc.uint8Array({ maxLength: 12 })), { maxLength: 8 })
      .map((fields) => Buffer.concat(fields.flatMap(([[number, type], rest]) => [varint(number * 8 + type), rest])));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((any) => Buffer.from(any)),
      likely,
    );
    fc.assert(
      fc.property(bytes, (any) => {
        decodeOrRefuse(shape, any);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a message that is cut off anywhere but between its fields is refused', () => {
    const fields = [
      field(1, 'name'),
      field(2, -7),
      field(6, field(1, 'inner')),
      field(9, entry('a', 'b')),
      field(10, times(5)),
    ];
    const ends = fields.map((_, i) => Buffer.concat(fields.slice(0, i + 1)).length);
    const whole = Buffer.concat(fields);
    for (let length = 1; length < whole.length; length++) {
      const part = whole.subarray(0, length);
      if (ends.includes(length)) expect(() => shape.decode(part)).not.toThrow();
      else expect(() => shape.decode(part)).toThrow(ProtobufError);
    }
  });

  test('nothing outside of a part of a buffer is read', () => {
    const whole = Buffer.concat([field(1, 'a'), field(2, 1)]);
    expect(shape.decode(whole.subarray(0, 3))).toEqual({ name: 'a' });
    expect(() => shape.decode(Buffer.concat([field(1, 'secret')]).subarray(0, 5))).toThrow(ProtobufError);
  });
});

function decodeOrRefuse(of: Message<object>, bytes: Buffer): void {
  try {
    of.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtobufError);
  }
}

describe('what is written', () => {
  const value = fc.record(
    {
      name: fc.string({ unit: 'grapheme', minLength: 1 }),
      size: fc.maxSafeInteger(),
      suspend: fc.boolean(),
      args: fc.array(fc.string(), { minLength: 1 }),
      labels: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }), { minKeys: 1, noNullPrototype: true }),
      inners: fc.array(fc.record({ name: fc.string() }), { minLength: 1 }),
    },
    { requiredKeys: [] },
  );

  test('is read as it was, in any order of its fields and with others between them', () => {
    fc.assert(
      fc.property(value, fc.func(fc.nat()), (object, order) => {
        const { name, size, suspend, args = [], labels = {}, inners = [] } = object;
        const single = [
          ...(name === undefined ? [] : [field(1, name)]),
          ...(size === undefined ? [] : [field(2, size)]),
          ...(suspend === undefined ? [] : [field(5, suspend)]),
        ];
        const repeated = [
          ...args.map((arg) => field(8, arg)),
          ...Object.entries(labels).map(([key, text_]) => field(9, entry(key, text_))),
          ...inners.map((one) => field(7, field(1, one.name))),
        ];
        const mixed = single.sort((a, b) => order(a) - order(b)).flatMap((one) => [one, field(500, 'other')]);
        expect(shape.decode(Buffer.concat([...mixed, ...repeated]))).toEqual(object);
      }),
    );
  });
});
