// Digests that stand for an index, told by a registry that this test serves.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '@dot-kube/operator/testing';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RegistryCredentials } from '../../../src/registry/docker-config.js';
import { RegistryClient } from '../../../src/registry/registry-client.js';
import { Resolver } from '../../../src/registry/resolver.js';
import type { LookUp, Resolution } from '../../../src/registry/resolution.js';
import { dispatcherFor, noProxies } from '../../../src/scan/xray/dispatcher.js';
import { type Digest, parseDigest } from '../../../src/workload/digest.js';
import { aDigest } from '../../builders/builders.js';

const never = new AbortController().signal;
const amd64 = aDigest('2');
const indexBody = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    { digest: amd64, platform: { os: 'linux', architecture: 'amd64' } },
    { digest: aDigest('3'), platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    { digest: aDigest('4'), platform: { os: 'unknown', architecture: 'unknown' } },
  ],
});
const manifestBody = JSON.stringify({ schemaVersion: 2, config: {}, layers: [] });
const index = digestOfBody(indexBody);
const manifest = digestOfBody(manifestBody);

let clock: FakeClock;
let host: string;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let credentials: readonly RegistryCredentials[];
let registry: RegistryClient;
let resolver: Resolver;
let close: () => Promise<void>;

beforeEach(async () => {
  clock = new FakeClock();
  asked = [];
  credentials = [];
  answer = serveManifests;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  registry = new RegistryClient({
    wayOut: () => dispatcherFor({ timeoutMs: 2_000, connections: 2, proxies: noProxies }),
    timeoutMs: 2_000,
    isPlain: (name) => name === host,
  });
  resolver = new Resolver({ registry, clock, credentialsOf: async () => credentials });
  close = async () => {
    await registry.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});

afterEach(async () => {
  await close();
});

function serveManifests(request: IncomingMessage, response: ServerResponse): void {
  const digest = request.url?.split('/').at(-1);
  if (digest === index) response.end(indexBody);
  else if (digest === manifest) response.end(manifestBody);
  else response.writeHead(404).end();
}

async function resolve(digest: Digest, differs: Partial<LookUp> = {}): Promise<Resolution> {
  return resolver.resolve(
    {
      digest,
      references: [`${host}/shop/web:1`],
      platforms: [{ os: 'linux', architecture: 'amd64' }],
      pullers: [{ namespace: 'shop', pullSecrets: [], serviceAccount: '' }],
      ...differs,
    },
    never,
  );
}

test('an index gives the image that the nodes run; an image is itself', async () => {
  expect(await resolve(index)).toEqual({ kind: 'index', manifests: [amd64] });
  expect(await resolve(manifest)).toEqual({ kind: 'image' });
});

test('what a digest stands for is asked for once', async () => {
  await Promise.all([resolve(index), resolve(index), resolve(index)]);
  clock.advance(365 * 24 * 3_600_000);
  await resolve(index, { platforms: [] });
  expect(asked).toEqual([`/v2/shop/web/manifests/${index}`]);
});

describe('a token', () => {
  beforeEach(() => {
    answer = (request, response) => {
      if (request.url?.startsWith('/token') === true) {
        const isAnn = request.headers.authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}`;
        response.writeHead(isAnn ? 200 : 401).end(isAnn ? '{"token":"let-in"}' : '{}');
      } else if (request.headers.authorization === 'Bearer let-in') serveManifests(request, response);
      else {
        const realm = `http://${host}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="here"` }).end();
      }
    };
  });

  test('is got with the pull secrets of the pod', async () => {
    credentials = [
      { place: 'other.example', username: 'eve', password: 'secret' },
      { place: host, username: 'ann', password: 'secret' },
    ];
    expect(await resolve(index)).toMatchObject({ kind: 'index' });
  });

  test('that is not to be had leaves it unknown, with what to do, and without the secret', async () => {
    credentials = [{ place: host, username: 'ann', password: 'wrong-secret' }];
    const found = await resolve(index);
    expect(found).toMatchObject({ kind: 'unknown', why: expect.stringContaining('pull secret') });
    expect(JSON.stringify(found)).not.toContain('wrong-secret');
  });
});

test('basic authentication', async () => {
  credentials = [{ place: host, username: 'ann', password: 'secret' }];
  answer = (request, response) => {
    if (request.headers.authorization?.startsWith('Basic ') === true) serveManifests(request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
  };
  expect(await resolve(index)).toMatchObject({ kind: 'index' });
});

test.each([401, 403])('credentials that are refused with %d are followed by the next', async (status) => {
  credentials = [
    { place: host, username: 'eve', password: 'secret' },
    { place: host, username: 'ann', password: 'secret' },
  ];
  const ann = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  answer = (request, response) => {
    const { authorization } = request.headers;
    if (authorization === ann) serveManifests(request, response);
    else if (authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
    else response.writeHead(status).end();
  };
  expect(await resolve(index)).toMatchObject({ kind: 'index' });
});

describe('nobody can say, and the answer says why', () => {
  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['gone', (response) => response.writeHead(404).end(), /no longer has this digest/],
    ['refused', (response) => response.writeHead(403).end(), /does not show/],
    ['too many requests', (response) => response.writeHead(429).end(), /takes no more requests/],
    ['in trouble', (response) => response.writeHead(500).end(), /answered 500/],
    ['cut off', (response) => response.destroy(), /cannot be reached/],
    ['something else', (response) => response.end('{"schemaVersion":2}'), /something else than was asked for/],
    ['endless', (response) => response.end('x'.repeat(5_000_000)), /more than 4 MiB/],
  ])('%s', async (_, refuse, why) => {
    answer = (_request, response) => {
      refuse(response);
    };
    expect(await resolve(index)).toMatchObject({ kind: 'unknown', why: expect.stringMatching(why) });
  });

  test('a reference that names no registry', async () => {
    expect(await resolve(index, { references: ['NOT A REFERENCE'] })).toMatchObject({ kind: 'unknown' });
  });

  test('a refusal is asked again after a while, and not before', async () => {
    answer = (_request, response) => response.writeHead(500).end();
    await resolve(index);
    await resolve(index);
    expect(asked).toHaveLength(1);
    answer = serveManifests;
    clock.advance(6 * 60_000);
    expect(await resolve(index)).toMatchObject({ kind: 'index' });
  });

  test.each<[string, Partial<LookUp>]>([
    ['whose pull secret is another', { pullers: [{ namespace: 'shop', pullSecrets: ['ann'], serviceAccount: '' }] }],
    ['who has it from another place', { references: ['shop/web:1', 'shop/cart:1'] }],
  ])('a refusal does not hold for one %s', async (_, differs) => {
    answer = (_request, response) => response.writeHead(403).end();
    expect(await resolve(index)).toMatchObject({ kind: 'unknown' });
    answer = serveManifests;
    const references = (differs.references ?? ['shop/web:1']).map((one) => `${host}/${one}`);
    expect(await resolve(index, { ...differs, references })).toMatchObject({ kind: 'index' });
  });
});

function digestOfBody(body: string): Digest {
  const parsed = parseDigest(createHash('sha256').update(body).digest('hex'));
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.digest;
}
