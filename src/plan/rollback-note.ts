// plan: the note that a rollback leaves on the workload itself, in the same write. A pass that was cut off right after it finds here
// what was done and why.
import { fieldsOf, parseJson } from '../api/json.js';
import type { ObservedTarget } from '../observe/observed.js';
import { type Digest, isDigest } from '../workload/digest.js';

/** A revision by the object that keeps it, and by its number as `kubectl rollout history` shows it. */
export interface RevisionName {
  readonly name: string;
  readonly number: number;
}

export interface RollbackNote {
  readonly from: RevisionName;
  readonly to: RevisionName;
  /** When it was made; names this rollback in Events and in the result. */
  readonly at: string;
  /** The policy that asked for it, `namespace/name`. */
  readonly policy: string;
  /** For which it was made. */
  readonly digests: readonly Digest[];
}

export function rollbackNoteText(note: RollbackNote): string {
  return JSON.stringify(note);
}

/** @returns undefined where there is none, or somebody edited it */
export function rollbackNoteOn({ rolledBack }: Pick<ObservedTarget, 'rolledBack'>): RollbackNote | undefined {
  const { from, to, at, policy, digests } = fieldsOf(rolledBack === undefined ? undefined : parseJson(rolledBack));
  const [before, after] = [nameIn(from), nameIn(to)];
  if (before === undefined || after === undefined || typeof at !== 'string' || Number.isNaN(Date.parse(at)))
    return undefined;
  const all: readonly unknown[] = Array.isArray(digests) ? digests : [];
  return {
    from: before,
    to: after,
    at,
    policy: typeof policy === 'string' ? policy : '',
    digests: all.filter((one): one is Digest => typeof one === 'string' && isDigest(one)),
  };
}

function nameIn(value: unknown): RevisionName | undefined {
  const { name, number } = fieldsOf(value);
  return typeof name === 'string' && typeof number === 'number' && Number.isInteger(number) && number >= 0
    ? { name, number }
    : undefined;
}
