// observe: who wrote a field, as the API server keeps it in `metadata.managedFields`.

/** The part of `metadata` that tells. A time is a text on the wire, and a Date in the types of the client. */
export interface WithManagers {
  readonly managedFields?: readonly Entry[];
}

interface Entry {
  readonly manager?: string;
  readonly time?: string | Date;
  readonly fieldsV1?: object;
  readonly subresource?: string;
}

/** @param field as in `['f:spec', 'f:replicas']` @returns of several managers that own it, the one that wrote last */
export function lastManagerOf(metadata: WithManagers | undefined, field: readonly string[]): string | undefined {
  return lastOf(metadata, ({ fieldsV1 }) => hasField(fieldsV1, field));
}

/**
 * Who set the replicas of a custom workload last. Only its definition tells which field they are, so what was written through
 * the scale subresource counts, and `spec.replicas`, which is the field nearly everywhere.
 */
export function lastManagerOfScale(metadata: WithManagers | undefined): string | undefined {
  return lastOf(metadata, (one) => one.subresource === 'scale' || hasField(one.fieldsV1, ['f:spec', 'f:replicas']));
}

export function managersOf(metadata: WithManagers | undefined, field: readonly string[]): readonly string[] {
  return (metadata?.managedFields ?? [])
    .filter(({ fieldsV1 }) => hasField(fieldsV1, field))
    .flatMap(({ manager }) => manager ?? []);
}

function lastOf(metadata: WithManagers | undefined, owns: (entry: Entry) => boolean): string | undefined {
  const owners = (metadata?.managedFields ?? []).filter(owns);
  return owners.toSorted((a, b) => String(a.time).localeCompare(String(b.time))).at(-1)?.manager;
}

function hasField(fields: unknown, [head, ...rest]: readonly string[]): boolean {
  if (head === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !(head in fields)) return false;
  return hasField(new Map<string, unknown>(Object.entries(fields)).get(head), rest);
}
