import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { int, message, metadata, nested, ProtobufError } from '../../../src/protobuf/index.js';
import { resource } from '../../../src/resource/resource.js';
import { enveloped, eventFrame, field, statusMessage } from '../../../src/testing/protobuf-writer.js';
import { formatOf } from '../../../src/watch/format-of.js';
import type { WireFormat } from '../../../src/watch/wire-format.js';
import type { WatchEvent } from '../../../src/watch/watch-event.js';
import { chunksOf } from './chunks.js';

const PROTOBUF = 'application/vnd.kubernetes.protobuf;stream=watch';
const END = 'k8s.io/initial-events-end';

const things = resource<{ metadata?: { annotations?: Record<string, string> }; spec?: { size?: number } }>({
  group: '',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
})
  .protobuf(message({ metadata: metadata(), spec: nested(2, message({ size: int(1, 'pointer') })) }))
  .project(({ spec }) => ({ size: spec?.size ?? 0 }));

interface Thing {
  readonly name: string;
  readonly version: string;
  readonly size: number;
}

const thing = fc.record({ name: fc.string({ minLength: 1 }), version: fc.nat().map(String), size: fc.integer() });

function thingBytes({ name, version, size }: Thing): Buffer {
  const meta = [field(1, name), field(3, 'ns'), field(5, `uid of ${name}`), field(6, version)];
  return Buffer.concat([field(1, Buffer.concat(meta)), field(2, field(1, size))]);
}

function wireOf({ name, version, size }: Thing): object {
  return { metadata: { name, namespace: 'ns', uid: `uid of ${name}`, resourceVersion: version }, spec: { size } };
}

function bookmarkBytes(version: string, annotations: Readonly<Record<string, string>> = {}): Buffer {
  const entries = Object.entries(annotations).map(([key, value]) =>
    field(12, Buffer.concat([field(1, key), field(2, value)])),
  );
  return field(1, Buffer.concat([field(6, version), ...entries]));
}

function pageBytes(things_: readonly Thing[], { version = '7', next = '' } = {}): Buffer {
  const about = Buffer.concat([field(1, ''), field(2, version), field(3, next)]);
  return enveloped(Buffer.concat([field(1, about), ...things_.map((one) => field(2, thingBytes(one)))]), 'ThingList');
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

function protobuf(): WireFormat {
  return formatOf(things, PROTOBUF);
}

function eventsOf(chunks: readonly Buffer[]): WatchEvent[] {
  const cutter = protobuf().events();
  return chunks.flatMap((chunk) => [...cutter.cut(chunk)]);
}

function pageOf(chunks: readonly Buffer[]): { readonly objects: readonly object[]; readonly about: object } {
  const page = protobuf().page();
  const objects = chunks.flatMap((chunk) => [...page.cut(chunk)]);
  return { objects, about: page.end() };
}

describe('a watch', () => {
  test('gives each event, wherever the chunks end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'), thing)),
        chunkSizes,
        (all, sizes) => {
          const body = Buffer.concat(all.map(([type, one]) => eventFrame(type, thingBytes(one), 'Thing')));
          expect(eventsOf(chunksOf(body, sizes))).toEqual(
            all.map(([type, one]) => ({ type: type === 'DELETED' ? 'delete' : 'put', object: wireOf(one) })),
          );
        },
      ),
    );
  });

  test('tells the bookmark that ends the first events from others', () => {
    const body = Buffer.concat([
      eventFrame('BOOKMARK', bookmarkBytes('5', { [END]: 'true' }), 'Thing'),
      eventFrame('BOOKMARK', bookmarkBytes('6', { other: 'true' }), 'Thing'),
    ]);
    expect(eventsOf([body])).toEqual([
      { type: 'bookmark', resourceVersion: '5', endsInitial: true },
      { type: 'bookmark', resourceVersion: '6', endsInitial: false },
    ]);
  });

  test('ends with the error that an event says', () => {
    const [event] = eventsOf([
      eventFrame('ERROR', statusMessage({ code: 410, reason: 'Expired', message: 'too old' })),
    ]);
    expect(event).toMatchObject({ type: 'error', error: { status: 410, reason: 'Expired', message: 'too old' } });
  });

  test('refuses a frame that is longer than any object can be before it has come', () => {
    expect(() => eventsOf([Buffer.from([0x7f, 0xff, 0xff, 0xff])])).toThrow(/longer than 8388608 bytes/);
  });

  test.each<[string, Buffer]>([
    [
      'an object without the bytes that tell',
      eventFrameOf(Buffer.concat([field(1, 'ADDED'), field(2, field(1, 'x'))])),
    ],
    ['no object', eventFrameOf(field(1, 'ADDED'))],
    ['text', eventFrameOf(Buffer.from('<html>'))],
  ])('refuses %s', (_, frame) => {
    expect(() => eventsOf([frame])).toThrow(ProtobufError);
  });

  test('gives events or its own error, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), chunkSizes, (frames, sizes) => {
        refusesOrReads(() =>
          eventsOf(chunksOf(Buffer.concat(frames.map((one) => eventFrameOf(Buffer.from(one)))), sizes)),
        );
      }),
    );
  });
});

