import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import { resource } from '../../../src/resource/resource.js';
import { Registry } from '../../../src/telemetry/instruments.js';
import { type LogFields, type Logger, silentLogger } from '../../../src/telemetry/logger.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { type Asked, validate, type Verdict } from '../../../src/webhook/admission.js';
import { WebhookServer } from '../../../src/webhook/webhook-server.js';
import { admissionReview, type Widget, widgets } from './reviews.js';

interface Pair {
  readonly cert: string;
  readonly key: string;
}

const START = new Date('2026-01-01T00:00:00Z');

async function pair(notAfterDate = new Date('2027-01-01T00:00:00Z')): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'hooks' }], {
    keyType: 'ec',
    notBeforeDate: new Date('2025-01-01T00:00:00Z'),
    notAfterDate,
  });
  return { cert, key };
}

let directory: string;
let clock: FakeClock;
let registry: Registry;
let said: [string, LogFields | undefined][];
let check: (asked: Asked<Widget, 'CREATE' | 'UPDATE'>) => Verdict | Promise<Verdict>;
let server: WebhookServer;
let stop: AbortController;
let running: Promise<void>;
let first: Pair;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dot-kube-webhook-'));
  clock = new FakeClock(START);
  registry = new Registry();
  said = [];
  const say = (message: string, fields?: LogFields): void => void said.push([message, fields]);
  const log: Logger = { ...silentLogger, info: say, warn: say, error: say, child: () => log };
  check = () => ({ allowed: true });
  const hook = validate({ resource: resource<Widget>(widgets), check: async (asked) => check(asked) });
  server = new WebhookServer({
    hooks: { '/validate': hook },
    port: 0,
    host: '127.0.0.1',
    certificates: directory,
    registry,
    log,
    clock,
  });
  stop = new AbortController();
  first = await pair();
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await eventually(async () => {
    clock.advance(1_000); // of what a test has left under way
    await Promise.race([running, Promise.reject(new Error('still running'))]);
  });
  expect(server.port).toBeUndefined();
  expect(clock.pending).toBe(0);
  await rm(directory, { recursive: true });
});

async function put({ cert, key }: Pair): Promise<void> {
  await writeFile(join(directory, 'tls.crt'), cert);
  await writeFile(join(directory, 'tls.key'), key);
}

async function serve(certificate = first): Promise<void> {
  await put(certificate);
  running = server.run(stop.signal);
  await eventually(() => {
    expect(server.port).toBeDefined();
  });
}

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly ca?: string;
  readonly agent?: Agent;
}

async function send({ path = '/validate', method = 'POST', headers = {}, body, ca, agent }: Sent = {}) {
  const sending = request({
    port: server.port,
    host: '127.0.0.1',
    path,
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ca: ca ?? first.cert,
    checkServerIdentity: () => undefined,
    agent: agent ?? new Agent({ keepAlive: false }),
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve).once('error', reject);
  });
  sending.end(body ?? JSON.stringify(admissionReview()));
  const response = await answer;
  return { status: response.statusCode, connection: response.headers.connection, body: await json(response) };
}

async function counted(name: string): Promise<string[]> {
  const text = await registry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('a review is answered, and counted', async () => {
  await serve();
  expect(server.problem).toBeUndefined();
  expect(await send()).toMatchObject({
    status: 200,
    body: { kind: 'AdmissionReview', response: { uid: 'u-1', allowed: true } },
  });
  expect(await counted('controller_runtime_webhook_requests_total')).toEqual([
    'controller_runtime_webhook_requests_total{webhook="/validate",code="200"} 1',
    'controller_runtime_webhook_requests_total{webhook="/validate",code="500"} 0',
  ]);
  expect(await counted('controller_runtime_webhook_admission_responses_total')).toEqual([
    'controller_runtime_webhook_admission_responses_total{webhook="/validate",allowed="true",admission_code="200"} 1',
  ]);
  expect(await counted('controller_runtime_webhook_latency_seconds')).toContain(
    'controller_runtime_webhook_latency_seconds_count{webhook="/validate"} 1',
  );
});

describe('what is refused before a handler sees it', () => {
  test.each<[string, Sent, number, string]>([
    ['another path', { path: '/validate/' }, 404, 'there is no web hook at this path; there are /validate'],
    ['a path that is a field of every object', { path: '/constructor' }, 404, 'there is no web hook'],
    ['another method', { method: 'PUT' }, 405, 'a web hook takes POST'],
    ['another type', { headers: { 'content-type': 'text/plain' } }, 415, 'takes application/json'],
    ['what is packed', { headers: { 'content-encoding': 'gzip' } }, 415, 'not packed'],
    ['what says it is too long', { headers: { 'content-length': '9000000' } }, 413, 'up to 7340032 bytes'],
    ['what is no JSON', { body: '{' }, 400, 'the body is no JSON'],
    ['another version', { body: '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}' }, 400, '[v1]'],
  ])('%s', async (_, sent, status, message) => {
    check = () => {
      throw new Error('not to be asked');
    };
    await serve();
    expect(await send(sent)).toMatchObject({
      status,
      connection: 'close',
      body: { kind: 'Status', apiVersion: 'v1', code: status, message: expect.stringContaining(message) },
    });
  });

  test('what is too long without saying so ends the connection', async () => {
    await serve();
    // Whether the answer comes through before the end is the network's to say.
    await Promise.allSettled([send({ headers: { 'transfer-encoding': 'chunked' }, body: ' '.repeat(7_340_033) })]);
    expect(await counted('controller_runtime_webhook_requests_total')).toContain(
      'controller_runtime_webhook_requests_total{webhook="/validate",code="413"} 1',
    );
  });

  test('a body that breaks off is nothing to be alarmed by', async () => {
    await serve();
    const agent = new Agent({ keepAlive: false });
    const sending = request({
      port: server.port,
      host: '127.0.0.1',
      path: '/validate',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '100' },
      ca: first.cert,
      checkServerIdentity: () => undefined,
      agent,
    });
    sending.on('error', () => undefined);
    sending.write('{');
    await eventually(async () => {
      expect(await counted('controller_runtime_webhook_requests_in_flight')).toEqual([expect.stringMatching(/ 1$/)]);
    });
    sending.destroy();
    await eventually(async () => {
      expect(await counted('controller_runtime_webhook_requests_in_flight')).toEqual([expect.stringMatching(/ 0$/)]);
    });
    expect(said.map(([text]) => text)).toEqual(['web hooks are served']);
  });

  test('a parameter of the content type is no other type', async () => {
    await serve();
    expect(await send({ headers: { 'content-type': 'Application/JSON; charset=utf-8' } })).toMatchObject({
      status: 200,
    });
  });
});

