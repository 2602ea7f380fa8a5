// resource: JSON of which nothing is known yet. Pure.

/** A JSON object: no list, and not null. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
