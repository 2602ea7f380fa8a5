// client: what has to be done to one JSON value so that it equals another, as a JSON patch (RFC 6902). Pure.
import { isObject } from '../resource/json.js';

export type PatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/**
 * Field by field. A list is gone through item by item where none came or went, and replaced as a whole else: where an item
 * stands in the list is all that a patch could say of it, and a shorter patch would be a guess at which it was.
 */
export function patchBetween(before: unknown, after: unknown): readonly PatchOperation[] {
  return [...steps(before, after, '')];
}

function* steps(before: unknown, after: unknown, path: string): Generator<PatchOperation> {
  if (Object.is(before, after)) return;
  if (isList(before) && isList(after) && before.length === after.length)
    for (const [i, item] of after.entries()) yield* steps(before[i], item, `${path}/${i}`);
  else if (isObject(before) && isObject(after)) yield* stepsInObject(before, after, path);
  else yield { op: 'replace', path, value: after };
}

function* stepsInObject(before: object, after: object, path: string): Generator<PatchOperation> {
  const [old, wanted] = [new Map(Object.entries(before)), new Map<string, unknown>(Object.entries(after))];
  for (const name of old.keys()) if (!wanted.has(name)) yield { op: 'remove', path: `${path}/${escaped(name)}` };
  for (const [name, value] of wanted) {
    const at = `${path}/${escaped(name)}`;
    if (old.has(name)) yield* steps(old.get(name), value, at);
    else yield { op: 'add', path: at, value };
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

// RFC 6901, section 3; labels and annotations have slashes in their names.
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
