// chaos/model: reads the notes that the operator leaves on workloads.

/** What a stop noted that there was. */
export function notedReplicas(note: string | undefined): number | undefined {
  if (note === undefined) return undefined;
  const before = fieldOf(JSON.parse(note), 'before');
  const by = fieldOf(before, 'by');
  if (by === 'suspend' || by === 'nodeSelector') return 1;
  const replicas = fieldOf(before, 'replicas');
  return typeof replicas === 'number' ? replicas : undefined;
}

/** A first stop, which says nothing of a rollback. */
export function isUnexplained(note: string | undefined): boolean {
  const read: unknown = JSON.parse(note ?? '{}');
  return fieldOf(read, 'attempts') === 1 && fieldOf(read, 'notRolledBack') === undefined;
}

/** For which a rollback was made. */
export function digestsIn(note: string | undefined): ReadonlySet<unknown> {
  const digests = fieldOf(JSON.parse(note ?? '{}'), 'digests');
  return new Set(Array.isArray(digests) ? digests : []);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
