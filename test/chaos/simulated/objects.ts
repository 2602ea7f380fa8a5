// chaos/simulated: objects of the API server, and how a write changes them: merge patches, server-side apply, who owns which field.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
}

/** As it is stored; `owners` is what managedFields are made from. */
export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly [field: string]: unknown;
}

/** JSON that a client sends, or that is stored, by the type that it has there. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what it is is known where it is called
export function parsedAs<T>(text: string | undefined): T {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the operator is the only one who asks, and is typed itself
  return JSON.parse(text ?? '{}') as T;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386, and of strategic merge patches the one directive that is sent: `$patch: replace`. */
export function mergePatched(target: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isObject(patch)) return patch;
  const { $patch: directive, ...whole } = patch;
  if (directive === 'replace') return whole;
  const result: Record<string, Json | undefined> = { ...(isObject(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch))
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = mergePatched(result[key], value);
  return result;
}

/** Server-side apply of one manager by force; lists are taken as a whole. */
export function applied(target: Json | undefined, before: Json | undefined, next: Json | undefined): Json | undefined {
  if (!isObject(next)) return next;
  const result: Record<string, Json | undefined> = { ...(isObject(target) ? target : {}) };
  if (isObject(before)) for (const key of Object.keys(before)) if (!(key in next)) Reflect.deleteProperty(result, key);
  for (const [key, value] of Object.entries(next))
    result[key] = applied(result[key], isObject(before) ? before[key] : undefined, value);
  return result;
}

/** Which manager wrote which field last, by the field's path, a line for each step of it: keys of annotations hold a slash. */
export type Owners = ReadonlyMap<string, { readonly manager: string; readonly time: string }>;

/** An update makes its manager the owner of what it changes, and of nothing else. */
export function ownersAfter(
  owners: Owners,
  [before, after]: readonly [before: unknown, after: unknown],
  writer: { readonly manager: string; readonly time: string },
): Owners {
  const [old, fresh] = [leaves(before), leaves(after)];
  const next = new Map([...owners].filter(([path]) => fresh.has(path)));
  for (const [path, text] of fresh) if (old.get(path) !== text) next.set(path, writer);
  return next;
}

const OWNED = ['spec', 'metadata\nannotations', 'metadata\nlabels'];

function leaves(object: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const root of OWNED) {
    const value = root.split('\n').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), object);
    if (value !== undefined) collect(root, value, found);
  }
  return found;
}

function collect(path: string, value: unknown, into: Map<string, string>): void {
  if (!isObject(value)) {
    into.set(path, JSON.stringify(value));
    return;
  }
  for (const [key, inner] of Object.entries(value)) collect(`${path}\n${key}`, inner, into);
}

/** As metadata.managedFields has it. */
export function managedFields(owners: Owners): readonly object[] {
  const byManager = Map.groupBy(owners, ([, { manager }]) => manager);
  return [...byManager].map(([manager, fields]) => {
    const tree: Record<string, unknown> = {};
    for (const [path] of fields) {
      let at = tree;
      for (const key of path.split('\n')) {
        const known = at[`f:${key}`];
        const next = isRecord(known) ? known : {};
        at[`f:${key}`] = next;
        at = next;
      }
    }
    const time = fields
      .map(([, owner]) => owner.time)
      .toSorted()
      .at(-1);
    return { manager, operation: 'Update', apiVersion: 'apps/v1', time, fieldsType: 'FieldsV1', fieldsV1: tree };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
