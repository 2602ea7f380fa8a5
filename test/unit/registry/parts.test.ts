import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseChallenge, tokenUrl } from '../../../src/registry/challenge.js';
import { credentialsFor, credentialsIn } from '../../../src/registry/docker-config.js';
import { type IndexEntry, manifestsFor } from '../../../src/registry/platform.js';
import { parseReference } from '../../../src/registry/reference.js';
import { aDigest } from '../../builders/builders.js';

describe('a reference names', () => {
  test.each([
    ['nginx', 'registry-1.docker.io', 'library/nginx', 'latest'],
    ['nginx:1.27', 'registry-1.docker.io', 'library/nginx', '1.27'],
    ['docker.io/bitnami/redis:7', 'registry-1.docker.io', 'bitnami/redis', '7'],
    ['acme.jfrog.io/docker/shop/cart:2', 'acme.jfrog.io', 'docker/shop/cart', '2'],
    ['localhost:5000/web', 'localhost:5000', 'web', 'latest'],
    [`ghcr.io/acme/web:1@${aDigest('a')}`, 'ghcr.io', 'acme/web', '1'],
    [`ghcr.io/acme/web@${aDigest('a')}`, 'ghcr.io', 'acme/web', 'latest'],
  ])('%s: %s %s %s', (text, registry, repository, tag) => {
    expect(parseReference(text)).toMatchObject({ registry, repository, tag });
  });

  test.each([
    '',
    'UPPER/case',
    'a b',
    'host.example/../etc',
    'host.example//x',
    'x:',
    'evil.example/x?y',
    '@',
    'a#b/c',
  ])('"%s" nothing', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  test('whatever is written, only a host, a path and a tag come out', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = parseReference(text);
        if (found === undefined) return;
        const url = new URL(`https://${found.registry}/v2/${found.repository}/manifests/x`);
        expect(url.pathname).toBe(`/v2/${found.repository}/manifests/x`);
        expect(url.username + url.search + url.hash).toBe('');
      }),
    );
  });
});

describe('a pull secret', () => {
  const auth = Buffer.from('ann:pa:ss').toString('base64');
  function secret(auths: object): Record<string, string> {
    return { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
  }

  test('holds user and password, together or apart', () => {
    expect(credentialsIn(secret({ 'a.example': { auth }, 'b.example': { username: 'bob', password: 'x' } }))).toEqual([
      { place: 'a.example', username: 'ann', password: 'pa:ss' },
      { place: 'b.example', username: 'bob', password: 'x' },
    ]);
  });

  test('of the older kind is read too', () => {
    const old = { '.dockercfg': Buffer.from(JSON.stringify({ 'a.example': { auth } })).toString('base64') };
    expect(credentialsIn(old)).toMatchObject([{ username: 'ann' }]);
  });

  test.each([[{}], [{ '.dockerconfigjson': 'bm9uc2Vuc2U=' }], [secret({ x: null, y: { auth: 'bm8=' } })]])(
    '%j holds nothing',
    (data) => {
      expect(credentialsIn(data)).toEqual([]);
    },
  );

  test.each([
    ['a.example', true],
    ['https://a.example', true],
    ['https://a.example/v2/', true],
    ['*.example', true],
    ['a.*', true],
    ['a.example/team', true],
    ['a.example/team/app', true],
    ['a.example/tea', false],
    ['b.example', false],
    ['*.a.example', false],
    ['a.example:5000', false],
    ['a.example.evil', false],
  ])('for %s is meant for a.example/team/app: %s', (place, isMeant) => {
    const all = [{ place, username: 'u', password: 'p' }];
    expect(credentialsFor({ registry: 'a.example', repository: 'team/app' }, all)).toHaveLength(Number(isMeant));
  });

  test('for Docker Hub has many names', () => {
    const all = ['https://index.docker.io/v1/', 'docker.io'].map((place) => ({ place, username: 'u', password: 'p' }));
    expect(credentialsFor({ registry: 'registry-1.docker.io', repository: 'library/nginx' }, all)).toHaveLength(2);
  });

  test('the one for the longest place comes first', () => {
    const all = ['a.example', 'a.example/team'].map((place) => ({ place, username: place, password: 'p' }));
    const [first] = credentialsFor({ registry: 'a.example', repository: 'team/app' }, all);
    expect(first?.username).toBe('a.example/team');
  });
});

describe('of an index', () => {
  const entry = (hexDigit: string, os: string, architecture: string, variant?: string): IndexEntry => ({
    digest: aDigest(hexDigit),
    os,
    architecture,
    variant,
  });
  const entries = [
    entry('1', 'linux', 'amd64'),
    entry('2', 'linux', 'arm', 'v6'),
    entry('3', 'linux', 'arm', 'v7'),
    entry('4', 'windows', 'amd64'),
    entry('5', 'unknown', 'unknown'),
  ];

  test.each([
    [[{ os: 'linux', architecture: 'amd64' }], ['1']],
    [[{ os: 'linux', architecture: 'arm' }], ['2', '3']],
    [
      [
        { os: 'linux', architecture: 'amd64' },
        { os: 'windows', architecture: 'amd64' },
      ],
      ['1', '4'],
    ],
    [[{ os: 'linux', architecture: 's390x' }], []],
    [[], ['1', '2', '3', '4']],
  ])('nodes %j run %j', (platforms, digits) => {
    expect(manifestsFor(entries, platforms)).toEqual(digits.map(aDigest));
  });
});

describe('a registry that asks', () => {
  test('for a token says where it is to be had', () => {
    const challenge = parseChallenge('Bearer realm="https://auth.example/token",service="registry.example",scope="x"');
    expect(challenge).toMatchObject({ kind: 'bearer', service: 'registry.example' });
    if (challenge.kind !== 'bearer') return;
    expect(tokenUrl(challenge, 'shop/web').href).toBe(
      'https://auth.example/token?service=registry.example&scope=repository%3Ashop%2Fweb%3Apull',
    );
  });

  test.each([
    ['Basic realm="x"', 'basic'],
    ['Bearer realm="not a url"', 'none'],
    ['Negotiate', 'none'],
    [undefined, 'none'],
  ])('%s: %s', (header, kind) => {
    expect(parseChallenge(header).kind).toBe(kind);
  });
});
