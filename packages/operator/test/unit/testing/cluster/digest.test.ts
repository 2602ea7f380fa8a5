import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { digestOf, normalisedReference } from '../../../../src/testing/cluster/digest.js';

const given = `sha256:${'a'.repeat(64)}`;

describe('normalisedReference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['team/app', 'docker.io/team/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry:5000/app:1', 'registry:5000/app:1'],
    ['ghcr.io/team/app', 'ghcr.io/team/app:latest'],
    ['ghcr.io/team/group/app:2', 'ghcr.io/team/group/app:2'],
  ])('%s is %s', (reference, normalised) => {
    expect(normalisedReference(reference)).toBe(normalised);
  });
});

describe('digestOf', () => {
  it.each([
    ['without a tag', `ghcr.io/team/app@${given}`],
    ['with a tag', `ghcr.io/team/app:2@${given}`],
  ])('is the digest in the reference, %s', (_how, reference) => {
    expect(digestOf(reference)).toBe(given);
  });

  it('is the hash of the normalised reference when there is none', () => {
    const hash = createHash('sha256').update('docker.io/library/nginx:latest').digest('hex');
    expect(digestOf('nginx')).toBe(`sha256:${hash}`);
    expect(digestOf('docker.io/library/nginx:latest')).toBe(digestOf('nginx'));
    expect(digestOf('nginx:1.27')).not.toBe(digestOf('nginx'));
  });
});
