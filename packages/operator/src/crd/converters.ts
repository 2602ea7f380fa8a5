// crd: class-validator's notes → JSON schema, where class-validator-jsonschema says too little or too much for a CRD.
import { IS_NEGATIVE, IS_POSITIVE, IS_RFC_3339, MATCHES, MAX, MIN, ValidationTypes } from 'class-validator';
import type { JsonSchema } from './structural.js';

export class StringMapLimits {
  readonly maxProperties: number;
  /** Of each value, in characters. */
  readonly maxLength: number;

  constructor(limits: { readonly maxProperties: number; readonly maxLength: number }) {
    this.maxProperties = limits.maxProperties;
    this.maxLength = limits.maxLength;
  }
}

/** The name under which @StringMap() stands among class-validator's notes. */
export const STRING_MAP = 'stringMap';

interface ValidationNote {
  readonly constraints: readonly unknown[];
}

export const CONVERTERS: Readonly<Record<string, JsonSchema | ((note: ValidationNote) => JsonSchema)>> = {
  // The generator puts the class in, found by its identity and not by its name.
  [ValidationTypes.NESTED_VALIDATION]: { type: 'object' },
  // The library adds `type: number`, which would overwrite the `integer` of @IsInt().
  [MIN]: (note) => ({ minimum: numberOf(note) }),
  [MAX]: (note) => ({ maximum: numberOf(note) }),
  [IS_POSITIVE]: { exclusiveMinimum: 0 },
  [IS_NEGATIVE]: { exclusiveMaximum: 0 },
  [MATCHES]: (note) => ({ type: 'string', pattern: patternOf(note) }),
  [IS_RFC_3339]: { type: 'string', format: 'date-time' },
  [STRING_MAP]: mapOf,
};

function numberOf({ constraints: [limit] }: ValidationNote): number {
  if (typeof limit === 'number') return limit;
  throw new Error(`A limit is a number, not ${String(limit)}.`);
}

// The library drops the flags without a word, and the API server (RE2) could not be told of them.
function patternOf({ constraints: [pattern] }: ValidationNote): string {
  if (pattern instanceof RegExp && pattern.flags === '')
    return pattern.source.replaceAll(/\\(.)/gs, (pair, escaped) => (escaped === '/' ? '/' : pair));
  throw new Error(`@Matches() takes a regular expression without flags, not ${String(pattern)}.`);
}

function mapOf({ constraints: [limits] }: ValidationNote): JsonSchema {
  if (!(limits instanceof StringMapLimits)) throw new Error('@StringMap() takes its limits.');
  const { maxProperties, maxLength } = limits;
  return { type: 'object', maxProperties, additionalProperties: { type: 'string', maxLength } };
}
