// Every rule of every schema, broken once and sent to the API server: it is refused, at the right field, in words.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CustomResourceDefinition, customResourceDefinition, type StructuralSchema } from '@dot-kube/operator/crd';
import { ClusterXrayPolicy } from '../../src/api/v1alpha1/cluster-xray-policy.js';
import { XrayConnection } from '../../src/api/v1alpha1/xray-connection.js';
import { XrayException } from '../../src/api/v1alpha1/xray-exception.js';
import { XrayPolicy } from '../../src/api/v1alpha1/xray-policy.js';
import { XrayScanResult } from '../../src/api/v1alpha1/xray-scan-result.js';
import { kubectl } from '../cluster/kubectl.js';
import { type Answer, type DryRun, openDryRun } from './dry-run.js';
import { aNamespace } from '../builders/manifests.js';
import { apply, installOperator } from './harness.js';
import { type Breaker, broken, breakersOf } from './schema-breakers.js';

const namespace = 'schema-rules';
const selector = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }],
};
const actions = {
  deployments: 'ScaleDown',
  statefulSets: 'Delete',
  daemonSets: 'ScaleDown',
  replicaSets: 'ScaleDown',
  replicationControllers: 'ScaleDown',
  jobs: 'ScaleDown',
  cronJobs: 'ScaleDown',
  pods: 'Delete',
  default: 'Ignore',
  allowDataLoss: true,
};
const rules = {
  mode: 'Enforce',
  rollback: 'PreviousCompliant',
  workloadSelector: selector,
  unscanned: { gracePeriod: '15m', maxScanAge: '90d', exemptImages: ['registry.k8s.io/*'], actions },
  security: {
    minSeverity: 'High',
    minCvssScore: 7.5,
    onlyFixable: true,
    onlyApplicable: true,
    ignoredVulnerabilities: ['CVE-2021-44228'],
    source: 'Violations',
    gracePeriod: '72h',
    actions,
  },
  license: { denied: ['AGPL-3.0-*'], unknown: 'Deny', source: 'Findings', actions },
  notify: [{ name: 'channel', secretRef: { name: 'slack' }, format: 'Slack', events: ['Enforced'] }],
};
const allowing = { ...rules, license: { allowed: ['MIT'], unknown: 'Deny', actions } };
const ofCluster = { tier: 'Required', namespaceSelector: selector, exceptions: 'Allowed', maxExceptionDuration: '30d' };
const exception = {
  workloadSelector: selector,
  workloads: [{ kind: 'Deployment', name: 'web' }],
  images: ['shop/*'],
  vulnerabilities: ['CVE-2021-44228', 'XRAY-94543'],
  licenses: ['AGPL-3.0-only'],
  unscanned: true,
  reason: 'not reachable',
  expiresAt: '2027-01-31T00:00:00Z',
};
const connection = {
  url: 'https://acme.jfrog.io',
  credentialsSecretRef: { name: 'xray' },
  caBundle: '-----BEGIN CERTIFICATE-----',
  timeout: '30s',
  pollInterval: '1m',
  resyncInterval: '1h',
  rateLimit: { requestsPerSecond: 10, burst: 20, concurrency: 4 },
  batchSize: 10,
  indexResolution: 'Registry',
  kubeMetadata: { clusterUrl: 'https://prod-1.example.com:6443' },
  webhook: { tokenSecretRef: { name: 'hook' }, tlsSecretRef: { name: 'hook-tls' } },
};
const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '1' };

interface Kind {
  readonly definition: CustomResourceDefinition;
  /** Together they fill every field of the spec. */
  readonly full: readonly object[];
}

const kinds: readonly Kind[] = [
  { definition: customResourceDefinition(XrayPolicy), full: [rules, allowing] },
  {
    definition: customResourceDefinition(ClusterXrayPolicy),
    full: [
      { ...ofCluster, ...rules },
      { ...ofCluster, ...allowing },
    ],
  },
  { definition: customResourceDefinition(XrayException), full: [exception] },
  { definition: customResourceDefinition(XrayConnection), full: [connection] },
  { definition: customResourceDefinition(XrayScanResult), full: [{ workloadRef }] },
];

const NEVER_CHANGE = 'apiVersion, kind and name never change; a result for another workload is another object';

let server: DryRun;

beforeAll(async () => {
  await installOperator('http://127.0.0.1:1');
  await apply(aNamespace(namespace));
  server = openDryRun();
}, 60_000);

afterAll(async () => {
  await server.close();
  await kubectl(['delete', 'namespace', '--wait=false', namespace]);
});

async function send({ spec }: CustomResourceDefinition, object: unknown): Promise<Answer> {
  const place = spec.scope === 'Namespaced' ? { namespace } : {};
  const { kind, plural } = spec.names;
  const whole = Object.assign(
    { apiVersion: 'kubexray.io/v1alpha1', kind, metadata: { name: 'one', ...place } },
    object,
  );
  return server.create(plural, whole);
}

function specOf({ spec }: CustomResourceDefinition): StructuralSchema {
  return spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'] ?? {};
}

interface Found {
  readonly path: string;
  readonly message: string;
}

