// The proxy stands between a client and the API server: what a client that goes away leaves behind.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ApiProxy, type ProxiedRequest, startApiProxy } from '../../../src/testing/api-proxy.js';

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

let server: ReturnType<typeof createServer>;
let proxy: ApiProxy;
let asked: PromiseWithResolvers<Asked>;
let told: ProxiedRequest[];

beforeEach(async () => {
  told = [];
  asked = Promise.withResolvers();
  server = createServer((request, response) => {
    asked.resolve({ request, response });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  proxy = await startApiProxy({ server: url, onAnswer: (answer) => void told.push(answer) });
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all([proxy.close(), once(server, 'close')]);
});

const send = (method: string, headers: Readonly<Record<string, number>> = {}): ReturnType<typeof request> =>
  request(`${proxy.url}/apis/apps/v1/namespaces/shop/deployments/web`, { method, headers }).on(
    'error',
    () => undefined,
  );

test('a write that the API server has is told of, though its client went away before the answer', async () => {
  const client = send('PATCH').end('{}');
  const { request: arrived, response } = await asked.promise;
  await arrived.resume().toArray();
  client.destroy();
  const closed = proxy.close(); // waits for it
  response.end('{}');
  await closed;
  expect(told).toMatchObject([{ method: 'PATCH', status: 200 }]);
});

test('a watch is not kept open for a client that went away', async () => {
  const client = send('GET').end();
  const { response } = await asked.promise;
  client.destroy();
  await once(response, 'close');
  expect(told).toEqual([]);
});

test('nor a write of which the client sent only a part', async () => {
  const client = send('PATCH', { 'content-length': 10 });
  client.write('{');
  const { response } = await asked.promise;
  client.destroy();
  await once(response, 'close');
  expect(told).toEqual([]);
});
