// cli: looks into objects whose shape nobody has checked yet: manifests, and what the API server keeps of built-in kinds.

/** @returns undefined where a step of the path is not there */
export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, step) => {
    if (typeof at !== 'object' || at === null) return undefined;
    const found: unknown = Object.getOwnPropertyDescriptor(at, step)?.value;
    return found;
  }, value);
}

/** @returns '' where there is no text */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = field(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Its texts only. */
export function textsAt(value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, string>> {
  const found = field(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
  const entries: [string, unknown][] = Object.entries(found);
  return Object.fromEntries(entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])));
}
