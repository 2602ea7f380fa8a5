// api: types of field that several custom resources share, each the decorators of one field under one name.
import { all } from '@dot-kube/operator/crd';
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
} from 'class-validator';
import { DURATION_MAX_LENGTH, DURATION_PATTERN } from '../duration.js';

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function Duration(): PropertyDecorator {
  return all(IsString(), MaxLength(DURATION_MAX_LENGTH), Matches(DURATION_PATTERN));
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
