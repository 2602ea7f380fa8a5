// crd: turns the JSON schema of class-validator-jsonschema into a structural one, which is all that the API server takes.
import type { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { CelRule, Json } from './notes.js';

export type JsonSchema = ReturnType<typeof targetConstructorToSchema>;
type JsonSchemaOrRef = NonNullable<JsonSchema['items']>;

/** What may stand inside `not`, `allOf`, `anyOf` and `oneOf`: it restricts values and declares nothing (KEP-2335). */
interface ValueValidation {
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly Json[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly not?: ValueValidation;
  readonly allOf?: readonly ValueValidation[];
  readonly anyOf?: readonly ValueValidation[];
  readonly oneOf?: readonly ValueValidation[];
}

export interface StructuralSchema extends ValueValidation {
  readonly description?: string;
  readonly type?: string;
  readonly default?: Json;
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
}

const KEPT = [
  'format',
  'pattern',
  'enum',
  'minLength',
  'maxLength',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
] as const satisfies readonly (keyof JsonSchema)[];

/** @throws Error that names the field, where the schema says what no structural schema can. */
export function structural(source: JsonSchemaOrRef, path: string): StructuralSchema {
  const schema = withoutRef(source, path);
  if (typeof schema.type !== 'string')
    throw new Error(`${path} has no single type; add a decorator such as @IsString().`);
  if (schema.uniqueItems === true)
    throw new Error(`${path} has @ArrayUnique(), which CRDs do not know; use @ListSet().`);
  return {
    type: schema.type,
    ...validations(schema, path),
    ...(schema.items === undefined ? {} : { items: structural(schema.items, `${path}[]`) }),
    ...additionalProperties(schema, path),
  };
}

function additionalProperties({ additionalProperties: values }: JsonSchema, path: string): StructuralSchema {
  if (values === undefined) return {};
  if (typeof values === 'boolean') throw new Error(`${path} is a map without a type; use @StringMap().`);
  return { additionalProperties: structural(values, `${path}.*`) };
}

function withoutRef(schema: JsonSchemaOrRef, path: string): JsonSchema {
  if (!isRef(schema)) return schema;
  throw new Error(`${path} refers to ${schema.$ref}, and CRDs know no references; use @Nested() or @NestedList().`);
}

function isRef(schema: JsonSchemaOrRef): schema is Exclude<JsonSchemaOrRef, JsonSchema> {
  return '$ref' in schema;
}

function validations(schema: JsonSchema, path: string): ValueValidation {
  const not = schema.not === undefined ? {} : validations(withoutRef(schema.not, path), path);
  return {
    ...pick(schema, KEPT),
    ...limit('minimum', 'exclusiveMinimum', schema),
    ...limit('maximum', 'exclusiveMaximum', schema),
    // @IsDefined() gives `not: {type: 'null'}`; without its type nothing is left of it, and `required` says the same.
    ...(Object.keys(not).length === 0 ? {} : { not }),
    ...junctor('allOf', schema, path),
    ...junctor('anyOf', schema, path),
    ...junctor('oneOf', schema, path),
  };
}

function junctor(keyword: 'allOf' | 'anyOf' | 'oneOf', schema: JsonSchema, path: string): ValueValidation {
  const members = schema[keyword];
  return members === undefined
    ? {}
    : { [keyword]: members.map((member) => validations(withoutRef(member, path), path)) };
}

// OpenAPI 3.0 says `minimum: 0, exclusiveMinimum: true` where JSON schema says `exclusiveMinimum: 0`, beside which it may have
// a `minimum`, too: the narrower of the two holds.
function limit(
  inclusive: 'minimum' | 'maximum',
  exclusive: 'exclusiveMinimum' | 'exclusiveMaximum',
  schema: JsonSchema,
): ValueValidation {
  const { [exclusive]: bound, [inclusive]: other } = schema;
  if (typeof bound === 'number') {
    const isOtherNarrower = other !== undefined && (inclusive === 'minimum' ? other > bound : other < bound);
    return isOtherNarrower ? { [inclusive]: other } : { [inclusive]: bound, [exclusive]: true };
  }
  return { ...pick(schema, [inclusive]), ...(bound === true ? { [exclusive]: true } : {}) };
}

function pick<T, K extends keyof T>(source: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) {
    if (source[key] !== undefined) picked[key] = source[key];
  }
  return picked;
}
