import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type LogFields, type Logger, Registry, systemClock, type Tracing } from '@dot-kube/operator';
import { aroundXray } from '../../../../src/controllers/connection/observe-xray.js';
import { XrayClient } from '../../../../src/scan/xray/xray-client.js';

let server: Server;
let client: XrayClient;
let status = 200;
let registry: Registry;
const received: IncomingHttpHeaders[] = [];
const lines: { readonly level: string; readonly fields: LogFields }[] = [];
const spans: { readonly name: string; readonly attributes: Record<string, unknown>; failed?: string }[] = [];

const line =
  (level: string) =>
  (_message: string, fields: LogFields = {}): void => {
    lines.push({ level, fields });
  };
const log: Logger = {
  debug: line('debug'),
  info: line('info'),
  warn: line('warn'),
  error: line('error'),
  child: () => log,
};

const within: Tracing['within'] = async (name, attributes, work) => {
  const span: (typeof spans)[number] = { name, attributes: { ...attributes } };
  spans.push(span);
  return work({
    set: (more) => Object.assign(span.attributes, more),
    fail: (why) => {
      span.failed = why;
    },
  });
};

beforeEach(async () => {
  for (const kept of [received, lines, spans]) kept.length = 0;
  status = 200;
  server = createServer((request, response) => {
    received.push(request.headers);
    const isPing = request.url?.endsWith('/ping') === true;
    response.writeHead(isPing ? 200 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isPing ? { status: 'pong' } : { xray_version: '3.100.0' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  registry = new Registry();
  client = new XrayClient(
    {
      url: `http://127.0.0.1:${port}`,
      credentials: { kind: 'accessToken', token: 'secret-token' },
      timeoutMs: 500,
      requestsPerSecond: 100,
      burst: 100,
      concurrency: 2,
    },
    {
      clock: systemClock,
      random: () => 0,
      around: aroundXray({ registry, log, tracing: { begin: within, within }, clock: systemClock }),
    },
  );
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;

test('a request has one id: in the header by which JFrog finds it, in the log, and in its span', async () => {
  await client.version(never);
  const ids = received.map((headers) => /^([0-9a-f]{16}):\1:0:0$/.exec(String(headers['uber-trace-id']))?.[1]);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
  expect(lines.map(({ fields }) => fields['requestID'])).toEqual(ids);
  expect(spans.map(({ name, attributes }) => [name, attributes['xray.request.id']])).toEqual([
    ['xray ping', ids[0]],
    ['xray version', ids[1]],
  ]);
  expect(lines.map(({ level }) => level)).toEqual(['debug', 'debug']);
});

test.each([
  [401, 'CredentialsRefused'],
  [503, 'ServerError'],
  [404, 'NotXray'],
])('a version that is refused with %i is told as %s, everywhere', async (refused, outcome) => {
  status = refused;
  await expect(client.version(never)).rejects.toThrow();
  expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { call: 'version', outcome } });
  expect(spans.at(-1)).toMatchObject({ failed: outcome, attributes: { 'http.response.status_code': refused } });
  expect(await registry.metrics()).toContain(`kubexray_xray_requests_total{call="version",outcome="${outcome}"}`);
  expect(JSON.stringify([lines, spans])).not.toContain('secret-token');
});

test('what is no longer wanted is no failure', async () => {
  await client.version(never);
  const stop = new AbortController();
  const asked = client.version(stop.signal);
  stop.abort(new Error('stop'));
  await expect(asked).rejects.toThrow('stop');
  expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
});
