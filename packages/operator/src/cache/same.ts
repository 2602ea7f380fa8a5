// cache: whether two projections say the same. Plain data only: what is no plain data is the same only where it is the
// very same object.
import { isPlain } from './plain.js';

/** @param but a field of both objects that does not count */
export function isSame(a: object, b: object, but: string): boolean {
  return isPlain(a) && isPlain(b) && isSameFields(a, b, but);
}

export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (Array.isArray(a)) return Array.isArray(b) && isSameItems(a, b);
  return isPlain(a) && isPlain(b) && isSameFields(a, b);
}

function isSameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => isSameValue(item, b[i]));
}

function isSameFields(a: Record<string, unknown>, b: Record<string, unknown>, but?: string): boolean {
  let left = Object.keys(b).length;
  for (const name of Object.keys(a)) {
    if (!Object.hasOwn(b, name)) return false;
    if (name !== but && !isSameValue(a[name], b[name])) return false;
    left--;
  }
  return left === 0;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
