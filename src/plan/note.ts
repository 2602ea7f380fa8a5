// plan: the note that a stop leaves on the workload itself, in the same write as the stop. What is restored comes from it.

import { fieldsOf, isObject, parseJson } from '../api/json.js';
import type { ObservedTarget } from '../observe/observed.js';
import { type Digest, isDigest } from '../workload/digest.js';
import { isStopped } from '../workload/stopped.js';

/** Field manager of every write to a workload; whoever else owns the field of the stop has changed it since. */
export const WORKLOAD_FIELD_MANAGER = 'kubexray-operator';

/** What a workload goes back to. A suspension and the label in a node selector are taken off, so there is nothing to keep of them. */
export type Before =
  { readonly by: 'replicas'; readonly replicas: number } | { readonly by: 'suspend' } | { readonly by: 'nodeSelector' };

/** What a note remembers of the put-backs before the stop that it is of. */
export interface PutBack {
  /** The field manager that did it last; empty where the API server does not tell. */
  readonly manager: string;
  /** How often since it was quiet. */
  readonly times: number;
  /** How often without a stop that held for long in between: what the wait grows by. */
  readonly inARow: number;
  /** When the stop was made that was put back first. */
  readonly since: string;
  /** When it was stopped again, last. */
  readonly at: string;
}

/** Who was told to leave the workload alone while it is stopped. */
export interface Paused {
  /** `before`: the value that Flux's annotation had; null where there was none. */
  readonly flux?: { readonly before: string | null };
  /** What was there before is kept on each ScaledObject. */
  readonly keda?: true;
}

export interface Note {
  readonly before: Before;
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
  /** Those of its pods, by which policies select it; only of a custom kind that keeps no template that we know of. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The PodDisruptionBudgets that the stop went beyond. */
  readonly budgets?: readonly string[];
  /** Absent where nobody has ended it before. */
  readonly putBack?: PutBack;
  readonly paused?: Paused;
  /** Why it was not rolled back instead, though the policy asks for that first. */
  readonly notRolledBack?: string;
}

/**
 * Nobody has touched it since we stopped it: the API server keeps who wrote the field. The label in a node selector is
 * ours alone, whoever wrote the rest of it. A zero that came through a scale subresource has no manager at all, since
 * autoscaling/v1 leaves zeros out; whoever writes one to the object itself has.
 */
export function isAsWeLeftIt(target: Pick<ObservedTarget, 'kind' | 'stop' | 'stopManager'>): boolean {
  if (!isStopped(target)) return false;
  if (target.stop.by === 'nodeSelector') return true;
  if (target.kind === 'Custom' && target.stopManager === undefined) return true;
  return target.stopManager === WORKLOAD_FIELD_MANAGER;
}

/** The note that stands on the workload itself, if it is one for its kind. */
export function noteOn({ note: text, stop }: Pick<ObservedTarget, 'note' | 'stop'>): Note | undefined {
  const note = parseNote(text);
  return note?.before.by === stop.by ? note : undefined;
}

/** @returns undefined for a text that is no note of ours: somebody edited it, and nothing is restored from it. */
export function parseNote(text: string | undefined): Note | undefined {
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { at, attempts, policy, digests, labels, budgets, putBack, paused, notRolledBack, ...rest } = {
    ...NOTHING,
    ...value,
  };
  const before = soundBefore(rest);
  const sound = Number.isInteger(attempts) && attempts > 0 && isTime(at) && typeof policy === 'string';
  return sound && before !== undefined
    ? {
        before,
        at,
        attempts,
        policy,
        digests: soundDigests(digests),
        ...soundLabels(labels),
        ...soundBudgets(budgets),
        ...soundPutBack(putBack),
        ...soundPaused(paused),
        ...(typeof notRolledBack === 'string' ? { notRolledBack } : {}),
      }
    : undefined;
}

export function noteText(note: Note): string {
  return JSON.stringify(note);
}

const NOTHING = {
  ...{ at: '', attempts: 0, policy: '', digests: {}, budgets: [] },
  ...{ labels: undefined, putBack: undefined, paused: undefined, notRolledBack: undefined },
};

/** The first release, which knew replicas only, wrote them beside the rest: `{"replicas": 3, …}`. */
function soundBefore(note: { readonly before?: unknown; readonly replicas?: unknown }): Before | undefined {
  const { by, replicas } = fieldsOf(note.before ?? { by: 'replicas', replicas: note.replicas });
  switch (by) {
    case 'replicas':
      return Number.isInteger(replicas) && Number(replicas) > 0 ? { by, replicas: Number(replicas) } : undefined;
    case 'suspend':
    case 'nodeSelector':
      return { by };
    default:
      return undefined;
  }
}

/** How a fight has gone is no matter of restoring: what is unsound of it is left out, and the rest of the note counts. */
function soundPutBack(value: unknown): Pick<Note, 'putBack'> {
  const { manager, times, inARow, since, at } = fieldsOf(value);
  const sound = isCount(times) && isCount(inARow) && isTime(since) && isTime(at) && typeof manager === 'string';
  return sound ? { putBack: { manager, times, inARow, since, at } } : {};
}

function soundPaused(value: unknown): Pick<Note, 'paused'> {
  const { flux, keda } = fieldsOf(value);
  const { before } = fieldsOf(flux);
  const paused: Paused = {
    ...(typeof before === 'string' || before === null ? { flux: { before } } : {}),
    ...(keda === true ? { keda } : {}),
  };
  return Object.keys(paused).length === 0 ? {} : { paused };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function soundDigests(value: unknown): Note['digests'] {
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  const sound = entries.filter(
    (entry): entry is [string, Digest] => typeof entry[1] === 'string' && isDigest(entry[1]),
  );
  return Object.fromEntries(sound);
}

function soundLabels(value: unknown): Pick<Note, 'labels'> {
  if (!isObject(value)) return {};
  const sound = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { labels: Object.fromEntries(sound) };
}

function soundBudgets(value: unknown): Pick<Note, 'budgets'> {
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  const sound = names.filter((name) => typeof name === 'string');
  return sound.length === 0 ? {} : { budgets: sound };
}

function isTime(text: unknown): text is string {
  return typeof text === 'string' && !Number.isNaN(Date.parse(text));
}
