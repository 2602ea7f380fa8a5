// The ways to an Xray: both forms of its URL, credentials, authorities of its own, proxies, limits.
import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@dot-kube/operator';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { generate } from 'selfsigned';
import { type Proxies, proxiesOf } from '../../../../src/scan/xray/dispatcher.js';
import { XrayClient, type XrayOptions } from '../../../../src/scan/xray/xray-client.js';
import { aDigest } from '../../../builders/builders.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../xray-simulator/simulator.js';

const never = new AbortController().signal;
const toClose: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
});

async function anXray(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  toClose.push(async () => simulator.close());
  return simulator;
}

function aClient(url: string, differs: Partial<XrayOptions> = {}, proxies?: Proxies): XrayClient {
  const options: XrayOptions = {
    url,
    credentials: { kind: 'accessToken', token: 'good' },
    timeoutMs: 2_000,
    requestsPerSecond: 1_000,
    burst: 1_000,
    concurrency: 4,
    ...differs,
  };
  const client = new XrayClient(options, {
    clock: systemClock,
    random: () => 0,
    ...(proxies === undefined ? {} : { proxies }),
  });
  toClose.push(client.close.bind(client));
  return client;
}

describe('where Xray is', () => {
  test.each(['', '/', '/xray', '/xray/'])('under "%s"', async (suffix) => {
    const xray = await anXray();
    expect(await aClient(xray.url + suffix).version(never)).toBe('3.107.8');
  });

  test('behind a platform that shows people a page everywhere else', async () => {
    const xray = await anXray();
    const platform = createServer((request, response) => {
      const { url = '' } = request;
      if (url.startsWith('/xray/')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(url.endsWith('/ping') ? '{"status":"pong"}' : '{"xray_version":" 3.140.1 "}');
        return;
      }
      expect(request.headers.authorization).toBeUndefined(); // no secret goes where there is no Xray
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html>');
    });
    const url = await listening(platform);
    expect(await aClient(url).version(never)).toBe('3.140.1');
    expect(xray.requests).toEqual([]);
  });

  test('a version that asks a user even for the ping', async () => {
    const xray = await anXray({ token: 'good' });
    xray.fail({ path: '/ping', status: 401 });
    expect(await aClient(xray.url).version(never)).toBe('3.107.8');
  });
});

describe('a certificate', () => {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];

  test('of an authority that nobody knows is refused, and trusted once it is given', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    const xray = await anXray({ tls: { key, cert } });
    await expect(aClient(xray.url).version(never)).rejects.toMatchObject({ code: 'CertificateNotTrusted' });
    expect(await aClient(xray.url, { caBundle: cert }).version(never)).toBe('3.107.8');
  });

  test('for another name is refused although its authority is trusted', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'elsewhere' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'elsewhere' }] }],
    });
    const xray = await anXray({ tls: { key, cert } });
    const client = aClient(xray.url, { caBundle: cert });
    await expect(client.version(never)).rejects.toMatchObject({ code: 'CertificateNotTrusted' });
  });
});

describe('a proxy', () => {
  async function aProxy(): Promise<{ readonly url: string; readonly passed: string[] }> {
    const passed: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket, head) => {
      passed.push(request.url ?? '');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const upstream = connectTcp(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    proxy.on('request', (request, response) => {
      passed.push(request.url ?? '');
      response.end('{"status":"pong","xray_version":"3.1.0"}');
    });
    return { url: await listening(proxy), passed };
  }

  test('carries what goes to Xray', async () => {
    const [xray, proxy] = [await anXray(), await aProxy()];
    const client = aClient(xray.url, {}, proxiesOf({ HTTP_PROXY: proxy.url }));
    await client.version(never);
    expect(proxy.passed.join(' ')).toContain('127.0.0.1');
  });

  test('is passed by for hosts that are named', async () => {
    const [xray, proxy] = [await anXray(), await aProxy()];
    const client = aClient(xray.url, {}, proxiesOf({ http_proxy: proxy.url, no_proxy: '10.0.0.0,127.0.0.1' }));
    expect(await client.version(never)).toBe('3.107.8');
    expect(proxy.passed).toEqual([]);
  });

  test('carries HTTPS in a tunnel, and the certificate is still that of Xray', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const [xray, proxy] = [await anXray({ tls: { key, cert } }), await aProxy()];
    const client = aClient(xray.url, { caBundle: cert }, proxiesOf({ HTTPS_PROXY: proxy.url }));
    expect(await client.version(never)).toBe('3.107.8');
    expect(proxy.passed[0]).toBe(new URL(xray.url).host);
  });
});

describe('limits', () => {
  test('no more requests at once than allowed', async () => {
    let [open, most] = [0, 0];
    const url = await listening(
      createServer((request, response) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          response.end(request.url?.endsWith('ping') === true ? '{"status":"pong"}' : '{"artifacts":[]}');
        }, 10);
      }),
    );
    const client = aClient(url, { concurrency: 2 });
    await client.ping(never);
    await Promise.all(Array.from({ length: 10 }, async () => client.summaries([aDigest('a')], never)));
    expect(most).toBe(2);
  });

  test('an Xray that is down is left alone after a while, and tried again', async () => {
    const xray = await anXray();
    const client = aClient(xray.url);
    await client.ping(never);
    xray.fail({ status: 503 });
    const ask = async (): Promise<unknown> => client.version(never).catch((error: unknown) => error);
    for (let i = 0; i < 10; i++) await ask();
    expect(client.circuit.state).toBe('open');
    const asked = xray.requests.length;
    expect(await ask()).toMatchObject({ code: 'ServerError', retryAfterMs: expect.any(Number) });
    expect(xray.requests).toHaveLength(asked);
  });
});

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  toClose.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