/** The rules in CEL below a schema. */
function celRules(schema: StructuralSchema, path: string): readonly Found[] {
  const here = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => ({ path, message }));
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => celRules(field, `${path}.${name}`));
  return [...here, ...fields, ...(schema.items === undefined ? [] : celRules(schema.items, `${path}[0]`))];
}

/** What breaks each rule in CEL, by a part of its message. A rule that stands nowhere here fails the test. */
const breaksCel: readonly (readonly [message: string, value: unknown])[] = [
  ['the policy checks nothing', { tier: 'Required', mode: 'Audit' }],
  ['maxExceptionDuration needs', { ...ofCluster, ...rules, exceptions: 'Forbidden' }],
  ['In and NotIn need', { key: 'tier', operator: 'In' }],
  ['Exists and DoesNotExist take', { key: 'tier', operator: 'Exists', values: ['front'] }],
  ['write a duration', '3 weeks'],
  ['must be longer than 0', '0s'],
  ['no image reference holds white space', ['shop/web 1']],
  ['write each id', ['GHSA-jfh8-c2jp-5v3q']],
  ['denied and allowed exclude', { denied: ['GPL-*'], allowed: ['MIT'] }],
  ['the rule denies nothing', {}],
  ['the exception says for nothing', { licenses: ['MIT'], reason: 'why', expiresAt: '2027-01-31T00:00:00Z' }],
  ['the exception waives nothing', { images: ['shop/*'], reason: 'why', expiresAt: '2027-01-31T00:00:00Z' }],
  ['write the kind as', 'deployment!'],
  ['an exception names each license', ['GPL-*']],
  ['say why in a few words', '  '],
  ['write a time of this century', '1999-12-31T00:00:00Z'],
  ['must be an http or https URL', 'ftp://acme'],
  ['must not carry a user', 'https://me:secret@acme.jfrog.io'],
  ['must end before', 'https://acme.jfrog.io?a=b'],
];

// The object says nothing of a cluster's fields where it is a team's.
function forKind(kind: string, value: unknown): unknown {
  if (kind !== 'XrayPolicy' || typeof value !== 'object' || value === null || !('tier' in value)) return value;
  const { tier, ...others } = value;
  return tier === undefined ? value : others;
}

describe.each(kinds.map((kind) => [kind.definition.spec.names.kind, kind] as const))(
  '%s',
  (_name, { definition, full }) => {
    test('what keeps all rules is accepted', async () => {
      for (const spec of full) expect(await send(definition, { spec })).toMatchObject({ status: 201 });
    });

    const breakers = full.flatMap((spec) =>
      breakersOf(specOf(definition), ['spec'], spec).map((breaker) => ({ spec, breaker })),
    );
    const distinct = new Map(breakers.map((one) => [`${one.breaker.path} ${one.breaker.rule}`, one]));

    test('the objects of the test fill every field, so that no rule is left out', () => {
      const filled = new Set(breakers.map(({ breaker }) => breaker.path.replaceAll(/\[0\]/g, '[]')));
      const all = fieldsOf(specOf(definition), 'spec');
      expect(all.filter((path) => !filled.has(path))).toEqual([]);
    });

    test.each([...distinct])('%s', async (_, { spec, breaker }) => {
      const answer = await send(definition, broken({ spec }, breaker));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.message).toMatch(breaker.says);
      expect(namesField(answer, breaker)).toBe(true);
    });
  },
);

const inCel = kinds.flatMap(({ definition, full: [spec] }) =>
  celRules(specOf(definition), 'spec')
    .filter(({ message }) => message !== NEVER_CHANGE)
    .map(
      (rule) => [`${definition.spec.names.kind} ${rule.path}: ${rule.message}`, { definition, spec, rule }] as const,
    ),
);

test.each(inCel)('%s', async (_, { definition, spec, rule: { path, message } }) => {
  const [, value] = breaksCel.find(([part]) => message.includes(part)) ?? [];
  expect(value).toBeDefined();
  const answer = await send(definition, broken({ spec }, { path, value: forKind(definition.spec.names.kind, value) }));
  expect(answer.status).toBe(422);
  expect(answer.message).toContain(message);
  expect(answer.causes.some(({ field = '' }) => field.startsWith(path))).toBe(true);
});

test('a result never comes to be of another workload', async () => {
  const of = (ref: object): object => ({
    apiVersion: 'kubexray.io/v1alpha1',
    kind: 'XrayScanResult',
    metadata: { namespace, name: 'deployment-web' },
    spec: { workloadRef: ref },
  });
  await apply(of(workloadRef));
  await apply(of({ ...workloadRef, uid: '2' }));
  await expect(apply(of({ ...workloadRef, name: 'other' }))).rejects.toThrow(NEVER_CHANGE);
});

function fieldsOf(schema: StructuralSchema, path: string): readonly string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    `${path}.${name}`,
    ...fieldsOf(field, `${path}.${name}`),
  ]);
  return schema.items === undefined ? below : [...below, ...fieldsOf(schema.items, `${path}[]`)];
}

/** Strict decoding says the field in its message, validation in its causes. */
function namesField({ causes, message }: Answer, { path }: Breaker): boolean {
  const last = path.split('.').at(-1) ?? path;
  return causes.some(({ field = '' }) => field.startsWith(path)) || message.includes(last.replace(/\[\d+\]$/, ''));
}
