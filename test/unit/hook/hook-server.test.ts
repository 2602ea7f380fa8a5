import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@dot-kube/operator';
import { eventually } from '@dot-kube/operator/testing';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { Agent, type Dispatcher, request } from 'undici';
import { HookServer } from '../../../src/hook/hook-server.js';
import type { Hint } from '../../../src/hook/payload.js';
import { aDigest } from '../../builders/builders.js';
import { hookBody } from '../../xray-simulator/hook-sender.js';
import { violationByIssue } from '../../xray-simulator/violations.js';

const TOKEN = 'agreed-on';
const artifact = {
  componentId: 'shop/web:1',
  path: 'default/r/shop/web/1/',
  issues: [],
  licenses: [],
  watched: true,
  scan: [],
};
const issue = { issue_id: 'XRAY-1', summary: 'overflow', severity: 'Critical' };
const violation = violationByIssue('1', artifact, issue, new Date());
const body = JSON.stringify(hookBody({ artifact, digest: 'a'.repeat(64), violation }, 'today'));

let server: HookServer;
let port: number;
let hints: Hint[];

beforeEach(async () => {
  hints = [];
  server = new HookServer({ token: TOKEN }, { clock: systemClock, onHint: (hint) => hints.push(hint) });
  port = await server.listen(0, '127.0.0.1');
});

afterEach(async () => {
  await server.close();
});

interface Sent {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

async function send({
  method = 'POST',
  headers = { 'x-auth-token': TOKEN },
  body: sent = body,
}: Sent = {}): Promise<number> {
  const response = await request(`http://127.0.0.1:${port}/any/path`, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: sent }),
  });
  await response.body.dump();
  return response.statusCode;
}

test.each(['today', '2021'] as const)(
  'a hook in the form of %s is a hint at the image and where it lies',
  async (form) => {
    expect(await send({ body: JSON.stringify(hookBody({ artifact, digest: 'a'.repeat(64), violation }, form)) })).toBe(
      202,
    );
    expect(hints).toEqual([{ digests: [aDigest('a')], paths: ['default/r/shop/web/1'] }]);
  },
);

describe('the token', () => {
  const basic = (password: string): string => `Basic ${Buffer.from(`xray:${password}`).toString('base64')}`;
  test.each<[Record<string, string>, number]>([
    [{ 'x-auth-token': TOKEN }, 202],
    [{ authorization: `Bearer ${TOKEN}` }, 202],
    [{ authorization: basic(TOKEN) }, 202],
    [{}, 401],
    [{ 'x-auth-token': '' }, 401],
    [{ 'x-auth-token': `${TOKEN}x` }, 401],
    [{ authorization: `Bearer ${TOKEN.slice(1)}` }, 401],
    [{ authorization: basic('wrong') }, 401],
    [{ authorization: 'Basic !!!' }, 401],
    [{ authorization: 'Negotiate x' }, 401],
  ])('%j: %d', async (headers, status) => {
    expect(await send({ headers })).toBe(status);
    expect(hints).toHaveLength(status === 202 ? 1 : 0);
  });

  test('of before is refused once it is rotated', async () => {
    server.rotate({ token: 'new' });
    expect(await send()).toBe(401);
    expect(await send({ headers: { 'x-auth-token': 'new' } })).toBe(202);
  });
});

describe('what is no hook', () => {
  test.each<[string, Sent, number]>([
    ['another method', { method: 'GET' }, 405],
    ['no JSON', { body: 'hello' }, 400],
    ['nothing', { body: '' }, 400],
    ['a list', { body: '[]' }, 400],
    ['no issues', { body: '{}' }, 400],
    ['issues that are none', { body: '{"issues":[null,1,"x",{"impacted_artifacts":[null,{"sha256":1}]}]}' }, 202],
    ['packed', { headers: { 'x-auth-token': TOKEN, 'content-encoding': 'gzip' }, body: gzipSync(body) }, 415],
    ['too long', { body: `{"issues":["${'x'.repeat(6_000_000)}"]}` }, 413],
  ])('%s', async (_, sent, status) => {
    // The server ends the connection while a body that it does not want is still on its way.
    expect([status, 'cut']).toContain(await send(sent).catch(() => 'cut'));
    expect(hints.flatMap(({ digests }) => digests)).toEqual([]);
  });

  test('too long without saying so', async () => {
    const socket = await connected();
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\nx-auth-token: ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    for (let i = 0; i < 100 && !socket.destroyed; i++) socket.write(chunk);
    await eventually(() => {
      expect(answer.includes('413') || socket.destroyed).toBe(true);
    });
    socket.destroy();
    expect(await send()).toBe(202);
  });
});

test('who comes too often is sent away, and served again later', async () => {
  const statuses = new Set<number>();
  for (let round = 0; round < 10; round++)
    for (const status of await Promise.all(Array.from({ length: 40 }, async () => send()))) statuses.add(status);
  expect(statuses).toEqual(new Set([202, 429]));
  await eventually(async () => {
    expect(await send()).toBe(202);
  });
});

test('who sends a byte now and then is cut off, and keeps nobody else from coming in', async () => {
  const slow = await Promise.all(Array.from({ length: 20 }, connected));
  const closed = slow.map(async (socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of slow) socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-');
  expect(await send()).toBe(202);
  await Promise.all(closed);
}, 30_000);

async function connected(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume(); // it is cut off by the server
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

test('over TLS a new certificate is used from the next connection on', async () => {
  const [first, second] = await Promise.all(
    ['first', 'second'].map(async (name) => generate([{ name: 'commonName', value: name }])),
  );
  if (first === undefined || second === undefined) throw new Error('two certificates were made');
  const pair = ({ private: key, cert }: { private: string; cert: string }) => ({ key, cert });
  const secure = new HookServer({ token: TOKEN, tls: pair(first) }, { clock: systemClock, onHint: () => undefined });
  const securePort = await secure.listen(0, '127.0.0.1');
  const trusting = async (ca: string): Promise<number> => {
    const dispatcher = new Agent({ connect: { ca, checkServerIdentity: () => undefined } });
    const response = await request(`https://127.0.0.1:${securePort}/`, {
      method: 'POST',
      headers: { 'x-auth-token': TOKEN },
      body,
      dispatcher,
    });
    await response.body.dump();
    await dispatcher.destroy();
    return response.statusCode;
  };
  expect(await trusting(first.cert)).toBe(202);
  secure.rotate({ token: TOKEN, tls: pair(second) });
  expect(await trusting(second.cert)).toBe(202);
  await expect(trusting(first.cert)).rejects.toThrow();
  await secure.close();
});
