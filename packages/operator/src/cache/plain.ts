// cache: which values are made of fields alone, so that they can be compared and frozen field by field.

/** Not an instance of a class; of whatever realm. */
export function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
