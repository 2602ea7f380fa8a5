// plan: the note that a stop leaves on the workload itself, in the same write as the zero. What is restored comes from it.

import type { ObservedScalable } from '../observe/observed.js';
import { type Digest, isDigest } from '../workload/digest.js';

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
  /**
   * The digests that were stopped, by the reference that they had: once no pod runs, nobody else can tell them, and
   * whatever else keeps them (the result) is written after the stop and may be lost.
   */
  readonly digests: Readonly<Record<string, Digest>>;
}

/** Nobody has touched the replicas since we set them to zero: the API server keeps who wrote the field. */
export function isAsWeLeftIt({
  replicas,
  replicasManager,
}: Pick<ObservedScalable, 'replicas' | 'replicasManager'>): boolean {
  return replicas === 0 && replicasManager === WORKLOAD_FIELD_MANAGER;
}

/** @returns undefined for a text that is no note of ours: somebody edited it, and nothing is restored from it. */
export function parseNote(text: string | undefined): Note | undefined {
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { replicas, at, attempts, policy, digests } = {
    replicas: 0,
    at: '',
    attempts: 0,
    policy: '',
    digests: {},
    ...value,
  };
  const sound =
    Number.isInteger(replicas) &&
    replicas > 0 &&
    Number.isInteger(attempts) &&
    attempts > 0 &&
    isTime(at) &&
    typeof policy === 'string';
  return sound ? { replicas, at, attempts, policy, digests: soundDigests(digests) } : undefined;
}

export function noteText(note: Note): string {
  return JSON.stringify(note);
}

function soundDigests(value: unknown): Note['digests'] {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  const sound = entries.filter(
    (entry): entry is [string, Digest] => typeof entry[1] === 'string' && isDigest(entry[1]),
  );
  return Object.fromEntries(sound);
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