describe('time', () => {
  test.each([
    ['?timeout=3s', 3_000],
    ['?timeout=1h', 30_000],
    ['?timeout=0s', 30_000],
    ['?timeout=soon', 30_000],
    ['', 30_000],
  ])('a handler has with %j as long as is waited for it', async (query, ms) => {
    let given: AbortSignal | undefined;
    check = async ({ signal }) => {
      given = signal;
      return new Promise(() => undefined);
    };
    await serve();
    const answer = send({ path: `/validate${query}` });
    await eventually(() => {
      expect(given).toBeDefined();
    });
    expect(await counted('controller_runtime_webhook_requests_in_flight')).toEqual([
      'controller_runtime_webhook_requests_in_flight{webhook="/validate"} 1',
    ]);
    clock.advance(ms - 1);
    expect(given?.aborted).toBe(false);
    clock.advance(1);
    expect(given?.aborted).toBe(true);
    expect(await answer).toMatchObject({ status: 504, body: { message: 'the web hook did not answer in time' } });
    expect(await counted('controller_runtime_webhook_requests_in_flight')).toEqual([
      'controller_runtime_webhook_requests_in_flight{webhook="/validate"} 0',
    ]);
  });

  test('who goes away is not worked for any more', async () => {
    let given: AbortSignal | undefined;
    check = async ({ signal }) => {
      given = signal;
      return new Promise(() => undefined);
    };
    await serve();
    const agent = new Agent({ keepAlive: false });
    const answer = send({ agent });
    await eventually(() => {
      expect(given).toBeDefined();
    });
    agent.destroy();
    await expect(answer).rejects.toThrow('hang up');
    await eventually(() => {
      expect(given?.aborted).toBe(true);
    });
  });

  test('what a handler throws after that is nobody’s', async () => {
    check = async ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    await serve();
    const answer = send({ path: '/validate?timeout=2s' });
    await eventually(async () => {
      expect(await counted('controller_runtime_webhook_requests_in_flight')).toEqual([expect.stringMatching(/ 1$/)]);
    });
    clock.advance(2_000);
    expect(await answer).toMatchObject({ status: 504 });
    expect(await counted('controller_runtime_webhook_panics_total')).toEqual([
      'controller_runtime_webhook_panics_total 0',
    ]);
  });
});

describe('the certificate', () => {
  test('is waited for, and until then it says why it is not ready', async () => {
    running = server.run(stop.signal);
    await eventually(() => {
      expect(server.problem).toBe(
        `web hooks are not served: ${join(directory, 'tls.crt')} cannot be read; is the Secret mounted?`,
      );
    });
    await put(first);
    await eventually(() => {
      clock.advance(10_000);
      expect(server.problem).toBeUndefined();
    });
    expect(await send()).toMatchObject({ status: 200 });
  });

  test('is replaced while it listens', async () => {
    await serve();
    const second = await pair();
    await put(second);
    await eventually(async () => {
      clock.advance(10_000);
      expect(await send({ ca: second.cert })).toMatchObject({ status: 200 });
    });
    await expect(send({ ca: first.cert })).rejects.toThrow('self-signed certificate');
  });

  test('stays where the new one is none, which is said once, and counted', async () => {
    await serve();
    await writeFile(join(directory, 'tls.key'), (await pair()).key);
    for (let look = 1; look <= 3; look++)
      await eventually(async () => {
        const [errors = ''] = await counted('certwatcher_read_certificate_errors_total');
        if (!errors.endsWith(` ${look}`) && clock.pending > 0) clock.advance(10_000);
        expect(errors).toBe(`certwatcher_read_certificate_errors_total ${look}`);
      });
    const message = `tls.crt and tls.key in ${directory} cannot be used together`;
    expect(said.map(([text]) => text)).toEqual([
      'web hooks are served',
      `web hooks keep their certificate: ${message}`,
    ]);
    expect(JSON.stringify(said)).not.toContain('PRIVATE KEY');
    expect(server.problem).toBeUndefined();
    expect(await send()).toMatchObject({ status: 200 });
  });

  test('that has ended makes it not ready', async () => {
    await serve(await pair(new Date(START.getTime() + 60_000)));
    expect(server.problem).toBeUndefined();
    clock.advance(60_000);
    expect(server.problem).toBe('the certificate of the web hooks ended at 2026-01-01T00:01:00.000Z');
  });
});

