import { expect, test } from '@jest/globals';
import { resource } from '../../../src/resource/resource.js';
import { convert } from '../../../src/webhook/conversion.js';
import { ask, nobody, widgets } from './reviews.js';

interface WidgetV1 {
  readonly spec: { readonly size: string };
}
interface WidgetV2 {
  readonly spec: { readonly width: number; readonly height: number };
}
interface WidgetV0 {
  readonly side: number;
}

const REVIEW = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' };
const hook = convert({
  hub: resource<WidgetV2>({ ...widgets, version: 'v2' }),
  versions: {
    v1: {
      toHub: ({ spec }: WidgetV1) => {
        const [width = 0, height = 0] = spec.size.split('x').map(Number);
        if (Number.isNaN(width + height)) throw new Error(`secret of ${spec.size}`);
        return { spec: { width, height } };
      },
      fromHub: ({ spec }): { spec: { size: string } } => ({ spec: { size: `${spec.width}x${spec.height}` } }),
    },
    v0: {
      toHub: ({ side }: WidgetV0) => ({ spec: { width: side, height: side } }),
      fromHub: ({ spec }) => ({ side: spec.width, metadata: { annotations: { height: String(spec.height) } } }),
    },
  },
});

const metadata = { name: 'a', namespace: 'shop', uid: 'u', labels: { l: 'x' }, managedFields: [{ manager: 'm' }] };
const inVersion = (version: string, contents: object): object => ({
  apiVersion: `example.com/${version}`,
  kind: 'Widget',
  metadata,
  ...contents,
});

function review(desired: string, objects: readonly unknown[]): object {
  return { ...REVIEW, request: { uid: 'u-1', desiredAPIVersion: `example.com/${desired}`, objects } };
}

test.each([
  ['to the hub', 'v2', inVersion('v1', { spec: { size: '3x4' } }), inVersion('v2', { spec: { width: 3, height: 4 } })],
  [
    'from the hub',
    'v1',
    inVersion('v2', { spec: { width: 3, height: 4 } }),
    inVersion('v1', { spec: { size: '3x4' } }),
  ],
  ['through the hub', 'v1', inVersion('v0', { side: 3 }), inVersion('v1', { spec: { size: '3x3' } })],
  ['to itself', 'v0', inVersion('v0', { side: 3 }), inVersion('v0', { side: 3 })],
  [
    'of metadata, labels and annotations may change, and no more',
    'v0',
    inVersion('v2', { spec: { width: 3, height: 4 } }),
    inVersion('v0', { side: 3, metadata: { ...metadata, annotations: { height: '4' } } }),
  ],
])('%s', async (_, desired, object, expected) => {
  expect(await ask(hook, review(desired, [object, object]))).toEqual({
    ...REVIEW,
    response: { uid: 'u-1', result: { status: 'Success' }, convertedObjects: [expected, expected] },
  });
});

test.each([
  [
    'an unknown version',
    review('v3', [inVersion('v1', { spec: { size: '1x1' } })]),
    'there is no conversion of Widget from example.com/v1 to example.com/v3; see what the CRD sends here',
  ],
  [
    'another kind',
    review('v1', [{ apiVersion: 'example.com/v2', kind: 'Gadget' }]),
    'there is no conversion of Gadget from example.com/v2 to example.com/v1; see what the CRD sends here',
  ],
  ['another group', review('v1', [{ apiVersion: 'other.com/v1', kind: 'Widget' }]), 'there is no conversion of Widget'],
  ['what is no object', review('v1', [7]), 'there is no conversion of  from  to example.com/v1'],
])('%s is refused', async (_, asked, message) => {
  const heard = nobody();
  expect(await ask(hook, asked, heard)).toMatchObject({
    response: { uid: 'u-1', result: { status: 'Failure', message: expect.stringContaining(message) } },
  });
  expect(heard.failed).toBe(0);
});

test('where one cannot be converted none is, and the answer names it without the error', async () => {
  const heard = nobody();
  const objects = [inVersion('v1', { spec: { size: '3x4' } }), inVersion('v1', { spec: { size: 'huge' } })];
  expect(await ask(hook, review('v2', objects), heard)).toMatchObject({
    response: {
      uid: 'u-1',
      convertedObjects: [],
      result: {
        status: 'Failure',
        message: 'Widget shop/a could not be converted from example.com/v1 to example.com/v2',
      },
    },
  });
  expect(heard.failed).toBe(1);
});

test('what is no ConversionReview of v1 is none', async () => {
  await expect(ask(hook, { ...REVIEW, apiVersion: 'apiextensions.k8s.io/v1beta1', request: {} })).rejects.toThrow(
    'it answers ConversionReview of apiextensions.k8s.io/v1, and was asked ConversionReview of apiextensions.k8s.io/v1beta1',
  );
});
