// How caches are filled, on the real API server: as a stream and in pages, in part, by metadata alone, and of kinds that come
// and go while the operator runs.
import { afterEach, expect, test } from '@jest/globals';
import { type AskedRequest, eventually, refusal } from '@dot-kube/operator/testing';
import { resource, type ResourceEvent } from '@dot-kube/operator';
import { configMaps, isWatch, Rig } from './rig.js';

const LONG_MS = 120_000;
const { signal } = new AbortController();
const crds = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const;

interface WireMap {
  readonly metadata: { readonly managedFields?: readonly object[] };
  readonly data?: Readonly<Record<string, string>>;
}

let rig: Rig;
let asked: AskedRequest[];

afterEach(async () => {
  await rig.stop();
}, LONG_MS);

async function start(name: string): Promise<void> {
  rig = await Rig.start(`reading-${name}`);
  asked = [];
  rig.fault = (request) => {
    asked.push(request);
    return undefined;
  };
}

/** Beside those of the rig itself. */
function lists(limit: string): AskedRequest[] {
  return asked.filter(({ path, query }) => path.endsWith('/configmaps') && query.get('limit') === limit);
}

function named({ object, type }: ResourceEvent<{ readonly name: string }>): string {
  return `${type} ${object.name}`;
}

test(
  'a list in pages holds all of them, and the watch goes on where it ended',
  async () => {
    await start('pages');
    const paged = resource<WireMap>(configMaps)
      .scope({ namespace: rig.namespace })
      .listInPages()
      .project(({ data }) => ({ value: data?.['value'] }));
    const store = rig.manager.store(paged);
    await rig.createMany(0, 1_200, 'many');
    await eventually(
      async () => rig.admin.get(configMaps, { namespace: rig.namespace, name: 'kube-root-ca.crt' }, { signal }),
      { withinMs: 30_000 }, // the controller manager makes it
    );
    rig.run();
    await store.synced;
    expect(store.size).toBe(1_201); // and kube-root-ca.crt
    expect(lists('500')).toHaveLength(3);
    await rig.put('m7', 'changed');
    await rig.remove('m8');
    await eventually(() => {
      expect(store.get({ namespace: rig.namespace, name: 'm7' })?.value).toBe('changed');
      expect(store.get({ namespace: rig.namespace, name: 'm8' })).toBeUndefined();
    });
    expect(lists('500')).toHaveLength(3);
  },
  LONG_MS,
);

test(
  'where lists are not offered as a stream they come in pages, and why is a metric',
  async () => {
    await start('fallback');
    rig.fault = (request) => {
      asked.push(request);
      return request.query.has('sendInitialEvents') ? refusal(422, 'Invalid') : undefined;
    };
    await rig.putMany(0, 20, 'first');
    rig.run();
    await rig.store.synced;
    await rig.putMany(10, 30, 'changed');
    await rig.becomesTrue();
    expect(lists('500')).toHaveLength(1);
    expect(await rig.manager.registry.metrics()).toMatch(
      /dotkube_informer_demotions_total\{.*reason="not_offered"\} 1/,
    );
  },
  LONG_MS,
);

test(
  'metadata alone is sent where no more is asked for',
  async () => {
    await start('metadata');
    const slim = resource<WireMap>(configMaps)
      .scope({ namespace: rig.namespace })
      .metadataOnly()
      .withoutManagedFields()
      .project((wire) => ({ fields: Object.keys(wire), managed: wire.metadata.managedFields?.length ?? 0 }));
    const store = rig.manager.store(slim);
    await rig.put('a', 'long text that is not sent');
    rig.run();
    await store.synced;
    await rig.put('b', 'nor is this one');
    for (const name of ['a', 'b'])
      await eventually(() => {
        expect(store.get({ namespace: rig.namespace, name })).toMatchObject({
          fields: expect.not.arrayContaining(['data']),
          managed: 0,
        });
      });
  },
  LONG_MS,
);

test(
  'what no longer is selected is gone, and what now is has come',
  async () => {
    await start('selected');
    const selected = resource<WireMap>(configMaps)
      .scope({ namespace: rig.namespace, labelSelector: 'wanted', fieldSelector: 'metadata.name!=c' })
      .project(() => ({}));
    const told: string[] = [];
    rig.manager.watch(selected, (event) => told.push(named(event)));
    const label = async (name: string, wanted: string | null): Promise<void> => {
      const patch = { type: 'merge', body: { metadata: { labels: { wanted } } }, fieldManager: 'test' } as const;
      await rig.admin.patch(configMaps, { namespace: rig.namespace, name }, patch, { signal });
    };
    for (const name of ['a', 'b', 'c']) await rig.put(name, 'x');
    for (const name of ['a', 'c']) await label(name, 'yes');
    rig.run();
    await rig.manager.store(selected).synced;
    expect(told).toEqual(['add a']);
    await label('a', null);
    await label('b', 'yes');
    await eventually(() => {
      expect(told).toEqual(['add a', 'delete a', 'add b']);
    });
  },
  LONG_MS,
);

test(
  'all who name the same resource share one watch',
  async () => {
    await start('shared');
    const shared = resource<WireMap>(configMaps)
      .scope({ namespace: rig.namespace, labelSelector: '!nobody' })
      .project(() => ({}));
    const seen: string[] = [];
    for (const name of ['one', 'other'])
      rig.manager
        .controller(name)
        .for(shared)
        .reconcile(async ({ key }) => {
          seen.push(`${name}: ${key}`);
          return {};
        });
    await rig.put('a', 'x');
    rig.run();
    await eventually(
      () => {
        expect(seen).toEqual(expect.arrayContaining([`one: ${rig.namespace}/a`, `other: ${rig.namespace}/a`]));
      },
      { withinMs: 30_000 },
    );
    const watches = asked.filter((request) => isWatch(request) && request.query.get('labelSelector') === '!nobody');
    expect(watches).toHaveLength(1);
  },
  LONG_MS,
);

test(
  'an optional kind is empty until it is installed, and again once it is no more',
  async () => {
    await start('optional');
    const things = { group: 'reading.example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
    const optional = resource<object>(things)
      .scope({ namespace: rig.namespace })
      .optional()
      .project(() => ({}));
    const store = rig.manager.store(optional);
    rig.run();
    await store.synced;
    expect([store.size, rig.manager.isInstalled(optional)]).toEqual([0, false]);
    const name = `${things.plural}.${things.group}`;
    const { group, plural, kind } = things;
    const schema = { openAPIV3Schema: { type: 'object' } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    await rig.admin.create(
      crds,
      '',
      { metadata: { name }, spec: { group, names: { plural, kind }, scope: 'Namespaced', versions } },
      { signal },
    );
    const thing = { apiVersion: `${group}/v1`, kind, metadata: { name: 'a' } };
    const within = { withinMs: 40_000, everyMs: 200 };
    await eventually(async () => rig.admin.create(things, rig.namespace, thing, { signal }), within);
    await eventually(() => {
      expect([store.size, rig.manager.isInstalled(optional)]).toEqual([1, true]);
    }, within);
    await rig.admin.delete(crds, { namespace: '', name }, {}, { signal });
    await eventually(() => {
      expect([store.size, rig.manager.isInstalled(optional)]).toEqual([0, false]);
    }, within);
  },
  LONG_MS,
);
