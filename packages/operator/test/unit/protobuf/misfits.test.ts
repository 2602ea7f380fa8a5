// What a shape says is held against the type of the kind by the compiler: where a line below compiled, the types would be refused.
import { expect, test } from '@jest/globals';
import { int, list, message, metadata, nested, text, time } from '../../../src/protobuf/index.js';
import { resource } from '../../../src/resource/resource.js';

interface Thing {
  readonly metadata?: { readonly name?: string; readonly annotations?: Record<string, string> };
  readonly spec?: { readonly size?: number; readonly parts: { readonly name: string }[] };
  readonly status?: { readonly since?: Date };
}

const things = resource<Thing>({ group: '', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true });
const part = message({ name: text(1, 'required') });
const shape = message({
  metadata: metadata('annotations'),
  spec: nested(2, message({ size: int(1, 'pointer'), parts: list(2, part) })),
  status: nested(3, message({ since: time(1) })),
});

test('a projection sees what the shape has', () => {
  const kept = things.protobuf(shape).project(({ metadata: about, spec, status }) => ({
    note: about?.annotations?.['note'] ?? '',
    parts: spec?.parts?.map(({ name }) => name) ?? [],
    since: status?.since ?? '',
  }));
  const wire = { metadata: { name: 'a', uid: 'u', resourceVersion: '1', annotations: { note: 'n' } } };
  expect(kept.keep(wire)).toMatchObject({ name: 'a', note: 'n', parts: [], since: '' });
});

test('what a shape gets wrong does not compile', () => {
  // @ts-expect-error -- there is no such field
  things.protobuf(message({ spec: nested(2, message({ sise: int(1, 'pointer') })) }));
  // @ts-expect-error -- it is a number
  things.protobuf(message({ spec: nested(2, message({ size: text(1) })) }));
  // @ts-expect-error -- it may be left out
  things.protobuf(message({ spec: nested(2, message({ size: int(1, 'required') })) }));
  // @ts-expect-error -- there are several
  things.protobuf(message({ spec: nested(2, message({ parts: nested(2, part) })) }));
  // @ts-expect-error -- a time is a text, not a number
  things.protobuf(message({ status: nested(3, message({ since: int(1, 'pointer') })) }));
  // @ts-expect-error -- its metadata has none
  things.protobuf(message({ metadata: metadata('finalizers') }));
  const sized = things.protobuf(message({ spec: nested(2, message({ size: int(1, 'pointer') })) }));
  // @ts-expect-error -- the shape has none
  sized.project(({ status }) => ({ status: String(status) }));
  expect(sized.project(({ spec }) => ({ size: spec?.size })).shape).toBeDefined();
});
