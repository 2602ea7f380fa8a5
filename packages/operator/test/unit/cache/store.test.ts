import { describe, expect, test } from '@jest/globals';
import { IndexedStore } from '../../../src/cache/store.js';
import type { Kept } from '../../../src/resource/resource.js';

interface Thing extends Kept {
  readonly size: number;
}

function thing(name: string, version: number, size = 1, uid = name): Thing {
  return {
    namespace: 'ns',
    name,
    uid,
    resourceVersion: String(version),
    generation: 1,
    labels: {},
    creationTimestamp: '',
    size,
  };
}

function store(ordered = true): IndexedStore<Thing, 'size'> {
  return new IndexedStore<Thing, 'size'>({
    indexers: new Map([['size', ({ size }) => [String(size)]]]),
    ordered,
    onIndexFailed: () => undefined,
  });
}

function put(to: IndexedStore<Thing, 'size'>, ...things: readonly Thing[]): void {
  for (const each of things) to.put(each, false);
}

const key = (name: string) => ({ namespace: 'ns', name });
const names = (objects: Iterable<Thing>): string[] => [...objects].map(({ name }) => name);

describe('lookups', () => {
  test('by key, namespace and index, without a copy that could be changed', () => {
    const all = store();
    put(all, thing('a', 1), thing('b', 2, 7), { ...thing('c', 3, 7), namespace: 'other' });
    expect(all.get(key('b'))?.size).toBe(7);
    expect(names(all.list('ns'))).toEqual(['a', 'b']);
    expect(names(all.list())).toEqual(['a', 'b', 'c']);
    expect(names(all.byIndex('size', '7'))).toEqual(['b', 'c']);
    expect(all.byIndex('size', '7').size).toBe(2);
    expect(all.byIndex('size', '8').size).toBe(0);
    const view = all.byIndex('size', '7');
    all.delete(thing('b', 4, 7));
    expect(names(view)).toEqual(['c']);
    expect('add' in view).toBe(false);
  });

  test('a view shows what there is when it is read, also where all that it showed was replaced, or was not there yet', () => {
    const all = store();
    const [ofSize, inNamespace, later] = [all.byIndex('size', '1'), all.list('ns'), all.byIndex('size', '2')];
    put(all, thing('a', 1, 1));
    expect([ofSize, inNamespace].map(names)).toEqual([['a'], ['a']]);
    put(all, thing('a', 2, 1));
    expect([...ofSize].map(({ resourceVersion }) => resourceVersion)).toEqual(['2']);
    all.delete(thing('a', 3, 1));
    expect([ofSize.size, inNamespace.size]).toEqual([0, 0]);
    put(all, thing('b', 4, 2));
    expect([later, inNamespace].map(names)).toEqual([['b'], ['b']]);
  });

  test('an index follows each change', () => {
    const all = store();
    put(all, thing('a', 1, 1), thing('a', 2, 2));
    expect(names(all.byIndex('size', '1'))).toEqual([]);
    expect(names(all.byIndex('size', '2'))).toEqual(['a']);
    all.delete(thing('a', 3, 2));
    expect(all.byIndex('size', '2').size).toBe(0);
    expect(all.size).toBe(0);
  });
});

describe('a list', () => {
  test('takes out what it did not bring', () => {
    const all = store();
    put(all, thing('a', 1), thing('b', 2));
    all.mark();
    put(all, thing('b', 2));
    expect(all.sweep('9')).toMatchObject([{ type: 'delete', object: { name: 'a' }, finalStateUnknown: true }]);
    expect(names(all.list())).toEqual(['b']);
  });

  test('leaves as it is what it only confirms', () => {
    const all = store();
    put(all, thing('a', 1), thing('b', 2), thing('c', 3));
    const before = all.get(key('b'));
    all.mark();
    expect(all.confirm(thing('a', 4))).toBeUndefined();
    expect(all.confirm(thing('b', 2))).toEqual([]);
    expect(all.confirm(thing('c', 3, 1, 'another'))).toBeUndefined();
    expect(all.confirm(thing('d', 5))).toBeUndefined();
    expect(names(all.sweep('9').map(({ object }) => object))).toEqual(['a', 'c']);
    expect(all.get(key('b'))).toBe(before);
  });

  test('confirms nothing where the same version need not be the same object', () => {
    const unordered = store(false);
    put(unordered, { ...thing('a', 0), resourceVersion: '' });
    expect(unordered.confirm({ ...thing('a', 0), resourceVersion: '' })).toBeUndefined();
    const restarted = store();
    put(restarted, thing('a', 1));
    restarted.mark({ historyRestarted: true });
    expect(restarted.confirm(thing('a', 1))).toBeUndefined();
  });

  test('leaves what was written after it', () => {
    const all = store();
    put(all, thing('a', 1));
    all.mark();
    all.wrote(thing('new', 12));
    all.wrote(thing('a', 13, 5));
    expect(all.sweep('10')).toEqual([]);
    expect(names(all.list())).toEqual(['a', 'new']);
  });

  test('takes out what was written before it and is gone since', () => {
    const all = store();
    all.mark();
    all.wrote(thing('gone', 8));
    expect(all.sweep('10')).toMatchObject([{ type: 'delete', object: { name: 'gone' } }]);
  });

  test('after etcd was set back, older versions are the newer ones', () => {
    const all = store();
    put(all, thing('a', 900, 1), thing('b', 901));
    all.mark({ historyRestarted: true });
    expect(all.put(thing('a', 100, 2), false)).toMatchObject([{ type: 'update', object: { size: 2 } }]);
    expect(all.sweep('120')).toMatchObject([{ type: 'delete', object: { name: 'b' } }]);
    expect(all.get(key('a'))?.resourceVersion).toBe('100');
  });
});

