import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LabelSelector } from '../../../src/api/v1alpha1/types.js';
import type { Exception } from '../../../src/evaluate/exception.js';
import { LabelIndex } from '../../../src/evaluate/label-index.js';
import type { Policy } from '../../../src/evaluate/policy.js';
import { reachOfException, reachOfNamespace, reachOfPolicy } from '../../../src/evaluate/reach.js';
import { type Labels, selection } from '../../../src/evaluate/selector.js';
import type { ObservedNamespace } from '../../../src/evaluate/tiers.js';
import { WorkloadIndex } from '../../../src/evaluate/workload-index.js';
import { workloadKey } from '../../../src/workload/workload.js';
import { aClusterPolicy, anException, aPolicy, aWorkload, everyRule } from '../../builders/builders.js';

const labels: fc.Arbitrary<Labels> = fc.dictionary(
  fc.constantFrom('app', 'tier', 'zone'),
  fc.constantFrom('a', 'b', ''),
);
const requirement = fc.record({
  key: fc.constantFrom('app', 'tier', 'zone'),
  operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
  values: fc.uniqueArray(fc.constantFrom('a', 'b', ''), { minLength: 1 }),
});
const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: labels,
  matchExpressions: fc.array(requirement, { maxLength: 2 }),
});

test('the index selects what the selector selects, whatever was taken out before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(labels, fc.boolean())), selector, (items, wanted) => {
      const index = new LabelIndex<{ readonly labels: Labels }>();
      const all = items.map(([own, stays]) => ({ labels: own, stays }));
      for (const item of all) index.add(item);
      for (const item of all) if (!item.stays) index.delete(item);
      const { selects } = selection(wanted);
      const kept = all.filter(({ stays }) => stays);
      expect(new Set(index.select(selection(wanted)))).toEqual(new Set(kept.filter((item) => selects(item.labels))));
      expect(index.size).toBe(kept.length);
    }),
  );
});

const world = {
  namespaces: new LabelIndex<ObservedNamespace>(),
  workloads: new WorkloadIndex(),
};
const places = { shop: { team: 'shop' }, bank: { team: 'bank' } } as const;
for (const [name, own] of Object.entries(places)) world.namespaces.add({ name, labels: own });

function put(namespace: string, name: string, reference = 'shop/web:1'): string {
  const ref = { ...aWorkload().ref, namespace, name };
  const images = aWorkload().images.map((image) => ({ ...image, reference }));
  const key = workloadKey(ref);
  world.workloads.put(key, aWorkload({ ref, labels: { app: name }, images }));
  return key;
}

const keys = {
  web: put('shop', 'web'),
  api: put('shop', 'api', 'shop/api:1'),
  ledger: put('bank', 'ledger'),
};
type Name = keyof typeof keys;
const named = (reached: ReadonlySet<string>): readonly string[] =>
  Object.entries(keys)
    .filter(([, key]) => reached.has(key))
    .map(([name]) => name);

const team = (app?: string): Policy =>
  aPolicy({ ...everyRule, ...(app === undefined ? {} : { workloadSelector: { matchLabels: { app } } }) });
const cluster = (namespace?: string): Policy =>
  aClusterPolicy({
    ...everyRule,
    ...(namespace === undefined ? {} : { namespaceSelector: { matchLabels: { team: namespace } } }),
  });
const same = team();

describe('a change of a policy reaches', () => {
  const cases: Record<string, [Policy | undefined, Policy | undefined, readonly Name[]]> = {
    'what a new one selects': [undefined, team('web'), ['web']],
    'what one that is gone selected': [team('web'), undefined, ['web']],
    'what it selected before and what it selects now': [team('web'), team('api'), ['web', 'api']],
    'nothing where the form in force is the same': [same, same, []],
    'nothing in other namespaces': [undefined, team(), ['web', 'api']],
    'every namespace, where it is of the cluster': [undefined, cluster(), ['web', 'api', 'ledger']],
    'the namespaces that it covered and covers': [cluster('bank'), cluster('shop'), ['web', 'api', 'ledger']],
    'only those namespaces': [undefined, cluster('bank'), ['ledger']],
  };
  test.each(Object.entries(cases))('%s', (_, [before, now, reached]) => {
    expect(named(reachOfPolicy({ before, now }, world))).toEqual(reached);
  });
});

describe('a change of an exception reaches', () => {
  const cases: Record<string, [Exception | undefined, Exception | undefined, readonly Name[]]> = {
    'the workloads of its namespace': [undefined, anException(), ['web', 'api']],
    'those that it names': [undefined, anException({ workloads: [{ kind: 'Deployment', name: 'api' }] }), ['api']],
    'those that run its images': [undefined, anException({ images: ['shop/api:*'] }), ['api']],
    'those that it held for, too': [anException({ images: ['shop/web:*'] }), undefined, ['web']],
    'no workload of the same name and another kind': [
      undefined,
      anException({ workloads: [{ kind: 'StatefulSet', name: 'api' }] }),
      [],
    ],
  };
  test.each(Object.entries(cases))('%s', (_, [before, now, reached]) => {
    expect(named(reachOfException({ before, now }, world))).toEqual(reached);
  });
});

describe("a change of a namespace's labels reaches", () => {
  const of = (own: Labels): ObservedNamespace => ({ name: 'shop', labels: own });
  const policies = [cluster('shop'), cluster()];
  const cases: Record<string, [ObservedNamespace | undefined, ObservedNamespace | undefined, readonly Name[]]> = {
    'what a policy selects that covers it now': [of({}), of({ team: 'shop' }), ['web', 'api']],
    'what a policy selected that covers it no more': [of({ team: 'shop' }), of({}), ['web', 'api']],
    'nothing where the same policies cover it': [of({ team: 'shop' }), of({ team: 'shop', a: 'b' }), []],
    'everything in it when it comes': [undefined, of({}), ['web', 'api']],
  };
  test.each(Object.entries(cases))('%s', (_, [before, now, reached]) => {
    expect(named(reachOfNamespace({ before, now }, policies, world))).toEqual(reached);
  });
});

test('a workload that is gone, or has other labels now, is reached no more', () => {
  const workloads = new WorkloadIndex();
  const web = aWorkload();
  const key = workloadKey(web.ref);
  const reach = (): number => reachOfPolicy({ before: undefined, now: team('web') }, { ...world, workloads }).size;
  workloads.put(key, web);
  expect(reach()).toBe(1);
  workloads.put(key, { ...web, labels: { app: 'api' } });
  expect([reach(), workloads.size]).toEqual([0, 1]);
  workloads.put(key, web);
  workloads.remove(key);
  expect([reach(), workloads.size]).toEqual([0, 0]);
});
