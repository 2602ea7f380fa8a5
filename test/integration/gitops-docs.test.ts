// The manifests of docs/gitops.md are what they say: those of Kubernetes' own kinds are taken by the API server, the others are
// whole objects, and what they name is what the operator really writes.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { contenderOf } from '../../src/plan/contention-managers.js';
import { WORKLOAD_FIELD_MANAGER } from '../../src/plan/note.js';
import { kubectl } from '../cluster/kubectl.js';
import { type Manifest, sectionsOf } from '../docs/page.js';
import { aNamespace } from '../builders/manifests.js';
import { apply } from './harness.js';

const page = readFileSync('docs/gitops.md', 'utf8');

const manifests = sectionsOf('docs/gitops.md').flatMap(({ steps }) =>
  steps.flatMap((step) => (step.kind === 'apply' ? step.manifests : [])),
);

const isOwn = ({ apiVersion }: Manifest): boolean => /^(apps|autoscaling)\//u.test(apiVersion);

beforeAll(async () => {
  // Another file may have had one of this name, and it may still be on its way out.
  await kubectl(['delete', 'namespace', 'shop', '--ignore-not-found', '--timeout=120s']);
  await apply(aNamespace('shop'));
}, 180_000);
afterAll(async () => {
  await kubectl(['delete', 'namespace', '--wait=false', 'shop']);
}, 30_000);

test('there is one for each of the tools', () => {
  expect(manifests.map(({ kind }) => kind)).toEqual([
    'Application',
    'Deployment',
    'HelmRelease',
    'HorizontalPodAutoscaler',
    'ScaledObject',
  ]);
});

describe('taken by the API server, strictly', () => {
  test.each(manifests.filter(isOwn).map((manifest) => [manifest.kind, manifest]))(
    '%s',
    async (_, manifest) => {
      const args = ['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', '-'];
      await kubectl(args, { input: JSON.stringify(manifest) });
    },
    30_000,
  );
});

test.each(manifests.filter((one) => !isOwn(one)))('$kind is a whole object', ({ apiVersion, metadata, spec }) => {
  expect(apiVersion).toMatch(/^[a-z.]+\/v[0-9a-z]+$/u);
  expect([typeof metadata.name, typeof metadata.namespace]).toEqual(['string', 'string']);
  expect(spec).toBeInstanceOf(Object);
});

test('Argo CD is told the manager that the operator writes as', () => {
  const [application] = manifests;
  expect(application?.spec).toMatchObject({
    ignoreDifferences: [{ managedFieldsManagers: [WORKLOAD_FIELD_MANAGER] }],
    syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] },
  });
});

test('the table of managers is the one that the operator goes by', () => {
  const rows = [...page.matchAll(/^\| `PutBackBy(\w+)` +\| (.*?) \|$/gmu)];
  expect(rows.length).toBe(7);
  for (const [, contender = '', text = ''] of rows)
    for (const [, manager = ''] of text.matchAll(/`([^`]+)`/gu))
      expect([manager, contenderOf(manager)]).toEqual([manager, contender]);
});
