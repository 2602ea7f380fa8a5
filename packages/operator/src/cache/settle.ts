// cache: makes an object fit to be shared by all: what it has in common with others is one copy, and nobody can change it any more.
// Freezing costs about 2 % of what parsing the object cost, so it is done in production too: a reader that changes what
// all others see is a fault that shows far from where it is.
import type { Interner } from './interner.js';
import { isPlain } from './plain.js';
import { isSameValue } from './same.js';

/** Each object has its own, so there is no copy to share. */
const UNIQUE: ReadonlySet<string> = new Set(['uid', 'name', 'resourceVersion', 'creationTimestamp']);
const NONE: ReadonlySet<string> = new Set();

/**
 * Works on `object` itself and gives it back.
 *
 * @param alike settled objects of which some fields are likely the same, as all pods of a ReplicaSet have one owner, the same labels
 *   and the same containers: it takes those over
 */
export function settle<T extends object>(object: T, interner: Interner, alike: readonly T[] = []): T {
  for (const other of alike) takeOver(object, other);
  settleValue(object, interner, UNIQUE);
  return object;
}

function takeOver<T extends object>(object: T, other: T): void {
  for (const name in object) if (isSameValue(object[name], other[name])) object[name] = other[name];
}

function settleValue(value: object, interner: Interner, unique: ReadonlySet<string>): void {
  if (Object.isFrozen(value)) return; // shared by the projection itself
  if (Array.isArray(value)) settleItems(value, interner);
  else if (isPlain(value)) settleFields(value, interner, unique);
  // A Map, a Date or an instance of somebody's class has its own ways; it is only frozen itself.
  Object.freeze(value);
}

function settleItems(items: unknown[], interner: Interner): void {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item === 'string') items[i] = interner.text(item);
    else if (typeof item === 'object' && item !== null) settleValue(item, interner, NONE);
  }
}

function settleFields(fields: Record<string, unknown>, interner: Interner, unique: ReadonlySet<string>): void {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === 'string') {
      if (!unique.has(name)) fields[name] = interner.text(value);
    } else if (typeof value === 'object' && value !== null) settleValue(value, interner, NONE);
  }
}
