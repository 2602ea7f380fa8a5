import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { KubeClient } from '../../../src/client/kube-client.js';
import { Manager } from '../../../src/lifecycle/manager.js';
import { resource } from '../../../src/resource/resource.js';
import { freePorts } from '../../../src/testing/cluster/free-ports.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';

const things = resource({
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
}).project(() => ({}));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** What the server answers to a change, of which its watch says nothing. */
const CHANGED = { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '5', labels: { changed: 'yes' } };

/** A server that has one thing, and keeps the watch open. */
async function clientOfOneThing(): Promise<KubeClient> {
  const line = (type: string, metadata: object): string => `${JSON.stringify({ type, object: { metadata } })}\n`;
  const server = createServer((request, response) => {
    if (request.method === 'PATCH') response.end(JSON.stringify({ metadata: CHANGED }));
    if (request.url?.includes('sendInitialEvents') !== true) return;
    response.write(line('ADDED', { namespace: 'ns', name: 'a', uid: 'u', resourceVersion: '1' }));
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    response.write(line('BOOKMARK', { name: '', uid: '', resourceVersion: '2', annotations }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // eslint-disable-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
  return KubeClient.from({
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
    applyToHTTPSOptions: async () => undefined,
  });
}

test('it runs in order, and lets a pass that is under way end before it stops', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const told: string[] = [];
  const go = Promise.withResolvers<undefined>();
  manager
    .controller('thing')
    .for(things)
    .reconcile(async ({ key, object, signal }) => {
      told.push(`begins ${key} ${object?.uid ?? ''}`);
      await go.promise;
      told.push(`ends ${String(signal.aborted)}`);
      return {};
    });
  manager.addPart({
    name: 'part',
    run: async (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          told.push('part stops');
          resolve();
        });
      }),
  });
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  await eventually(() => {
    expect(told).toEqual(['begins ns/a u']);
  });
  stop.abort(new Error('enough'));
  go.resolve(undefined);
  await ended;
  expect(told).toEqual(['begins ns/a u', 'ends false', 'part stops']);
  expect(await manager.registry.metrics()).toContain(
    'controller_runtime_reconcile_total{controller="thing",result="success"} 1',
  );
  await client.close();
});

test('a part that ends by itself ends the run, which says so', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  manager.store(things);
  manager.addPart({ name: 'poller', run: async () => undefined });
  await expect(manager.start(new AbortController().signal)).rejects.toThrow('poller ended although nobody told it to');
  await client.close();
});

test('what is watched has to be declared before the start', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const stop = new AbortController();
  stop.abort();
  await manager.start(stop.signal);
  expect(() => manager.store(things)).toThrow('declare what is watched before start()');
  await client.close();
});

test('what is written by coordinates alone is in each cache of that kind and version at once, but for its scale', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const store = manager.store(things);
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  await store.synced;
  const writer = manager.writer('somebody', stop.signal);
  const key = { namespace: 'ns', name: 'a' };
  const patch = { type: 'merge', body: {} } as const;
  await writer.patchAt(things.coordinates, key, { ...patch, subresource: 'scale' });
  // @ts-expect-error -- what is answered is a Scale, which would be kept as if it were a thing
  const scaled = async (): Promise<unknown> => writer.patch(things, key, { ...patch, subresource: 'scale' });
  expect(scaled).toBeDefined();
  await writer.patchAt({ ...things.coordinates, plural: 'others' }, key, patch);
  await writer.patchAt({ ...things.coordinates, version: 'v1beta1' }, key, patch); // which may have other fields
  expect(store.get(key)?.labels).toEqual({});
  await writer.patchAt(things.coordinates, key, patch);
  expect(store.get(key)?.labels).toEqual({ changed: 'yes' });
  stop.abort(new Error('the test is over'));
  await ended;
  await client.close();
});

