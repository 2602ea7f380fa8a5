// api: types of field that several custom resources share, each the decorators of one field under one name.
import { all, Cel, Description } from '@dot-kube/operator/crd';
import {
  IsArray,
  IsInt,
  IsString,
  Length,
  Matches,
  MaxLength,
  Min,
  MinLength,
  ArrayMaxSize,
  ArrayMinSize,
  ValidateBy,
} from 'class-validator';
import { DURATION_MAX_LENGTH, DURATION_PATTERN } from '../duration.js';

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function Duration(): PropertyDecorator {
  return all(
    IsString(),
    MaxLength(DURATION_MAX_LENGTH),
    Written(DURATION_PATTERN, 'write a duration as 15m, 12h or 90d'),
  );
}

/**
 * A text in a form of its own. The API server's message for a `pattern` is the bare expression, which tells few people
 * what to write, so the schema has it as a rule with a sentence.
 */
export function Written(pattern: RegExp, message: string): PropertyDecorator {
  return all(matching(pattern, false), Cel(`self.matches(${celText(pattern)})`, message));
}

/** The same for each text of a list. */
export function EachWritten(pattern: RegExp, message: string): PropertyDecorator {
  return all(matching(pattern, true), Cel(`self.all(text, text.matches(${celText(pattern)}))`, message));
}

function matching(pattern: RegExp, each: boolean): PropertyDecorator {
  const validate = (value: unknown): boolean => typeof value === 'string' && pattern.test(value);
  return ValidateBy({ name: 'written', constraints: [pattern], validator: { validate } }, { each });
}

// A raw literal: CEL takes the expression as it stands. Both sides mean the same by what is used here (RE2 syntax).
function celText({ source }: RegExp): string {
  return `r'${source}'`;
}

/** The name of a Kubernetes object. */
export function ObjectName(): PropertyDecorator {
  return all(IsString(), Length(1, 253), Matches(DNS_SUBDOMAIN));
}

export function Text(maxLength: number): PropertyDecorator {
  return all(IsString(), MaxLength(maxLength));
}

export function Count(): PropertyDecorator {
  return all(IsInt(), Min(0));
}

export interface TextListLimits {
  readonly minItems?: number;
  readonly maxItems: number;
  readonly minLength?: number;
  readonly maxLength: number;
}

export function TextList({ minItems, maxItems, minLength, maxLength }: TextListLimits): PropertyDecorator {
  return all(
    IsArray(),
    ...(minItems === undefined ? [] : [ArrayMinSize(minItems)]),
    ArrayMaxSize(maxItems),
    IsString({ each: true }),
    ...(minLength === undefined ? [] : [MinLength(minLength, { each: true })]),
    MaxLength(maxLength, { each: true }),
  );
}

/** A description as part of a field's type. */
export function Described(text: string): PropertyDecorator {
  const describe = Description(text);
  return (target, field) => {
    describe(target, field);
  };
}
