// For every rule of a schema, an object that breaks it: made from an object that keeps them all and the schema itself, so that
// a rule that comes to the schema comes to the test.
import type { StructuralSchema } from '@dot-kube/operator/crd';

export interface Breaker {
  /** As the API server writes it, as in `spec.workloads[0].name`. */
  readonly path: string;
  readonly rule: string;
  /** What the API server has to say of it, in its own words. */
  readonly says: RegExp;
  readonly value: unknown;
}

type Path = readonly (string | number)[];

const ABSENT = Symbol('absent');

/** Rules that are said by JSON schema; those in CEL are told by name. @param at where the schema stands in the object */
export function breakersOf(schema: StructuralSchema, at: Path, value: unknown): readonly Breaker[] {
  if (value === undefined) return [];
  return [...own(schema, at, value), ...ofFields(schema, at, value), ...ofItems(schema, at, value)];
}

interface Break {
  readonly says: RegExp;
  readonly value: unknown;
}

/** How each keyword of a schema is broken; those that say nothing of values are not here. */
const breaks: Readonly<Record<string, (limit: unknown, value: unknown) => Break | undefined>> = {
  type: (type) => ({
    says: /must be of type|write a time/,
    value: type === 'object' || type === 'array' ? 'text' : [],
  }),
  enum: () => ({ says: /supported values: /, value: 'Nonsense' }),
  pattern: () => ({ says: /should match/, value: '!! ??' }),
  format: () => ({ says: /must be of type date-time/, value: 'tomorrow' }),
  minLength: () => ({ says: /should be at least/, value: '' }),
  maxLength: (limit) => ({ says: /[Mm]ay not be more than/, value: 'a'.repeat(Number(limit) + 1) }),
  minimum: (limit) => ({ says: /greater than or equal to/, value: Number(limit) - 1 }),
  maximum: (limit) => ({ says: /less than or equal to/, value: Number(limit) + 1 }),
  minItems: () => ({ says: /should have at least/, value: [] }),
  maxItems: (limit, value) => ({ says: /must have at most/, value: tooMany(value, Number(limit)) }),
  maxProperties: (limit) => ({ says: /must have at most/, value: manyProperties(Number(limit) + 1) }),
  'x-kubernetes-list-type': (type, value) =>
    type === 'set' ? { says: /Duplicate value/, value: [firstOf(value), firstOf(value)] } : undefined,
};

function own(schema: StructuralSchema, at: Path, value: unknown): readonly Breaker[] {
  return Object.entries(schema).flatMap(([rule, limit]) => {
    const found = breaks[rule]?.(limit, value);
    return found === undefined ? [] : [{ path: pathText(at), rule, ...found }];
  });
}

function ofFields(schema: StructuralSchema, at: Path, value: unknown): readonly Breaker[] {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0 || typeof value !== 'object' || value === null) return [];
  const values = new Map<string, unknown>(Object.entries(value));
  const required = (schema.required ?? []).map((name) => {
    const says = /Required value/;
    return { path: pathText([...at, name]), rule: 'required', says, value: ABSENT };
  });
  const unknown = { path: pathText([...at, 'unheardOf']), rule: 'unknown field', says: /unknown field/, value: 1 };
  return [
    ...required,
    unknown,
    ...fields.flatMap(([name, field]) => breakersOf(field, [...at, name], values.get(name))),
  ];
}

function ofItems({ items }: StructuralSchema, at: Path, value: unknown): readonly Breaker[] {
  if (items === undefined || !Array.isArray(value)) return [];
  return breakersOf(items, [...at, 0], firstOf(value));
}

/** The object with one thing in it broken. */
export function broken(object: unknown, { path, value }: Pick<Breaker, 'path' | 'value'>): unknown {
  return put(object, partsOf(path), value);
}

function put(object: unknown, [head, ...rest]: Path, value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(object)) {
    const items: readonly unknown[] = object;
    return items.map((item, i) => (i === head ? put(item, rest, value) : item));
  }
  const fields = new Map<string, unknown>(Object.entries(typeof object === 'object' && object !== null ? object : {}));
  if (rest.length === 0 && value === ABSENT) fields.delete(String(head));
  else fields.set(String(head), put(fields.get(String(head)), rest, value));
  return Object.fromEntries(fields);
}

function partsOf(path: string): Path {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);
}

function tooMany(value: unknown, max: number): unknown {
  const first = firstOf(value);
  return Array.from({ length: max + 1 }, (_, i) => (typeof first === 'string' ? `CVE-2026-${10_000 + i}` : first));
}

function manyProperties(count: number): unknown {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
}

function firstOf(value: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items[0];
}