test('what is written by coordinates alone is written, also where a cache can make nothing of the answer, which is counted', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const picky = resource<{ metadata: { resourceVersion: string } }>(things.coordinates).project(({ metadata }) => {
    if (metadata.resourceVersion === CHANGED.resourceVersion) throw new Error('no such thing');
    return {};
  });
  const [unkept, store] = [manager.store(picky), manager.store(things)];
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  await Promise.all([unkept.synced, store.synced]);
  const key = { namespace: 'ns', name: 'a' };
  const writer = manager.writer('somebody', stop.signal);
  const written = await writer.patchAt(things.coordinates, key, { type: 'merge', body: {} });
  expect(written.metadata.resourceVersion).toBe('5');
  expect([unkept, store].map((each) => each.get(key)?.resourceVersion)).toEqual(['1', '5']);
  expect(await manager.registry.metrics()).toContain('dotkube_informer_unkept_total{watch="things.example.com"} 1\n');
  stop.abort(new Error('the test is over'));
  await ended;
  await client.close();
});

test('where a port is taken it does not start, and leaves nothing behind that would keep the process', async () => {
  const client = await clientOfOneThing();
  const taken = createServer();
  servers.push(taken);
  const [healthPort = 0, metricsPort = 0] = await freePorts(2);
  taken.listen(metricsPort, '0.0.0.0');
  await once(taken, 'listening');
  const log = silentLogger;
  const manager = new Manager({ client, log, name: 'example.com/op', instance: 'op', healthPort, metricsPort });
  await expect(manager.start(new AbortController().signal)).rejects.toThrow('EADDRINUSE');
  await expect(fetch(`http://127.0.0.1:${healthPort}/healthz`)).rejects.toThrow('fetch failed');
  await client.close();
});

test('it says over HTTP that it lives, and that it is ready once it is in step and until it stops', async () => {
  const client = await clientOfOneThing();
  const [healthPort = 0, metricsPort = 0] = await freePorts(2);
  const log = silentLogger;
  const manager = new Manager({ client, log, name: 'example.com/op', instance: 'op', healthPort, metricsPort });
  const told = Promise.withResolvers<undefined>();
  const store = manager.store(things);
  manager.addPart({ name: 'slow to end', run: async () => told.promise });
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  await store.synced;
  const answerOf = async (port: number, path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  await eventually(async () => {
    expect(await answerOf(healthPort, '/readyz')).toBe('200 ok\n');
  });
  expect(await answerOf(healthPort, '/healthz')).toBe('200 ok\n');
  expect(await answerOf(metricsPort, '/metrics')).toContain('dotkube_informer_objects{watch="things.example.com"} 1\n');
  stop.abort(new Error('enough'));
  await eventually(async () => {
    expect(await answerOf(healthPort, '/readyz')).toBe('503 stopping\n');
  });
  expect(await answerOf(healthPort, '/healthz')).toBe('200 ok\n');
  told.resolve(undefined);
  await ended;
  await client.close();
});

test('a cache that is not in step within five minutes ends the run, which says which and why that may be', async () => {
  const clock = new FakeClock();
  const silent = createServer(() => undefined);
  servers.push(silent);
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // eslint-disable-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
  const client = await KubeClient.from({
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
    applyToHTTPSOptions: async () => undefined,
  });
  const manager = new Manager({ client, clock, log: silentLogger, name: 'example.com/op', instance: 'op' });
  manager.store(things);
  let ended: unknown;
  manager.start(new AbortController().signal).catch((error: unknown) => (ended = error));
  await eventually(() => {
    clock.advance(10_000);
    expect(String(ended)).toContain(
      'not in step within 5 minutes: things.example.com. May the operator list and watch',
    );
  });
  expect(clock.pending).toBe(0);
  await client.close();
});

test('a client is of one leader election: what the other may write would be decided by the wrong one', async () => {
  const client = await clientOfOneThing();
  const managerOf = (name: string): Manager => {
    const leaderElection = { name, namespace: 'ns', identity: 'me' };
    return new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op', leaderElection });
  };
  managerOf('one');
  expect(() => managerOf('other')).toThrow('give each manager a client of its own');
  await client.close();
});

test('its metrics have the names that dashboards for controller-runtime and client-go use', async () => {
  const client = await clientOfOneThing();
  const leaderElection = { name: 'lease', namespace: 'ns', identity: 'me' };
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op', leaderElection });
  manager.controller('thing').reconcile(async () => ({}));
  const names = (await manager.registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      ...['total', 'errors_total', 'panics_total', 'timeouts_total', 'time_seconds'].map(
        (name) => `controller_runtime_reconcile_${name}`,
      ),
      'controller_runtime_terminal_reconcile_errors_total',
      'controller_runtime_max_concurrent_reconciles',
      'controller_runtime_active_workers',
      ...['depth', 'adds_total', 'retries_total', 'queue_duration_seconds', 'work_duration_seconds'].map(
        (name) => `workqueue_${name}`,
      ),
      'workqueue_unfinished_work_seconds',
      'workqueue_longest_running_processor_seconds',
      'rest_client_requests_total',
      'rest_client_request_duration_seconds',
      'rest_client_request_retries_total',
      'leader_election_master_status',
    ]),
  );
  await client.close();
});

