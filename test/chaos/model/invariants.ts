// chaos/model: what must hold of every write to a workload, and of the whole at rest. It hears of all changes, whoever made them.
import { type Action, keyOf, type WorkloadKind } from '../story/world.js';
import { isAtLeast, type Judged, type Model } from './model.js';

export const NOTE = 'kubexray.io/stopped';

/** A workload as the API server has it. */
export interface Workload extends Judged {
  readonly replicas: number;
  /** The operator's annotation. */
  readonly note: string | undefined;
  readonly claims: { readonly whenScaled: string; readonly whenDeleted: string };
  /** All else of its spec, as text: nobody but its owner may change it. */
  readonly rest: string;
}

export interface Change {
  readonly by: 'operator' | 'user';
  readonly atMs: number;
  readonly before: Workload | undefined;
  readonly after: Workload | undefined;
}

export interface Invariants {
  readonly model: Model;
  readonly isProtected: (namespace: string) => boolean;
  readonly fail: (what: string) => void;
}

export interface Tally {
  readonly stopped: number;
  readonly restored: number;
  readonly deleted: number;
  readonly released: number;
}

export class Audit {
  readonly #ports: Invariants;
  /** The replicas that its owner last set, by uid. */
  readonly #wanted = new Map<string, number>();
  readonly #deletedByOperator = new Set<string>();
  tally: Tally = { stopped: 0, restored: 0, deleted: 0, released: 0 };

  constructor(ports: Invariants) {
    this.#ports = ports;
  }

  changed(change: Change): void {
    const { by, before, after, atMs } = change;
    if (after !== undefined) this.#ports.model.seen(after, after.replicas > 0, atMs);
    if (by === 'operator') this.#acted(change);
    else if (after === undefined) this.#wanted.delete(before?.uid ?? '');
    else if (before?.replicas !== after.replicas) this.#wanted.set(after.uid, after.replicas);
  }

  wantedOf({ uid }: Judged): number | undefined {
    return this.#wanted.get(uid);
  }

  wasDeletedByOperator(kind: WorkloadKind, namespace: string, name: string): boolean {
    return this.#deletedByOperator.has(keyOf({ kind, namespace, name }));
  }

  #acted(change: Change): void {
    const { before, after } = change;
    if (before === undefined) return this.#fail(change, 'the operator made a workload');
    if (this.#ports.isProtected(before.namespace)) this.#fail(change, 'it acted in a protected namespace');
    if (after === undefined) return this.#deleted(change, before);
    if (before.rest !== after.rest) this.#fail(change, 'it changed more than replicas and its note');
    if (before.replicas > 0 && after.replicas === 0) return this.#stopped(change, before, after);
    if (before.replicas === 0 && after.replicas > 0) return this.#restored(change, before, after);
    if (before.note !== undefined && after.note === undefined && before.replicas === after.replicas)
      return this.#released(change, after);
    this.#fail(change, `a write that decides nothing: ${before.replicas} to ${after.replicas} replicas`);
  }