describe('a page', () => {
  test('gives each object and what it says of itself, wherever the chunks end', () => {
    fc.assert(
      fc.property(fc.array(thing), chunkSizes, fc.string(), (all, sizes, next) => {
        expect(pageOf(chunksOf(pageBytes(all, { version: '9', next }), sizes))).toEqual({
          objects: all.map(wireOf),
          about: { resourceVersion: '9', ...(next === '' ? {} : { continue: next }) },
        });
      }),
    );
  });

  test('that ends anywhere before its end is refused, and no object of it is invented', () => {
    const all = [1, 2, 3].map((size) => ({ name: `n${size}`, version: '1', size }));
    const body = pageBytes(all);
    const trailer = field(3, '').length + field(4, '').length; // empty fields, which the list can do without
    for (let length = 0; length < body.length - trailer; length++) {
      const page = protobuf().page();
      const objects = [...page.cut(body.subarray(0, length))];
      expect(objects).toEqual(all.slice(0, objects.length).map(wireOf));
      expect(() => page.end()).toThrow(ProtobufError);
    }
  });

  test.each<[string, Buffer]>([
    ['is no protobuf of Kubernetes', Buffer.from('<html></html>')],
    ['has an object longer than the list', enveloped(Buffer.from([2 * 8 + 2, 100, 1]))],
    ['has a number without an end', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(30, 0xff)])],
    ['has groups', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([11, 0])])],
  ])('that %s is refused', (_, body) => {
    expect(() => pageOf([body])).toThrow(ProtobufError);
  });

  test('with an object that is longer than any can be is refused before that has come', () => {
    const huge = Buffer.from([2 * 8 + 2, 0xff, 0xff, 0xff, 0x7f]);
    const list = Buffer.from([2 * 8 + 2, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    expect(() => pageOf([Buffer.concat([Buffer.from('k8s\0'), list, huge])])).toThrow(/longer than 8388608 bytes/);
  });

  test('gives objects or its own error, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), chunkSizes, (any, sizes) => {
        refusesOrReads(() => pageOf(chunksOf(Buffer.concat([Buffer.from('k8s\0'), any]), sizes)));
      }),
      { numRuns: 2_000 },
    );
  });
});

function eventFrameOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function refusesOrReads(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (error instanceof ProtobufError) return;
    expect(String(error)).toMatch(/longer than 8388608 bytes/);
  }
}

test('an answer in JSON is read as JSON, whatever was asked for', () => {
  const cutter = formatOf(things, 'application/json').events();
  const line = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  expect([...cutter.cut(Buffer.from(`${line}\n`))]).toEqual([{ type: 'put', object: { metadata: { name: 'a' } } }]);
});
