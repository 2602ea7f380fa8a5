import { describe, expect, test } from '@jest/globals';
import { digestInPath, imageFolder, likelyPlaces } from '../../../src/scan/artifact-path.js';
import { aDigest } from '../../builders/builders.js';

const hex = 'a'.repeat(64);

test.each([
  'default/docker-local/shop/cart/1',
  'default/docker-local/shop/cart/1/',
  '/default/docker-local/shop/cart/1/manifest.json',
  'default/docker-local/shop/cart/1/list.manifest.json',
])('%s is one folder', (path) => {
  expect(imageFolder(path)).toBe('default/docker-local/shop/cart/1');
});

test.each([
  [`default/r/shop/cart/sha256:${hex}/manifest.json`, aDigest('a')],
  [`default/r-cache/library/nginx/sha256__${hex.toUpperCase()}/`, aDigest('a')],
  ['default/r/shop/cart/1/manifest.json', undefined],
  ['', undefined],
])('%s carries %s', (path, digest) => {
  expect(digestInPath(path)).toBe(digest);
});

describe('an image may lie', () => {
  test.each([
    [
      'acme.jfrog.io/docker-local/shop/cart:1',
      ['docker-local/shop/cart/1/manifest.json', 'acme/docker-local/shop/cart/1/manifest.json'],
    ],
    ['docker-local.acme.example/cart:1', ['docker-local/cart/1/manifest.json']],
    ['nginx', ['library/nginx/latest/manifest.json', 'registry-1/library/nginx/latest/manifest.json']],
    [`host.example/r/cart@sha256:${hex}`, [`r/cart/sha256:${hex}/manifest.json`]],
    [`host.example/r/cart:1@sha256:${hex}`, ['r/cart/1/manifest.json']],
    ['Not A Reference', []],
  ])('%s: at %j', (reference, paths) => {
    const places = likelyPlaces([reference]).map(({ repository, path }) => `${repository}/${path}`);
    expect(places).toEqual(expect.arrayContaining(paths));
    if (paths.length === 0) expect(places).toEqual([]);
  });
});
