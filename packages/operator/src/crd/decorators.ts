// crd: the decorators that say of a class what class-validator's can't: how it stands in the API server and in `kubectl explain`.
import 'reflect-metadata'; // class-transformer's @Type reads it
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsObject, IsOptional, IsRFC3339, ValidateBy, ValidateNested } from 'class-validator';
import { STRING_MAP, StringMapLimits } from './converters.js';
import {
  type Class,
  type CustomResourceOptions,
  type Json,
  kindNotesOf,
  type Notes,
  notesOf,
  type PrinterColumnOptions,
} from './notes.js';

type OnClassOrField = (target: object, field?: string | symbol) => void;

/** Applies several decorators as one, so that a type of field can have a name. */
export function all(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, field) => {
    for (const decorate of decorators.toReversed()) decorate(target, field);
  };
}

/** The class is the root of a custom resource; its fields are `spec` and `status`. */
export function CustomResource(options: CustomResourceOptions): (target: Class) => void {
  return (target) => {
    kindNotesOf(target).resource = options;
  };
}

/** A column of `kubectl get`; columns stand in the order in which they are written. */
export function PrinterColumn(column: PrinterColumnOptions): (target: Class) => void {
  return (target) => {
    kindNotesOf(target).columns.unshift(column); // decorators run from the last to the first
  };
}

/** Lets `kubectl get --field-selector` ask for it; `jsonPath` as in `.status.verdict`. */
export function SelectableField(jsonPath: string): (target: Class) => void {
  return (target) => {
    kindNotesOf(target).selectable.unshift(jsonPath);
  };
}

/** What `kubectl explain` says. The generator refuses a field without it. */
export function Description(text: string): OnClassOrField {
  return note((notes) => {
    notes.description = text;
  });
}

/** What the API server fills in, which makes the field optional for the user. */
export function Default(value: Json): PropertyDecorator {
  return all(
    IsOptional(),
    note((notes) => {
      notes.default = value;
    }),
  );
}

/** A rule that the API server checks, on a field or on a whole object; `message` tells what to change. */
export function Cel(rule: string, message: string, options: { readonly fieldPath?: string } = {}): OnClassOrField {
  return note((notes) => {
    notes.rules.unshift({ rule, message, ...options });
  });
}

/** The items of the list are told apart by these fields, so that several managers can each own their items. */
export function ListMap(...keys: readonly [string, ...string[]]): PropertyDecorator {
  return extension({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/** The list holds no value twice, and several managers can each own theirs. */
export function ListSet(): PropertyDecorator {
  return extension({ 'x-kubernetes-list-type': 'set' });
}

/** The list is replaced as a whole; so is everything not said to be a map or a set. */
export function ListAtomic(): PropertyDecorator {
  return extension({ 'x-kubernetes-list-type': 'atomic' });
}

/** The object, or the map, is replaced as a whole. */
export function MapAtomic(): PropertyDecorator {
  return extension({ 'x-kubernetes-map-type': 'atomic' });
}

/** The value is an object of that class. */
export function Nested(type: () => Class): PropertyDecorator {
  // @ValidateNested() alone lets a missing object pass.
  return all(IsObject(), ValidateNested(), Type(constructorOf(type)), nestedNote(type));
}

/** The value is a list of objects of that class. */
export function NestedList(type: () => Class, limits: { readonly max: number }): PropertyDecorator {
  return all(
    IsArray(),
    ArrayMaxSize(limits.max),
    ValidateNested({ each: true }),
    Type(constructorOf(type)),
    nestedNote(type),
  );
}

/** The value maps texts to texts. */
export function StringMap(options: { readonly maxProperties: number; readonly maxLength: number }): PropertyDecorator {
  const limits = new StringMapLimits(options);
  return ValidateBy({
    name: STRING_MAP,
    constraints: [limits],
    validator: {
      validate: (value) => isStringMap(value, limits),
      defaultMessage: () => '$property must be an object with texts as values',
    },
  });
}

/** A point in time as Kubernetes writes it: RFC 3339. */
export function Timestamp(): PropertyDecorator {
  return IsRFC3339();
}

function note(write: (notes: Notes) => void): OnClassOrField {
  return (target, field) => {
    write(field === undefined ? notesOf(target) : notesOf(target.constructor, field.toString()));
  };
}

function extension(keywords: Readonly<Record<string, Json>>): PropertyDecorator {
  return note((notes) => Object.assign(notes.extensions, keywords));
}

function nestedNote(type: () => Class): PropertyDecorator {
  return note((notes) => {
    notes.nested = type;
  });
}

// class-transformer asks for a `Function`, which is all that it can check of a class.
function constructorOf(type: () => Class): () => Class {
  return () => type();
}

function isStringMap(value: unknown, { maxProperties, maxLength }: StringMapLimits): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const texts: unknown[] = Object.values(value);
  return texts.length <= maxProperties && texts.every((text) => typeof text === 'string' && text.length <= maxLength);
}
