// What pages show of an object and nobody applies: its fields are those of the CRD, and so are the words that it has for them.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { sectionOf } from '../../docs/page.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly type?: string;
}

/** Where it is not as the schema has it, as `.history[0].act`. */
function strange(value: unknown, schema: Schema | undefined, place = ''): readonly string[] {
  if (schema === undefined) return [place];
  if (Array.isArray(value)) return value.flatMap((item, i) => strange(item, schema.items, `${place}[${i}]`));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, of]) => strange(of, schema.properties?.[key], `${place}.${key}`));
  return schema.enum?.includes(value) === false ? [`${place}: ${String(value)}`] : [];
}

function schemaOf(plural: string): Schema {
  const file = `crds/${plural}.yaml`;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a test holds it against the classes that it is printed from
  const crd = parse(readFileSync(file, 'utf8')) as {
    spec: { versions: readonly { schema: { openAPIV3Schema: Schema } }[] };
  };
  return crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
}

function excerpt(page: string, heading: string): unknown {
  const [step] = sectionOf(page, heading).steps;
  if (step?.kind !== 'save') throw new Error(`docs/${page} has no excerpt under "${heading}"`);
  return parse(step.text);
}

test('the history in a result', () => {
  const status = schemaOf('xrayscanresults').properties?.['status'];
  const shown = excerpt('enforcement.md', 'The audit trail');
  expect(strange(shown, status)).toEqual([]);
  expect(strange({ history: [{ act: 'Teleported', wrong: 1 }] }, status)).toEqual([
    '.history[0].act: Teleported',
    '.history[0].wrong',
  ]);
});

test('a policy with a rollback', () => {
  expect(strange(excerpt('policy.md', 'Rollback before a stop'), schemaOf('xraypolicies'))).toEqual([]);
});
