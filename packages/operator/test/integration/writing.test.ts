// What the framework writes, on the real API server: who owns which field, what the cache says at once, what comes back to
// whoever wrote it, and what the refusals are.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isApiError, type Kept, KubeClient, resource, type Writer } from '@dot-kube/operator';
import { type AskedRequest, eventually, refusal } from '@dot-kube/operator/testing';
import { runKubectl } from '@dot-kube/operator/testing/cluster';
import { configMaps, kubeConfig, Rig, through } from './rig.js';

const namespace = 'writing';
const { signal } = new AbortController();
const services = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true } as const;

interface Wire {
  readonly metadata: {
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly { readonly manager: string; readonly subresource?: string }[];
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: { readonly conditions?: readonly { readonly reason: string }[] };
}

const maps = resource<Wire>(configMaps)
  .scope({ namespace, labelSelector: 'writing' })
  .project(({ metadata, data }) => ({ data: data ?? {}, finalizers: metadata.finalizers ?? [] }));
const labels = { writing: 'yes' };

let rig: Rig;
let write: Writer;
let other: Writer;
let asked: AskedRequest[] = [];
const passes: string[] = [];

beforeAll(async () => {
  rig = await Rig.start(namespace);
  rig.fault = (request) => {
    asked.push(request);
    return undefined;
  };
  write = rig.manager.writer('example.com/one', signal);
  other = rig.manager.writer('example.com/other', signal);
  rig.manager
    .controller('stamp')
    .for(maps)
    .reconcile(async ({ object, key, write: own }) => {
      const value = object?.data['stamp-me'];
      if (object === undefined || value === undefined) return {};
      passes.push(`${key} ${value}`);
      await own.apply(maps, object, { data: { stamped: value } });
      return {};
    });
  rig.run();
  await rig.manager.store(maps).synced;
}, 60_000);

afterAll(async () => {
  await rig.stop();
}, 60_000);

async function now(name: string): Promise<Wire> {
  return rig.admin.get<Wire>(configMaps, { namespace, name }, { signal });
}

function cached(name: string): (Kept & { readonly data: object }) | undefined {
  return rig.manager.store(maps).get({ namespace, name });
}

test('each field manager owns what it applies, and drops what it applies no more', async () => {
  const key = { namespace, name: 'owned' };
  await write.apply(maps, key, { metadata: { labels }, data: { mine: '1', both: '1' } });
  await other.apply(maps, key, { data: { theirs: '2', both: '2' } }); // by force
  expect((await now('owned')).data).toEqual({ mine: '1', theirs: '2', both: '2' });
  await write.apply(maps, key, { metadata: { labels } });
  const { data, metadata } = await now('owned');
  expect(data).toEqual({ theirs: '2', both: '2' });
  expect(metadata.managedFields?.map(({ manager }) => manager).sort()).toEqual([
    'example.com/one',
    'example.com/other',
  ]);
});

test('what was written is in the cache when the answer is there, each time', async () => {
  const key = { namespace, name: 'read-back' };
  await write.apply(maps, key, { metadata: { labels } });
  await eventually(() => {
    expect(cached('read-back')).toBeDefined(); // whether it is selected, only the watch can say
  });
  for (let round = 0; round < 50; round++) {
    const data = { round: String(round) };
    const written = await write.apply(maps, key, { metadata: { labels }, data });
    expect(written.data).toEqual(data);
    expect(cached('read-back')).toEqual(written);
  }
});

test('a pass is not brought back by what it wrote, and is by what another wrote', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `stamp-${i}`);
  const wish = async (value: string): Promise<void> => {
    await Promise.all(
      names.map(async (name) => {
        const body = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace, labels },
          data: { 'stamp-me': value },
        };
        const patch = { type: 'apply', body, fieldManager: 'test', force: true } as const;
        await rig.admin.patch(configMaps, { namespace, name }, patch, { signal });
      }),
    );
  };
  const stamped = async (value: string): Promise<void> => {
    await eventually(
      async () => {
        for (const name of names) {
          expect((await now(name)).data).toEqual({ 'stamp-me': value, stamped: value });
          expect(cached(name)?.data).toEqual({ 'stamp-me': value, stamped: value });
        }
      },
      { withinMs: 30_000 },
    );
  };
  await wish('a');
  await stamped('a');
  await wish('b');
  await stamped('b');
  // The watch has told of all that was written: what comes after it comes after its echo.
  await rig.put('last', 'x');
  await eventually(() => {
    expect(rig.store.get({ namespace, name: 'last' })).toBeDefined();
  });
  await write.apply(maps, { namespace, name: 'end' }, { metadata: { labels }, data: { 'stamp-me': 'end' } });
  await eventually(async () => {
    expect((await now('end')).data).toMatchObject({ stamped: 'end' });
  });
  const expected = ['a', 'b'].flatMap((value) => names.map((name) => `${namespace}/${name} ${value}`));
  expect(passes.filter((pass) => !pass.endsWith(' end')).sort()).toEqual(expected.sort());
});

