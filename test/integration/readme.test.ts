// What the README tells a user to apply: the API server takes it under strict validation, and the operator understands it.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ClusterXrayPolicySpec, XrayExceptionSpec, XrayPolicySpec } from '../../src/api/v1alpha1/types.js';
import { compileException } from '../../src/evaluate/exception.js';
import { compileClusterPolicy, compilePolicy } from '../../src/evaluate/policy.js';
import { kubectl } from '../cluster/kubectl.js';
import { aNamespace } from '../builders/manifests.js';
import { apply, installOperator } from './harness.js';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

const blocks = [...readFileSync('README.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
const manifests = blocks.flatMap((text) =>
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server is asked about the whole of it
  parseAllDocuments(text).map((document) => document.toJS() as Manifest),
);

beforeAll(async () => {
  await installOperator('http://127.0.0.1:1');
  // Another file may have had one of this name, and it may still be on its way out.
  await kubectl(['delete', 'namespace', 'shop', '--ignore-not-found', '--timeout=60s']);
  await apply(aNamespace('shop'));
}, 120_000);

test('there is one of each kind that a user writes', () => {
  expect(manifests.map(({ kind }) => kind).sort()).toEqual([
    'ClusterXrayPolicy',
    'XrayConnection',
    'XrayException',
    'XrayPolicy',
  ]);
});

describe('the API server takes', () => {
  test.each(manifests.map((manifest) => [manifest.kind, manifest] as const))('the %s', async (_, manifest) => {
    const input = JSON.stringify(manifest);
    const said = await kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
    expect(said).toMatch(/(created|configured|unchanged) \(server dry run\)/);
    const misspelt = JSON.stringify({ ...manifest, spec: { ...manifest.spec, mistake: true } });
    await expect(
      kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input: misspelt }),
    ).rejects.toThrow(/unknown field "spec.mistake"/);
  });
});

/* eslint-disable @typescript-eslint/no-unsafe-type-assertion -- its shape is what the API server has just vouched for */
test('the operator understands each', () => {
  for (const { kind, metadata, spec } of manifests) {
    const { namespace = '', name } = metadata;
    const creationTimestamp = '2026-12-01T00:00:00Z';
    if (kind === 'XrayPolicy') expect(compilePolicy({ namespace, name }, spec as XrayPolicySpec).ok).toBe(true);
    if (kind === 'ClusterXrayPolicy')
      expect(compileClusterPolicy({ name }, spec as ClusterXrayPolicySpec).ok).toBe(true);
    if (kind === 'XrayException')
      expect(compileException({ namespace, name, creationTimestamp }, spec as XrayExceptionSpec).ok).toBe(true);
  }
});