describe('the end', () => {
  test('lets those have their answer who have asked, and nobody else in', async () => {
    const go = Promise.withResolvers<Verdict>();
    let asked = 0;
    check = async () => {
      asked++;
      return go.promise;
    };
    await serve();
    const { port = 0 } = server;
    const agent = new Agent({ keepAlive: true });
    const answer = send({ agent });
    const silent = connect(port, '127.0.0.1'); // of whom no handshake comes
    await eventually(() => {
      expect(asked).toBe(1);
    });
    stop.abort(new Error('stop'));
    await eventually(async () => {
      const another = connect(port, '127.0.0.1');
      const refused = once(another, 'connect').finally(() => another.destroy());
      await expect(refused).rejects.toThrow('ECONNREFUSED');
    });
    go.resolve({ allowed: false, message: 'late' });
    expect(await answer).toMatchObject({
      status: 200,
      connection: 'close',
      body: { response: { allowed: false, status: { message: expect.stringContaining('late') } } },
    });
    agent.destroy();
    silent.destroy();
  });

  test('comes after three seconds to those who would wait longer', async () => {
    let given: AbortSignal | undefined;
    check = async ({ signal }) => {
      given = signal;
      return new Promise(() => undefined);
    };
    await serve();
    const answer = send();
    await eventually(() => {
      expect(given).toBeDefined();
    });
    stop.abort(new Error('stop'));
    await eventually(() => {
      clock.advance(1_000);
      expect(given?.reason).toEqual(new Error('the operator stops'));
    });
    expect(await answer).toMatchObject({ status: 504 });
    expect(said.map(([text]) => text)).toContain('web hooks under way did not end within 3000 ms; they are refused');
  });

  test.each([
    ['not even in TLS', (port: number): Socket => connect(port, '127.0.0.1')],
    [
      'but for the handshake',
      (port: number): Socket => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }),
    ],
  ])('does not wait for who has connected and asked nothing, %s', async (_, begin) => {
    const go = Promise.withResolvers<Verdict>();
    let asked = 0;
    check = async () => (++asked === 1 ? go.promise : { allowed: true });
    await serve();
    const silent = begin(server.port ?? 0).on('error', () => undefined);
    await once(silent, silent instanceof TLSSocket ? 'secureConnect' : 'connect');
    const answer = send();
    await eventually(() => {
      expect(asked).toBe(1);
    });
    const used = new Agent({ keepAlive: true });
    await send({ agent: used }); // a connection that is kept for the next
    stop.abort(new Error('stop'));
    await eventually(() => {
      expect(clock.pending).toBe(2); // of the review that is under way, and of the end
    });
    clock.advance(500); // it might have been about to ask
    go.resolve({ allowed: true });
    expect(await answer).toMatchObject({ status: 200 });
    await running;
    expect(said.map(([text]) => text)).toEqual(['web hooks are served']);
    used.destroy();
    silent.destroy();
  });

  test('lets him ask who has just connected', async () => {
    await serve();
    const silent = connectTls({ port: server.port ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
    await once(silent, 'secureConnect');
    stop.abort(new Error('stop'));
    await eventually(() => {
      expect(clock.pending).toBe(1);
    });
    const body = JSON.stringify(admissionReview());
    const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
    silent.write(`POST /validate HTTP/1.1\r\nhost: hooks\r\n${headers}\r\n\r\n${body}`);
    expect(await text(silent)).toContain('"allowed":true');
    await running;
  });

  test('is not held up by who has connected and says nothing', async () => {
    await serve();
    const silent = connect(server.port ?? 0, '127.0.0.1');
    let isOpen = true;
    silent.resume().once('close', () => (isOpen = false)); // which it notices only while it reads
    await once(silent, 'connect');
    await send(); // by now the server has taken the other one
    stop.abort(new Error('stop'));
    await eventually(() => {
      clock.advance(1_000);
      expect(isOpen).toBe(false);
    });
  });
});

test('a taken port is an error of the run', async () => {
  await serve();
  const { port = 0 } = server;
  const other = new WebhookServer({
    hooks: {},
    port,
    host: '127.0.0.1',
    certificates: directory,
    registry: new Registry(),
    log: silentLogger,
    clock,
  });
  await expect(other.run(new AbortController().signal)).rejects.toThrow('EADDRINUSE');
});
