import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { KubeClient } from '../../../src/client/kube-client.js';
import { eventually } from '../../../src/testing/eventually.js';

const things = { group: '', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const { signal } = new AbortController();
let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** @returns its URL */
async function listening(of: Server): Promise<string> {
  of.listen(0, '127.0.0.1');
  await once(of, 'listening');
  const address = of.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

const kubeConfigOf = (url: string) => ({
  getCurrentCluster: () => ({ server: url }),
  applyToHTTPSOptions: async () => undefined,
});

test('where credentials were refused and there are no others, the refusal says why', async () => {
  server = createServer((_, response) => {
    response.writeHead(401).end('{"message":"who are you?"}');
  });
  const url = await listening(server);
  let asked = 0;
  const client = await KubeClient.from(() => ({
    ...kubeConfigOf(url),
    applyToHTTPSOptions: async () => {
      if (asked++ > 0) throw new Error('the plugin is not there');
    },
  }));
  const getting = client.get(things, { namespace: 'ns', name: 'a' }, { signal });
  await expect(getting).rejects.toMatchObject({
    status: 401,
    reason: 'Unauthorized',
    verb: 'get',
    message: expect.stringContaining('the plugin is not there'),
  });
  expect(asked).toBe(2);
  client.observe({ answered: () => undefined, retried: () => undefined });
  const again = client.get(things, { namespace: 'ns', name: 'a' }, { signal });
  await expect(again).rejects.toMatchObject({
    status: 0,
    reason: 'Unreachable',
    message: expect.stringContaining('the plugin is not there'),
  });
  await client.close();
});

test('who waits for his turn waits no longer than he wants to', async () => {
  let asked = 0;
  server = createServer(() => asked++); // and is never answered
  const client = await KubeClient.from(kubeConfigOf(await listening(server)));
  const get = async (of: AbortSignal): Promise<unknown> =>
    client.get(things, { namespace: '', name: 'a' }, { signal: of });
  const [others, own] = [new AbortController(), new AbortController()];
  const first = Promise.allSettled(Array.from({ length: 16 }, async () => get(others.signal)));
  const [waiting, next] = [get(own.signal), get(others.signal)];
  own.abort(new Error('too late'));
  await expect(waiting).rejects.toThrow('too late');
  await expect(get(own.signal)).rejects.toThrow('too late');
  await eventually(() => {
    expect(asked).toBe(8); // as many as there are connections
  });
  others.abort(new Error('the test is over'));
  await first;
  await expect(next).rejects.toThrow('the test is over');
  await client.close();
});

test('many requests share few connections, and one after the other need no more than two', async () => {
  let connections = 0;
  server = createServer((_, response) => {
    response.end('{}');
  });
  server.on('connection', () => connections++);
  const client = await KubeClient.from(kubeConfigOf(await listening(server)));
  const get = async (i: number): Promise<unknown> => client.get(things, { namespace: 'ns', name: `t${i}` }, { signal });
  for (let i = 0; i < 50; i++) await get(i);
  expect(connections).toBeLessThanOrEqual(2);
  await Promise.all(Array.from({ length: 200 }, async (_, i) => get(i)));
  expect(connections).toBeLessThanOrEqual(8);
  await client.urgent.get(things, { namespace: 'ns', name: 'lease' }, { signal });
  expect(connections).toBeLessThanOrEqual(9);
  await client.close();
});
