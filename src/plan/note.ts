// plan: the note that a stop leaves on the workload itself, in the same write as the zero. What is restored comes from it.

/** Field manager of every write to a workload; whoever else owns `spec.replicas` has changed it since. */
export const WORKLOAD_FIELD_MANAGER = 'kubexray-operator';

export interface Note {
  /** Replicas to go back to. */
  readonly replicas: number;
  /** When it was stopped; names this stop in Events and in the result. */
  readonly at: string;
  /** How often it was stopped without the cause having gone in between. */
  readonly attempts: number;
  /** The policy that asked for it, `namespace/name`. */
  readonly policy: string;
}

/** @returns undefined for a text that is no note of ours: somebody edited it, and nothing is restored from it. */
export function parseNote(text: string | undefined): Note | undefined {
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { replicas, at, attempts, policy } = { replicas: 0, at: '', attempts: 0, policy: '', ...value };
  const sound =
    Number.isInteger(replicas) &&
    replicas > 0 &&
    Number.isInteger(attempts) &&
    attempts > 0 &&
    isTime(at) &&
    typeof policy === 'string';
  return sound ? { replicas, at, attempts, policy } : undefined;
}

export function noteText(note: Note): string {
  return JSON.stringify(note);
}

function isTime(text: unknown): boolean {
  return typeof text === 'string' && !Number.isNaN(Date.parse(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
