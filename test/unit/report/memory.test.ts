import { expect, test } from '@jest/globals';
import type { ResultImage } from '../../../src/api/v1alpha1/types.js';
import type { Note } from '../../../src/plan/note.js';
import { rememberedDigests } from '../../../src/report/memory.js';
import { aDigest, now } from '../../builders/builders.js';

const image = (digest: string, revision: ResultImage['revision'] = 'Current'): ResultImage => ({
  reference: 'shop/web:1',
  digest,
  containers: [],
  revision,
  state: 'Scanned',
  firstSeen: now.toISOString(),
});
const note: Note = {
  replicas: 3,
  at: now.toISOString(),
  attempts: 1,
  policy: 'shop/base',
  digests: { 'shop/web:1': aDigest('b') },
};

test('the result remembers which digest a reference had', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'))] }, undefined)).toEqual(
    new Map([['shop/web:1', aDigest('a')]]),
  );
});

test('a digest of an older revision is not the one that would run now', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'), 'Previous')] }, undefined).size).toBe(0);
});

test('what is no digest is not remembered', () => {
  expect(rememberedDigests({ images: [image('sha256:1')] }, undefined).size).toBe(0);
});

test('a result that was lost, or never written, is made good by the note of the stop', () => {
  expect(rememberedDigests(undefined, note)).toEqual(new Map([['shop/web:1', aDigest('b')]]));
});

test('the note, written with the stop itself, is newer than the result', () => {
  expect(rememberedDigests({ images: [image(aDigest('a'))] }, note)).toEqual(new Map([['shop/web:1', aDigest('b')]]));
});