  #deleted(change: Change, before: Workload): void {
    this.#count('deleted');
    this.#deletedByOperator.add(keyOf(before));
    this.#wanted.delete(before.uid);
    if (before.claims.whenDeleted === 'Delete') this.#fail(change, 'it deleted a workload with its volumes');
    this.#mayAsk(change, before, 'Delete');
  }

  #stopped(change: Change, before: Workload, after: Workload): void {
    this.#count('stopped');
    if (before.claims.whenScaled === 'Delete') this.#fail(change, 'it scaled down a workload with its volumes');
    if (notedReplicas(after.note) !== before.replicas)
      this.#fail(change, `it noted ${String(notedReplicas(after.note))} replicas instead of ${before.replicas}`);
    this.#mayAsk(change, before, 'ScaleDown');
  }

  #restored(change: Change, before: Workload, after: Workload): void {
    this.#count('restored');
    const wanted = this.#wanted.get(before.uid);
    if (after.replicas !== wanted)
      this.#fail(change, `it restored ${after.replicas} replicas, and ${String(wanted)} were last set`);
    if (after.note !== undefined) this.#fail(change, 'it restored and left its note');
    this.#mayBeLet(change, before);
  }

  /** Somebody else set the replicas meanwhile: they stay as they are. */
  #released(change: Change, after: Workload): void {
    this.#count('released');
    const wanted = this.#wanted.get(after.uid);
    if (after.replicas !== wanted)
      this.#fail(change, `it took its note off at ${after.replicas} replicas, and ${String(wanted)} were last set`);
    this.#mayBeLet(change, after);
  }

  /** Nothing compliant is stopped, and nothing is acted on without facts: some policy, with some facts, has to ask for it. */
  #mayAsk(change: Change, workload: Workload, action: Action): void {
    const { most } = this.#ports.model.bounds(workload, change.atMs);
    if (!isAtLeast(most, action)) this.#fail(change, `nothing asked for ${action}, at most for ${most}`);
  }

  #mayBeLet(change: Change, workload: Workload): void {
    const { least } = this.#ports.model.bounds(workload, change.atMs);
    if (least !== 'Ignore') this.#fail(change, `it let go of a workload for which ${least} is asked`);
  }

  #count(what: keyof Tally): void {
    this.tally = { ...this.tally, [what]: this.tally[what] + 1 };
  }

  #fail({ before, after, atMs }: Change, what: string): void {
    const named = before ?? after;
    this.#ports.fail(`${(atMs / 1_000).toFixed(3)} s: ${named === undefined ? '' : `${keyOf(named)}: `}${what}`);
  }
}

export function notedReplicas(note: string | undefined): number | undefined {
  if (note === undefined) return undefined;
  const replicas = fieldOf(fieldOf(JSON.parse(note), 'before'), 'replicas');
  return typeof replicas === 'number' ? replicas : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** What the operator says of a workload. */
export interface Said {
  readonly verdict: string | undefined;
  readonly action: string | undefined;
}

export interface AtRest extends Invariants {
  readonly audit: Audit;
  readonly atMs: number;
}

/** What is not as it must be once all faults have ended and all has settled. */
export function unlikeModel(
  workloads: readonly Workload[],
  saidOf: (workload: Workload) => Said | undefined,
  { model, audit, isProtected, atMs }: Omit<AtRest, 'fail'>,
): readonly string[] {
  return workloads.flatMap((workload) => {
    const { most, least } = model.bounds(workload, atMs);
    const wanted = audit.wantedOf(workload);
    const believable = (['Ignore', 'ScaleDown', 'Delete'] as const).filter(
      (action) => isAtLeast(most, action) && isAtLeast(action, least),
    );
    const isFine = believable.some((action) => isAsAsked(workload, action, { wanted, isProtected }));
    const found = isFine
      ? []
      : [stands(workload, `${least} to ${most} is asked, ${String(wanted)} replicas were last set`)];
    const said = saidOf(workload);
    const verdict = model.verdict(workload, atMs);
    if (said === undefined) return [...found, stands(workload, 'it has no result')];
    if (verdict === undefined || verdict === said.verdict) return found;
    return [...found, stands(workload, `its result says ${String(said.verdict)}, and it is ${verdict}`)];
  });
}

interface Owner {
  readonly wanted: number | undefined;
  readonly isProtected: (namespace: string) => boolean;
}

function isAsAsked(
  { replicas, note, claims, namespace }: Workload,
  action: Action,
  { wanted, isProtected }: Owner,
): boolean {
  const runs = replicas === wanted && note === undefined;
  const stands = replicas === 0 && notedReplicas(note) === wanted;
  if (isProtected(namespace)) return runs;
  switch (action) {
    case 'Ignore':
      return runs;
    case 'ScaleDown':
      return claims.whenScaled === 'Delete' ? runs : stands;
    case 'Delete':
      return claims.whenDeleted === 'Delete' && (replicas === wanted || stands); // else it is gone
  }
}

function stands(workload: Workload, why: string): string {
  const { replicas, note } = workload;
  return `at rest: ${keyOf(workload)} stands at ${replicas} replicas ${note === undefined ? 'without' : 'with'} a note; ${why}`;
}