test('a precondition that does not hold is a Conflict, and Invalid in a JSON patch, or of the uid of what is applied', async () => {
  const key = { namespace, name: 'precise' };
  const first = await write.apply(maps, key, { metadata: { labels }, data: { a: '1' } });
  await write.apply(maps, key, { metadata: { labels }, data: { a: '2' } });
  const { resourceVersion } = first;
  const refused = async (writing: Promise<unknown>, reason: string): Promise<void> => {
    await expect(writing).rejects.toMatchObject({ name: 'KubeApiError', reason });
  };
  const stale = { metadata: { resourceVersion }, data: { a: '3' } };
  await refused(write.patch(maps, key, { type: 'merge', body: stale }), 'Conflict');
  await refused(write.apply(maps, key, { data: { a: '3' } }, { uid: 'another' }), 'Invalid');
  await refused(write.delete(maps, key, { preconditions: { resourceVersion } }), 'Conflict');
  await refused(write.update(maps, { metadata: { name: 'precise', namespace, resourceVersion } }), 'Conflict');
  const step = { op: 'test', path: '/data/a', value: '1' };
  await refused(write.patch(maps, key, { type: 'json', body: [step] }), 'Invalid');
  expect((await now('precise')).data).toEqual({ a: '2' });
});

test('a finalizer holds an object until it is removed, and is not written where it is there', async () => {
  const key = { namespace, name: 'held' };
  const finalizer = 'example.com/hold';
  const made = await write.apply(maps, key, { metadata: { labels }, data: {} });
  const held = await write.finalizer(maps, made, { add: finalizer });
  expect(await write.finalizer(maps, held, { add: finalizer })).toBe(held);
  await write.delete(maps, key);
  const going = await eventually(() => {
    const object = rig.manager.store(maps).get(key);
    if (object?.deletionTimestamp === undefined) throw new Error('it is not being deleted');
    return object;
  });
  await expect(write.finalizer(maps, made, { remove: 'another' })).resolves.toBe(made);
  await write.finalizer(maps, going, { remove: finalizer });
  await eventually(() => {
    expect(cached('held')).toBeUndefined();
  });
  await expect(now('held')).rejects.toMatchObject({ reason: 'NotFound' });
});

test('a status is a subresource with an owner of its own, and is paced', async () => {
  const watched = resource<Wire>(services)
    .scope({ namespace })
    .project(({ status }) => ({ reasons: status?.conditions?.map(({ reason }) => reason) ?? [] }));
  const key = { namespace, name: 'paced' };
  await write.apply(watched, key, { spec: { ports: [{ port: 80 }] } });
  asked = [];
  const statuses = ['First', 'Second', 'Third', 'Last'].map((reason) => {
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    return { conditions: [{ type: 'Ready', status: 'True', reason, message: '', lastTransitionTime }] };
  });
  const options = { atMostEveryMs: 1_000 };
  const answers = await Promise.all(statuses.map(async (status) => write.applyStatus(watched, key, status, options)));
  expect(answers.map(({ reasons: [reason] }) => reason)).toEqual(['First', 'Last', 'Last', 'Last']);
  expect(asked.filter(({ path }) => path.endsWith('/services/paced/status'))).toHaveLength(2);
  const { metadata } = await rig.admin.get<Wire>(services, key, { signal });
  expect(metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'example.com/one', subresource: 'status', operation: 'Apply' }),
  );
});

test('refusals say what was wrong, in a closed set of reasons', async () => {
  const name = 'refused';
  await write.create(maps, { metadata: { name, namespace, labels } });
  await expect(write.create(maps, { metadata: { name, namespace } })).rejects.toMatchObject({
    reason: 'AlreadyExists',
    status: 409,
    verb: 'create',
  });
  await expect(write.create(maps, { metadata: { name: 'NO', namespace } })).rejects.toMatchObject({
    reason: 'Invalid',
    causes: [expect.objectContaining({ reason: 'FieldValueInvalid', field: 'metadata.name' })],
  });
  await expect(now('not-there')).rejects.toMatchObject({ reason: 'NotFound', verb: 'get' });
});

test('who may not write is told which verb a Role has to allow', async () => {
  const { KUBECTL: kubectlPath = 'kubectl', KUBECONFIG: kubeconfigPath = '' } = process.env;
  const kubectl = async (...args: string[]): Promise<string> => runKubectl({ kubectlPath, kubeconfigPath }, args);
  await kubectl('create', 'serviceaccount', 'nobody', `--namespace=${namespace}`);
  const token = (await kubectl('create', 'token', 'nobody', `--namespace=${namespace}`)).trim();
  const nobody = await KubeClient.from(through(rig.proxy, token));
  const creating = nobody.create(configMaps, namespace, { metadata: { name: 'x' } }, { signal });
  await expect(creating).rejects.toMatchObject({ reason: 'Forbidden', status: 403, verb: 'create' });
  await nobody.close();
});

test('who is asked to come back later does so, whatever he writes, and it is done once', async () => {
  const client = await KubeClient.from(through(rig.proxy, kubeConfig().getCurrentUser()?.token ?? ''));
  const former = rig.fault;
  let refusals = 0;
  rig.fault = ({ method }) =>
    method === 'POST' && refusals++ < 2 ? refusal(429, 'TooManyRequests', { 'retry-after': '1' }) : undefined;
  const beganMs = performance.now();
  await client.create(configMaps, namespace, { metadata: { name: 'later' } }, { signal });
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(2_000);
  rig.fault = () => ({ kind: 'unreachable' });
  const lost = client.create(configMaps, namespace, { metadata: { name: 'lost' } }, { signal });
  await expect(lost).rejects.toMatchObject({ reason: 'Unreachable', status: 0 });
  rig.fault = former;
  expect(isApiError(await now('lost').catch((error: unknown) => error), 'NotFound')).toBe(true);
  await client.close();
});