describe('what the operator writes', () => {
  const origin = { controller: 'c', key: 'ns/a' };

  test('is there at once, tells who wrote it, and its echo is no news', () => {
    const all = store();
    put(all, thing('a', 10, 1));
    expect(all.wrote(thing('a', 11, 2), origin)).toMatchObject([{ type: 'update', object: { size: 2 }, origin }]);
    expect(all.get(key('a'))?.size).toBe(2);
    expect(all.put(thing('a', 11, 2), false)).toEqual([]);
  });

  test('does not hide that somebody else changed it before', () => {
    const all = store();
    put(all, thing('a', 10, 1));
    all.wrote(thing('a', 12, 2), origin);
    const events = all.put(thing('a', 11, 5), false);
    expect(events).toMatchObject([
      { type: 'update', object: { resourceVersion: '12' }, old: { resourceVersion: '10' } },
    ]);
    expect(events[0]?.origin).toBeUndefined();
    expect(all.get(key('a'))?.size).toBe(2);
    expect(all.put(thing('a', 12, 2), false)).toEqual([]);
  });

  test('several times over, only what others did in between is news', () => {
    const all = store();
    put(all, thing('a', 10, 1));
    all.wrote(thing('a', 11, 2), origin);
    all.wrote(thing('a', 13, 3), origin);
    expect(all.put(thing('a', 11, 2), false)).toEqual([]);
    expect(all.put(thing('a', 12, 9), false)).toHaveLength(1);
    expect(all.put(thing('a', 13, 3), false)).toEqual([]);
  });

  test('is looked at again where a list jumped over its echo', () => {
    const all = store();
    put(all, thing('a', 10, 1));
    all.wrote(thing('a', 12, 2), origin);
    all.mark();
    expect(all.put(thing('a', 14, 2), false)).toMatchObject([{ type: 'update', old: { resourceVersion: '10' } }]);
  });

  test('is looked at again where a list brought it: what others did before it, no event will tell', () => {
    const all = store();
    put(all, thing('a', 10, 1));
    all.wrote(thing('a', 12, 2), origin);
    all.mark();
    expect(all.confirm(thing('a', 12))).toMatchObject([
      { type: 'update', object: { resourceVersion: '12' }, old: { resourceVersion: '10' } },
    ]);
    expect(all.sweep('13')).toEqual([]);
  });

  test('is not looked at again where a list brought what we made, or nothing of what is kept has changed', () => {
    const all = store();
    put(all, thing('b', 9, 1));
    all.wrote(thing('a', 10, 1), origin);
    all.wrote(thing('b', 11, 1), origin);
    all.mark();
    expect(all.confirm(thing('a', 10))).toEqual([]);
    expect(all.confirm(thing('b', 11))).toEqual([]);
    all.wrote(thing('c', 12, 1), origin);
    all.mark();
    expect(all.put(thing('c', 14, 1), false)).toEqual([]);
  });

  test('does not hide that somebody else had made it', () => {
    const all = store();
    all.wrote(thing('a', 12, 2), origin);
    const events = all.put(thing('a', 11, 5), false);
    expect(events).toMatchObject([{ type: 'add', object: { resourceVersion: '12' } }]);
    expect(events[0]?.origin).toBeUndefined();
    expect(all.get(key('a'))?.size).toBe(2);
    expect(all.size).toBe(1);
    expect(all.put(thing('a', 11, 6), false)).toEqual([]); // told once
    expect(all.put(thing('a', 12, 2), false)).toEqual([]);
  });

  test('is not told of once more where what was there before under its name is gone', () => {
    const all = store();
    all.wrote(thing('a', 12, 2), origin);
    expect(all.put(thing('a', 8, 5, 'former'), false)).toEqual([]);
    expect(all.delete(thing('a', 9, 5, 'former'))).toEqual([]);
    expect(all.put(thing('a', 12, 2), false)).toEqual([]);
  });

  test('does not hide what somebody else changed of what we have just made', () => {
    const all = store();
    all.wrote(thing('a', 10, 1), origin);
    all.wrote(thing('a', 12, 2), origin); // with what another did at 11
    expect(all.put(thing('a', 10, 1), false)).toEqual([]);
    expect(all.put(thing('a', 11, 5), false)).toMatchObject([
      { type: 'update', object: { resourceVersion: '12' }, old: { resourceVersion: '10' } },
    ]);
    expect(all.confirm(thing('a', 12))).toEqual([]);
  });

  test('an answer that comes late changes nothing', () => {
    const all = store();
    put(all, thing('a', 12, 3));
    expect(all.wrote(thing('a', 11, 2), origin)).toEqual([]);
    expect(all.get(key('a'))?.size).toBe(3);
  });
});

describe('resources whose versions have no order', () => {
  test('take what comes last', () => {
    const all = store(false);
    put(all, thing('a', 10, 1), thing('a', 9, 2));
    expect(all.get(key('a'))?.size).toBe(2);
  });
});

test('an object that was recreated under its name is a deletion and an addition', () => {
  const all = store();
  put(all, thing('a', 1, 1, 'first'));
  expect(all.put(thing('a', 5, 1, 'second'), false)).toMatchObject([
    { type: 'delete', object: { uid: 'first' }, finalStateUnknown: true },
    { type: 'add', object: { uid: 'second' } },
  ]);
  expect(all.delete(thing('a', 6, 1, 'first'))).toEqual([]);
});