test('what a writer was told of its origin is told to whoever watches, and to nobody of what comes from elsewhere', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const seen: unknown[] = [];
  manager.watch(things, ({ origin }) => seen.push(origin));
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  await manager.store(things).synced;
  const origin = { controller: 'workload', key: 'ns/a' };
  const patch = { type: 'merge', body: {} } as const;
  await manager
    .writer('somebody', stop.signal, origin)
    .patchAt(things.coordinates, { namespace: 'ns', name: 'a' }, patch);
  expect(seen).toEqual([undefined, origin]);
  stop.abort(new Error('the test is over'));
  await ended;
  await client.close();
});

test('what every replica serves begins before the caches and without the lease, and ends before the probes do', async () => {
  const client = await clientOfOneThing(); // which answers nothing to who wants a lease
  const [healthPort = 0] = await freePorts(1);
  const leaderElection = { name: 'lease', namespace: 'ns', identity: 'me' };
  const options = { client, log: silentLogger, name: 'example.com/op', instance: 'op', healthPort, leaderElection };
  const manager = new Manager(options);
  const store = manager.store(things);
  const told: string[] = [];
  let problem: string | undefined = 'no certificate yet';
  const go = Promise.withResolvers<undefined>();
  manager.addServing({
    name: 'web hooks',
    get problem() {
      return problem;
    },
    run: async (signal) => {
      told.push(`begins with ${store.size}`);
      await once(signal, 'abort');
      told.push('is told to end');
      await go.promise;
      told.push('ends');
    },
  });
  const stop = new AbortController();
  const ended = manager.start(stop.signal).then(() => told.push('the manager ends'));
  await store.synced;
  const readiness = async (): Promise<string> => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).text();
  await eventually(async () => {
    expect(await readiness()).toBe('no certificate yet\n');
  });
  problem = undefined;
  expect(await readiness()).toBe('ok\n');
  stop.abort(new Error('enough'));
  await eventually(() => {
    expect(told).toHaveLength(2);
  });
  expect(await readiness()).toBe('stopping\n'); // the probe is answered to the last
  go.resolve(undefined);
  await ended;
  expect(told).toEqual(['begins with 0', 'is told to end', 'ends', 'the manager ends']);
  await client.close();
});

test('where it cannot be served the run ends, after its passes, and says why', async () => {
  const client = await clientOfOneThing();
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const began = Promise.withResolvers<undefined>();
  const told: string[] = [];
  manager
    .controller('thing')
    .for(things)
    .reconcile(async ({ signal }) => {
      began.resolve(undefined);
      await Promise.resolve();
      told.push(`pass ends ${String(signal.aborted)}`);
      return {};
    });
  manager.addServing({
    name: 'web hooks',
    problem: undefined,
    run: async () => {
      await began.promise;
      throw new Error('EADDRINUSE');
    },
  });
  await expect(manager.start(new AbortController().signal)).rejects.toThrow('EADDRINUSE');
  expect(told).toEqual(['pass ends false']);
  await client.close();
});
