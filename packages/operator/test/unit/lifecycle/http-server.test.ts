import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from '@jest/globals';
import { type HttpServer, serve } from '../../../src/lifecycle/http-server.js';

let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** As it stands on the wire: clients mend what they are given. @returns the status */
async function asked(port: number, target: string, host = '127.0.0.1'): Promise<number> {
  const socket = connect(port, host);
  socket.end(`GET ${target} HTTP/1.1\r\nhost: op\r\nconnection: close\r\n\r\n`);
  return Number(/^HTTP\/1.1 (\d+) /.exec(await text(socket))?.[1]);
}

test.each([
  ['/healthz', 200],
  ['/healthz?verbose', 200],
  ['/nothing', 404],
  ['//', 404],
  ['http://:0/healthz', 404],
  ['*', 404],
])('%s is answered with %d', async (target, status) => {
  server = await serve({ '/healthz': () => ({ status: 200, body: 'ok\n' }) }, 0, '127.0.0.1');
  expect(await asked(server.port, target)).toBe(status);
});

// All that this machine has: a pod may have addresses of one kind only.
const loopback = Object.values(networkInterfaces()).flatMap((addresses = []) =>
  addresses.filter(({ internal, address }) => internal && !address.startsWith('fe80')).map(({ address }) => address),
);

test.each(loopback)('who asks at %s is answered', async (host) => {
  server = await serve({ '/healthz': () => ({ status: 200, body: 'ok\n' }) }, 0);
  expect(await asked(server.port, '/healthz', host)).toBe(200);
});
