import { describe, expect, test } from '@jest/globals';
import type { ResultImage } from '../../../src/api/v1alpha1/types.js';
import { type Note, noteText } from '../../../src/plan/note.js';
import { noteInForce, rememberedDigests } from '../../../src/report/memory.js';
import { aDigest, aScalable, now } from '../../builders/builders.js';

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

describe('the note of a stop', () => {
  const record = {
    action: 'ScaledDown' as const,
    phase: 'Done' as const,
    at: note.at,
    workloadUid: 'uid-web',
    replicas: 3,
    reason: 'PolicyViolated',
    message: '',
    attempts: 2,
  };
  const asWeLeftIt = { replicas: 0, replicasManager: 'kubexray-operator' };

  test('is the one on the workload, where there is one', () => {
    expect(noteInForce(aScalable({ ...asWeLeftIt, note: noteText(note) }), { enforcement: record })).toEqual(note);
  });

  test('that kubectl rollout undo took away is made good by the result', () => {
    expect(noteInForce(aScalable(asWeLeftIt), { enforcement: record })).toMatchObject({ replicas: 3, attempts: 2 });
  });

  test.each([
    ["the zero is somebody else's", { replicas: 0, replicasManager: 'kubectl' }, record],
    ['somebody set the replicas since', { replicas: 2, replicasManager: 'kubectl' }, record],
    ['the record is of a former workload of that name', asWeLeftIt, { ...record, workloadUid: 'uid-former' }],
    ['the stop is over', asWeLeftIt, { ...record, action: 'Restored' as const }],
    ['the record names no replicas', asWeLeftIt, { ...record, replicas: 0 }],
  ])('is not made up where %s', (_, scalable, enforcement) => {
    expect(noteInForce(aScalable(scalable), { enforcement })).toBeUndefined();
  });
});
