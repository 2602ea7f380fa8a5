// crd: decorated classes → CustomResourceDefinitions, as plain objects ready to be written or applied.
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { CONVERTERS } from './converters.js';
import {
  type Class,
  type CustomResourceOptions,
  type KindNotes,
  kindNotesOf,
  type Notes,
  notesOf,
  type ScaleOptions,
} from './notes.js';
import { type JsonSchema, structural, type StructuralSchema } from './structural.js';

interface PrinterColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

export interface CustomResourceDefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: true;
  readonly deprecationWarning?: string;
  readonly subresources: { readonly status: Readonly<Record<string, never>>; readonly scale?: ScaleOptions };
  readonly additionalPrinterColumns: readonly PrinterColumnDefinition[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly CustomResourceDefinitionVersion[];
  };
}

/**
 * @param kindClass the class; of several versions all their classes, the first being the one in which objects are stored.
 *   Between them the API server changes nothing but `apiVersion`, so each has to understand the fields of the others, unless a
 *   `spec.conversion` is added that names a web hook (`convert` of `@dot-kube/operator/webhook`).
 * @throws Error that names the class or field and the decorator that it lacks
 */
export function customResourceDefinition(kindClass: Class | readonly [Class, ...Class[]]): CustomResourceDefinition {
  const [first, ...rest]: readonly [Class, ...Class[]] = isList(kindClass) ? kindClass : [kindClass];
  const stored = notedOf(first);
  const others = rest.map(notedOf);
  assertOneKind(stored, others);
  const { resource } = stored;
  const { group, plural, kind, singular, shortNames, categories } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories },
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      versions: [stored, ...others].map((each) => versionOf(each, each === stored)),
    },
  };
}

function isList(kindClass: Class | readonly [Class, ...Class[]]): kindClass is readonly [Class, ...Class[]] {
  return Array.isArray(kindClass);
}

interface Noted {
  readonly type: Class;
  readonly resource: CustomResourceOptions;
  readonly notes: Omit<KindNotes, 'resource'>;
}

function notedOf(type: Class): Noted {
  const { resource, ...notes } = kindNotesOf(type);
  if (resource === undefined) throw new Error(`${type.name} is no custom resource; add @CustomResource().`);
  return { type, resource, notes };
}

/** What has to be the same in all versions. */
const SHARED = ['group', 'plural', 'kind', 'singular', 'namespaced'] as const;

function assertOneKind(stored: Noted, others: readonly Noted[]): void {
  const versions = new Set([stored.resource.version]);
  for (const { type, resource } of others) {
    const differs = SHARED.find((name) => resource[name] !== stored.resource[name]);
    if (differs !== undefined) throw new Error(`${type.name} and ${stored.type.name} differ in ${differs}.`);
    if (versions.has(resource.version)) throw new Error(`${type.name} is version ${resource.version} a second time.`);
    versions.add(resource.version);
  }
}

function versionOf({ type, resource, notes }: Noted, storage: boolean): CustomResourceDefinitionVersion {
  const { version, kind, served = true, deprecated, scale } = resource;
  const { columns, selectable } = notes;
  return {
    name: version,
    served,
    storage,
    ...(deprecated === undefined ? {} : { deprecated: true, deprecationWarning: deprecated }),
    subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
    additionalPrinterColumns: columns,
    ...(selectable.length === 0 ? {} : { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) }),
    schema: { openAPIV3Schema: rootSchema(type, kind) },
  };
}

function rootSchema(kindClass: Class, kind: string): StructuralSchema {
  const { properties, ...root } = schemaOf(kindClass, kind, []);
  return {
    ...root,
    properties: {
      apiVersion: {
        description: 'The group and version of the schema that this object is written in.',
        type: 'string',
      },
      kind: { description: `Always ${kind}.`, type: 'string' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}

type Described = StructuralSchema & { readonly description: string };
type ObjectSchema = StructuralSchema & Required<Pick<StructuralSchema, 'properties'>>;

/** `within` are the classes around this one: a class inside itself would give a schema without end. */
function schemaOf(type: Class, path: string, within: readonly Class[]): ObjectSchema {
  if (within.includes(type))
    throw new Error(`${path} holds ${type.name} within itself; CRDs know no recursive schema.`);
  const source = targetConstructorToSchema(type, { additionalConverters: { ...CONVERTERS } });
  const fields = Object.keys(source.properties ?? {});
  if (fields.length === 0) throw new Error(`${type.name} has no decorated field.`);
  const properties = fields.map((field): [string, StructuralSchema] => [
    field,
    fieldSchema(source, notesOf(type, field), { field, path: `${path}.${field}`, within: [...within, type] }),
  ]);
  return objectOf(notesOnly(notesOf(type), path), source.required, Object.fromEntries(properties));
}

interface Place {
  readonly field: string;
  readonly path: string;
  readonly within: readonly Class[];
}

function fieldSchema(source: JsonSchema, notes: Notes, { field, path, within }: Place): StructuralSchema {
  const own = structural(source.properties?.[field] ?? {}, path);
  if (notes.nested === undefined) return inOrder(withContents(own, path), notesOnly(notes, path));
  const nested = schemaOf(notes.nested(), path, within);
  if (own.type === 'array') return { ...inOrder(own, notesOnly(notes, path)), items: nested };
  return objectOf(notesOnly(notes, path, nested), nested.required, nested.properties);
}

function objectOf(
  notes: Described,
  required: readonly string[] | undefined,
  properties: ObjectSchema['properties'],
): ObjectSchema {
  return { ...inOrder({ type: 'object' }, notes), ...(required === undefined ? {} : { required }), properties };
}

/** The API server would drop whatever stands in an object without declared contents. */
function withContents(schema: StructuralSchema, path: string): StructuralSchema {
  const value = schema.items ?? schema;
  if (value.type !== 'object' || value.additionalProperties !== undefined) return schema;
  throw new Error(`${path} is an object without contents; use @Nested(), @NestedList() or @StringMap().`);
}

/** The order in which people read: what it is, what it may be, what is done with it, what is in it. */
function inOrder({ items, ...own }: StructuralSchema, { description, ...notes }: Described): StructuralSchema {
  return { description, ...own, ...notes, ...(items === undefined ? {} : { items }) };
}

/** The field's own words go before those of its class; the rules of both hold. */
function notesOnly(notes: Notes, path: string, nested: StructuralSchema = {}): Described {
  const description = notes.description ?? nested.description;
  if (description === undefined) throw new Error(`${path} has no @Description(); say what kubectl explain is to show.`);
  const rules = [...notes.rules, ...(nested['x-kubernetes-validations'] ?? [])];
  return {
    description,
    ...(notes.default === undefined ? {} : { default: notes.default }),
    ...notes.extensions,
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  };
}
