import { customResourceDefinition, type StructuralSchema } from '@dot-kube/operator/crd';
import { describe, expect, test } from '@jest/globals';
import { ClusterXrayPolicy } from '../../../src/api/v1alpha1/cluster-xray-policy.js';
import { XrayConnection } from '../../../src/api/v1alpha1/xray-connection.js';
import { XrayException } from '../../../src/api/v1alpha1/xray-exception.js';
import { XrayPolicy } from '../../../src/api/v1alpha1/xray-policy.js';
import { XrayScanResult } from '../../../src/api/v1alpha1/xray-scan-result.js';

const definitions = [ClusterXrayPolicy, XrayConnection, XrayException, XrayPolicy, XrayScanResult].map((kind) =>
  customResourceDefinition(kind),
);
const kinds = definitions.map((definition) => [definition.spec.names.kind, definition] as const);

/** Each field below the root, with its path. */
function fields(schema: StructuralSchema, path: string): [string, StructuralSchema][] {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [`${path}.${name}`, field] as const,
  );
  const items = schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const];
  const values = schema.additionalProperties === undefined ? [] : [[`${path}.*`, schema.additionalProperties] as const];
  return [...properties, ...items, ...values].flatMap(([here, field]) => [[here, field], ...fields(field, here)]);
}

function ofUs(definition: (typeof definitions)[number]): [string, StructuralSchema][] {
  const root = definition.spec.versions[0]?.schema.openAPIV3Schema ?? {};
  return fields(root, '').filter(([path]) => path.startsWith('.spec') || path.startsWith('.status'));
}

const pathsWhere = (definition: (typeof definitions)[number], holds: (schema: StructuralSchema) => boolean): string[] =>
  ofUs(definition).flatMap(([path, schema]) => (holds(schema) ? [path] : []));

describe.each(kinds)('%s', (_, definition) => {
  test('is in the category kubexray, has a short name and a status of its own', () => {
    expect(definition.spec.names.categories).toEqual(['kubexray']);
    expect(definition.spec.names.shortNames).toHaveLength(1);
    expect(definition.spec.versions[0]?.subresources).toEqual({ status: {} });
  });

  test('bounds every text', () => {
    const open = pathsWhere(
      definition,
      ({ type, maxLength, enum: values, format }) =>
        type === 'string' && maxLength === undefined && values === undefined && format === undefined,
    );
    expect(open).toEqual([]);
  });

  test('bounds every list and every map', () => {
    const open = pathsWhere(
      definition,
      ({ type, maxItems, additionalProperties, maxProperties }) =>
        (type === 'array' && maxItems === undefined) ||
        (additionalProperties !== undefined && maxProperties === undefined),
    );
    expect(open).toEqual([]);
  });

  test('says of every list how it is merged', () => {
    const open = pathsWhere(
      definition,
      (schema) => schema.type === 'array' && schema['x-kubernetes-list-type'] === undefined,
    );
    expect(open).toEqual([]);
  });

  test('requires nothing for which it has a default', () => {
    const both = ofUs(definition).flatMap(([path, { required = [], properties = {} }]) =>
      required.filter((name) => properties[name]?.default !== undefined).map((name) => `${path}.${name}`),
    );
    expect(both).toEqual([]);
  });

  test('knows its conditions by their type', () => {
    const conditions = new Map(ofUs(definition)).get('.status.conditions');
    expect(conditions).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
  });

  test('shows columns only from fields that there are', () => {
    const paths = new Set(ofUs(definition).map(([path]) => path));
    const columns = definition.spec.versions[0]?.additionalPrinterColumns ?? [];
    const named = columns.map(({ jsonPath }) => jsonPath.replaceAll(/\[[^\]]*\]/g, '[]'));
    expect(named.filter((path) => !paths.has(path) && path !== '.metadata.creationTimestamp')).toEqual([]);
  });
});

test.each([XrayPolicy, ClusterXrayPolicy])('the schema of a policy and of its last valid spec are one (%p)', (kind) => {
  const policy = new Map(ofUs(customResourceDefinition(kind)));
  expect(policy.get('.status.lastValid.spec')?.properties).toEqual(policy.get('.spec')?.properties);
});

test('both kinds of policy have the same rules', () => {
  const [cluster, team] = [ClusterXrayPolicy, XrayPolicy].map(
    (kind) => new Map(ofUs(customResourceDefinition(kind))).get('.spec')?.properties,
  );
  for (const field of ['mode', 'unscanned', 'security', 'license'])
    expect([field, cluster?.[field]]).toEqual([field, team?.[field]]);
});
