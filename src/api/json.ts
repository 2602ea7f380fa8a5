// api: JSON that anybody may have written (an annotation, a note, a body), as far as it can be read.

export type Fields = Readonly<Record<string, unknown>>;

/** @returns undefined for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** None of what is no object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
