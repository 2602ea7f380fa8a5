// What somebody else changed brings the key back, also where the answer to a write of the pass has it already.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { KubeClient } from '../../../src/client/kube-client.js';
import { Manager } from '../../../src/lifecycle/manager.js';
import { resource } from '../../../src/resource/resource.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { eventually } from '../../../src/testing/eventually.js';

const coordinates = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const things = resource<{ spec?: { size: number } }>(coordinates).project(({ spec }) => ({ size: spec?.size ?? 0 }));
const key = { namespace: 'ns', name: 'a' };
const manager = 'example.com/op/thing';

interface Made {
  readonly name?: string;
  readonly version: number;
  readonly size: number;
  readonly deletionTimestamp?: string;
  /** Of each field manager, when it last changed something. */
  readonly times?: Readonly<Record<string, string>>;
}

function thing({ name = 'a', version, size, deletionTimestamp, times = {} }: Made): object {
  const managedFields = Object.entries(times).map(([by, time]) => ({ manager: by, operation: 'Apply', time }));
  const metadata = { ...key, name, uid: name, resourceVersion: String(version), deletionTimestamp, managedFields };
  return { metadata, spec: { size } };
}

/** An API server with one thing: what its watch tells, and what it answers to each patch, is said by the test. */
class OneThing {
  readonly #server: Server;
  #watch: ServerResponse | undefined;
  answer: Made = { version: 1, size: 1 };
  /** Runs when a patch is in, and before it is answered. */
  beforeAnswer: () => Promise<void> = async () => undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.method === 'PATCH')
        void this.beforeAnswer().then(() => response.end(JSON.stringify(thing(this.answer))));
      if (request.url?.includes('watch=true') !== true) return;
      this.#watch = response;
      this.tell('ADDED', { version: 1, size: 1 });
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      this.#line('BOOKMARK', { metadata: { resourceVersion: '2', annotations } });
    });
  }

  async client(): Promise<KubeClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo; // eslint-disable-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
    return KubeClient.from({
      getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
      applyToHTTPSOptions: async () => undefined,
    });
  }

  tell(type: string, made: Made): void {
    this.#line(type, thing(made));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #line(type: string, object: object): void {
    this.#watch?.write(`${JSON.stringify({ type, object })}\n`);
  }
}

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Seen {
  readonly version: (name?: string) => string | undefined;
  readonly apply: () => Promise<unknown>;
}

/** A controller that applies something in each pass; `during` runs in the first one, before that. */
async function passesOver(
  during: (server: OneThing, seen: Seen) => Promise<void> | void,
): Promise<{ readonly server: OneThing; readonly passes: string[] }> {
  const server = new OneThing();
  const client = await server.client();
  const operator = new Manager({ client, log: silentLogger, name: 'example.com/op', instance: 'op' });
  const store = operator.store(things);
  const passes: string[] = [];
  operator
    .controller('thing')
    .for(things)
    .reconcile(async ({ object, write }) => {
      passes.push(`${object?.size ?? 'gone'}${object?.deletionTimestamp === undefined ? '' : ' being deleted'}`);
      if (passes.length > 1) return {};
      const apply = async (): Promise<unknown> => write.apply(things, key, {});
      await during(server, { apply, version: (name = 'a') => store.get({ ...key, name })?.resourceVersion });
      await apply();
      return {};
    });
  const stop = new AbortController();
  const ended = operator.start(stop.signal);
  ends.push(async () => {
    stop.abort(new Error('the test is over'));
    await ended;
    await client.close();
    server.close();
  });
  await eventually(() => {
    expect(passes).not.toHaveLength(0);
  });
  return { server, passes };
}

const [EARLIER, LATER] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'];

test('a write that changed nothing takes back nothing of what the watch told before it was sent', async () => {
  const { passes } = await passesOver(async (server, { version }) => {
    server.answer = { version: 5, size: 2 };
    server.tell('MODIFIED', server.answer);
    await eventually(() => {
      expect(version()).toBe('5');
    });
  });
  await eventually(() => {
    expect(passes).toEqual(['1', '2']);
  });
});

test('a write that changed nothing hides nothing of what the watch tells after it', async () => {
  const times = { [manager]: EARLIER, kubectl: LATER };
  const { server, passes } = await passesOver((before) => {
    before.answer = { version: 5, size: 2, times };
  });
  server.tell('MODIFIED', server.answer);
  await eventually(() => {
    expect(passes).toEqual(['1', '2']);
  });
});

test('a write that changed nothing does not hide that the object is being deleted', async () => {
  const { server, passes } = await passesOver((before) => {
    before.answer = { version: 5, size: 1, deletionTimestamp: LATER, times: { [manager]: EARLIER } };
  });
  server.tell('MODIFIED', server.answer);
  await eventually(() => {
    expect(passes).toEqual(['1', '1 being deleted']);
  });
});

test('a write to what somebody else has made, and of which the watch tells only later, does not hide that', async () => {
  const { server, passes } = await passesOver(async (before, { version }) => {
    before.answer = { version: 7, size: 2, times: { kubectl: EARLIER, [manager]: LATER } };
    before.tell('DELETED', { version: 3, size: 1 });
    await eventually(() => {
      expect(version()).toBeUndefined();
    });
  });
  await eventually(() => {
    expect(passes).toEqual(['1', '2']); // of the deletion
  });
  server.tell('ADDED', { version: 6, size: 2 });
  server.tell('MODIFIED', server.answer);
  await eventually(() => {
    expect(passes).toEqual(['1', '2', '2']);
  });
});

test('a write that changed nothing after one that did takes back nothing of what came to light in between', async () => {
  const { passes } = await passesOver(async (server, { apply, version }) => {
    const watchTells = async (name: string): Promise<void> =>
      eventually(() => {
        expect(version(name)).toBeDefined();
      });
    server.answer = { version: 7, size: 2, times: { kubectl: EARLIER, [manager]: LATER } };
    await apply();
    server.tell('MODIFIED', { version: 5, size: 2 }); // by somebody else, and in the answer already
    server.tell('ADDED', { name: 'b', version: 6, size: 3 });
    await watchTells('b');
    server.beforeAnswer = async () => {
      server.tell('MODIFIED', server.answer);
      server.tell('ADDED', { name: 'c', version: 8, size: 4 });
      await watchTells('c');
    };
  });
  await eventually(() => {
    expect(passes).toEqual(['1', '3', '4', '2']);
  });
});

test.each([
  ['in the second of a change by somebody else', LATER],
  ['before a time to come', '2999-01-01T00:00:00Z'],
])('a write that changed something %s brings its own key not back', async (_, time) => {
  const { server, passes } = await passesOver((before) => {
    before.answer = { version: 5, size: 2, times: { [manager]: LATER, kubectl: time } };
  });
  server.tell('MODIFIED', server.answer);
  server.tell('ADDED', { name: 'b', version: 6, size: 3 });
  await eventually(() => {
    expect(passes).toEqual(['1', '3']);
  });
});
