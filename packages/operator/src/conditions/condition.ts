// conditions: the form of metav1.Condition, set by value. Pure, and a door of its own so that pure code may use it.

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, never empty; part of the API of whoever sets it. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, to the second. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/**
 * Puts `next` in the place of the condition of its type, or at the end. The transition time moves only when the
 * status does. Where nothing changes, the very same array comes back.
 */
export function withCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  now: Date,
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === next.type);
  if (before === undefined) return [...conditions, { ...next, lastTransitionTime: toSeconds(now) }];
  if (isSame(before, next)) return conditions;
  const lastTransitionTime = before.status === next.status ? before.lastTransitionTime : toSeconds(now);
  return conditions.map((condition) => (condition === before ? { ...next, lastTransitionTime } : condition));
}

function isSame(a: Condition, b: Omit<Condition, 'lastTransitionTime'>): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

// The API server keeps no more than seconds (metav1.Time).
function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
