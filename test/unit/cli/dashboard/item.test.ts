import { describe, expect, test } from '@jest/globals';
import { otherFeeds, resultsFeed } from '../../../../src/cli/dashboard/feeds.js';
import { aResult, aResultViolation, stored } from '../a-cluster.js';

const wire = (object: object, more: object = {}): Parameters<ReturnType<typeof resultsFeed>['keep']>[0] => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- as the API server would give it
  const one = object as { metadata: { name: string } };
  return { ...one, metadata: { ...one.metadata, uid: 'u', resourceVersion: '7', generation: 3, ...more } };
};

const feedOf = (kind: string): ReturnType<typeof resultsFeed> => {
  const found = otherFeeds('shop').find(({ coordinates }) => coordinates.kind === kind);
  if (found === undefined) throw new Error(`nothing is watched of ${kind}`);
  return found;
};

describe('a workload becomes a line', () => {
  test('with what is to be filtered by, and no more', () => {
    const waived = { ...aResultViolation({ policy: 'floor', policyKind: 'ClusterXrayPolicy' }), exception: 'shop/x' };
    const result = aResult({
      verdict: 'Violating',
      action: 'ScaledDown',
      message: 'it is bad',
      summary: { critical: 2, high: 1 },
      images: [{ reference: 'shop/web:1' }, { reference: 'shop/web:1' }, { reference: 'init:2' }],
      violations: [aResultViolation(), aResultViolation({ id: 'CVE-2' })],
      waived: [waived],
    });
    expect(resultsFeed(undefined).keep(wire(result)).item).toEqual({
      kind: 'Workload',
      id: 'Workload shop/deployment-web',
      line: {
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        result: 'deployment-web',
        version: '7',
        verdict: 'Violating',
        action: 'ScaledDown',
        critical: 2,
        high: 1,
        violations: 2,
        message: 'it is bad',
        policies: ['floor', 'shop/base'],
        images: ['shop/web:1', 'init:2'],
      },
    });
  });

  test('before the operator has said anything', () => {
    const { status: _, ...bare } = { status: undefined, ...stored('XrayScanResult', 'deployment-web', {}) };
    const result = { ...bare, spec: { workloadRef: { kind: 'Deployment', name: 'web' } } };
    expect(resultsFeed(undefined).keep(wire(result)).item.line).toMatchObject({ verdict: 'Pending', action: 'None' });
  });
});

test('of a policy its counts of workloads are no change', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Valid', message: 'fine' };
  const policy = (selected: number): object =>
    stored('XrayPolicy', 'base', { spec: {}, status: { conditions: [ready], workloads: { selected } } });
  const [before, after] = [feedOf('XrayPolicy').keep(wire(policy(1))), feedOf('XrayPolicy').keep(wire(policy(2)))];
  expect(after.item).toEqual(before.item);
  expect(before.item).toMatchObject({ id: 'XrayPolicy shop/base', line: { ready: 'True', version: '3' } });
});

test('an exception changes with what it says and with its state', () => {
  const exception = (reason: string): object =>
    stored('XrayException', 'x', { spec: {}, status: { conditions: [{ type: 'Ready', reason }] } });
  const { keep } = feedOf('XrayException');
  const lines = [wire(exception('Active')), wire(exception('Expired')), wire(exception('Active'), { generation: 4 })];
  expect(new Set(lines.map((one) => JSON.stringify(keep(one).item.line))).size).toBe(3);
});

test('where the platform keeps its own, only the namespace is narrowed', () => {
  const scopes = otherFeeds('shop').map(({ coordinates, selection }) => [coordinates.kind, selection.namespace]);
  expect(scopes).toEqual([
    ['ClusterXrayPolicy', undefined],
    ['XrayPolicy', 'shop'],
    ['XrayException', 'shop'],
    ['XrayConnection', undefined],
  ]);
});
