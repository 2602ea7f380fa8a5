// chaos/model: what must hold of every write to a workload. It hears of all changes, whoever made them.
import { type Action, keyOf } from '../story/world.js';
import { type Act, type Line, unlikeActs } from './history.js';
import type { Model } from './model.js';
import { notedReplicas } from './notes.js';
import { isSilentOnRollback, wrongWithRollback } from './rollbacks.js';
import { isAtLeast } from './rules.js';
import type { Judged } from './view.js';
import type { Change, Workload } from './workload.js';

/** How much may newly be stopped without approval. */
export interface Brake {
  /** Of all workloads. */
  readonly sharePercent: number;
  /** So many may always be. */
  readonly floor: number;
}

export interface Invariants {
  readonly model: Model;
  /** None: everything may be stopped. */
  readonly brake?: Brake | undefined;
  readonly isProtected: (namespace: string) => boolean;
  readonly fail: (what: string) => void;
}

export interface Tally {
  readonly stopped: number;
  readonly restored: number;
  readonly deleted: number;
  readonly released: number;
  readonly rolledBack: number;
}

export function inShort({ stopped, restored, deleted, released, rolledBack }: Tally): string {
  return `${stopped} stops, ${restored} restores, ${deleted} deletions, ${released} releases, ${rolledBack} rollbacks`;
}

/** What the operator did to a workload. */
interface Acts {
  readonly workload: Workload;
  /** Its result had the time to tell of them. */
  acts: readonly Act[];
  /** Since its result was last written. */
  open: readonly Act[];
  /** Its result was not written before another act took away the note that told of them. */
  lost: readonly Act[];
}

export class Audit {
  readonly #ports: Invariants;
  /** The replicas that its owner last set, by uid. */
  readonly #wanted = new Map<string, number>();
  /** The pod templates that it has had, by uid. */
  readonly #templates = new Map<string, Set<string>>();
  /** What the operator did to each, by uid; without those that somebody else removed, whose results are gone. */
  readonly #acts = new Map<string, Acts>();
  readonly #made = new Set<string>();
  /** Somebody let go on what the operator had stopped, by uid. */
  readonly #putBack = new Set<string>();
  readonly #newlyStopped = new Set<string>();
  tally: Tally = { stopped: 0, restored: 0, deleted: 0, released: 0, rolledBack: 0 };

  constructor(ports: Invariants) {
    this.#ports = ports;
  }

  changed(change: Change): void {
    const { by, before, after, atMs } = change;
    // What a CronJob runs, its Jobs tell.
    if (after !== undefined) this.#ports.model.seen(after, after.replicas > 0 && after.kind !== 'CronJob', atMs);
    if (by === 'operator') this.#acted(change);
    else if (after === undefined) this.#removed(before?.uid ?? '');
    else this.#usersWrote(before, after);
    if (after !== undefined) this.#had(after);
  }

  #usersWrote(before: Workload | undefined, after: Workload): void {
    if (before === undefined) this.#made.add(after.uid);
    if (before?.replicas !== after.replicas) this.#wanted.set(after.uid, after.replicas);
    if (before?.note !== undefined && after.replicas > 0) this.#putBack.add(after.uid);
  }

  /** Only once what the operator did has been judged: else a rollback would prove itself. */
  #had(workload: Workload): void {
    const { uid, template, replicas } = workload;
    if (replicas > 0) this.#ports.model.ran(workload);
    this.#templates.set(uid, (this.#templates.get(uid) ?? new Set()).add(template));
  }

  /** What is not told in the results as it was done. */
  unlikeHistories(historyOf: (workload: Workload) => readonly Line[]): readonly string[] {
    return [...this.#acts].flatMap(([uid, { workload, acts, open, lost }]) =>
      unlikeActs(uid, { acts: [...acts, ...open], lost }, historyOf(workload)).map(
        (what) => `at rest: ${keyOf(workload)}: ${what}`,
      ),
    );
  }

  /** The results of these were written. */
  recorded(isOf: (workload: Workload) => boolean): void {
    for (const known of this.#acts.values()) {
      if (!isOf(known.workload)) continue;
      known.acts = [...known.acts, ...known.open];
      known.open = [];
    }
  }

  #did(workload: Workload, act: Act): void {
    const known = this.#acts.get(workload.uid) ?? { workload, acts: [], open: [], lost: [] };
    this.#acts.set(workload.uid, known);
    // An end takes the note of its stop off, and a rollback that of the last one.
    if (known.open.includes('end') || (act === 'roll back' && known.open.includes('roll back'))) {
      known.lost = [...known.lost, ...known.open];
      known.open = [];
    }
    known.open = [...known.open, act];
  }

  wasPutBack(uid: string): boolean {
    return this.#putBack.has(uid);
  }

  wantedOf({ uid }: Judged): number | undefined {
    return this.#wanted.get(uid);
  }

  /** With its result goes what the brake knows of it over a restart (docs/design.md). */
  #removed(uid: string): void {
    this.#wanted.delete(uid);
    this.#newlyStopped.delete(uid);
    this.#acts.delete(uid);
  }

  #acted(change: Change): void {
    const { before, after } = change;
    if (before === undefined) {
      this.#fail(change, 'the operator made a workload');
      return;
    }
    if (this.#ports.isProtected(before.namespace)) this.#fail(change, 'it acted in a protected namespace');
    if (after === undefined) this.#deleted(change, before);
    else this.#wrote(change, before, after);
  }

  #wrote(change: Change, before: Workload, after: Workload): void {
    if (before.rest !== after.rest) this.#fail(change, 'it changed more than replicas and its note');
    if (before.template !== after.template) {
      this.#rolledBack(change, before, after);
      return;
    }
    if (before.rolledBack !== after.rolledBack) this.#fail(change, 'it noted a rollback that is none');
    this.#stoppedOrLet(change, before, after);
  }

  #stoppedOrLet(change: Change, before: Workload, after: Workload): void {
    if (before.replicas > 0 && after.replicas === 0) this.#stopped(change, before, after);
    else if (before.replicas === 0 && after.replicas > 0) this.#restored(change, before, after);
    else if (before.note !== undefined && after.note === undefined && before.replicas === after.replicas)
      this.#released(change, after);
    else this.#fail(change, `a write that decides nothing: ${before.replicas} to ${after.replicas} replicas`);
  }

  #deleted(change: Change, before: Workload): void {
    this.#count('deleted');
    this.#did(before, 'delete');
    if (before.replicas > 0) this.#brakes(change, before, 'Delete');
    this.#wanted.delete(before.uid);
    if (before.claims.whenDeleted === 'Delete') this.#fail(change, 'it deleted a workload with its volumes');
    this.#mayAsk(change, before, 'Delete');
  }

  #stopped(change: Change, before: Workload, after: Workload): void {
    this.#count('stopped');
    this.#did(before, 'stop');
    this.#brakes(change, before, 'ScaleDown');
    if (before.claims.whenScaled === 'Delete') this.#fail(change, 'it scaled down a workload with its volumes');
    if (notedReplicas(after.note) !== before.replicas)
      this.#fail(change, `it noted ${String(notedReplicas(after.note))} replicas instead of ${before.replicas}`);
    this.#mayAsk(change, before, 'ScaleDown');
    if (isSilentOnRollback({ before, after, atMs: change.atMs }, this.#ports.model))
      this.#fail(change, 'it scaled down and does not say why it was not rolled back');
  }

  #rolledBack(change: Change, before: Workload, after: Workload): void {
    this.#count('rolledBack');
    this.#did(before, 'roll back');
    this.#brakes(change, before, 'ScaleDown');
    const templates = this.#templates.get(before.uid) ?? new Set();
    for (const wrong of wrongWithRollback({ before, after, atMs: change.atMs, templates }, this.#ports.model))
      this.#fail(change, wrong);
  }

  #restored(change: Change, before: Workload, after: Workload): void {
    this.#count('restored');
    this.#did(before, 'end');
    const wanted = this.#wanted.get(before.uid);
    if (after.replicas !== wanted)
      this.#fail(change, `it restored ${after.replicas} replicas, and ${String(wanted)} were last set`);
    if (after.note !== undefined) this.#fail(change, 'it restored and left its note');
    this.#mayBeLet(change, before);
  }

  /** Somebody else set the replicas meanwhile: they stay as they are. */
  #released(change: Change, after: Workload): void {
    this.#count('released');
    this.#did(after, 'end');
    const wanted = this.#wanted.get(after.uid);
    if (after.replicas !== wanted)
      this.#fail(change, `it took its note off at ${after.replicas} replicas, and ${String(wanted)} were last set`);
    this.#mayBeLet(change, after);
  }

  /** However the waves come, no more than a share is newly stopped without approval; counted here by all workloads that ever were. */
  #brakes(change: Change, workload: Workload, action: Action): void {
    const { brake, model } = this.#ports;
    if (model.mayBeApproved(workload, action, change.atMs)) return;
    this.#newlyStopped.add(workload.uid);
    if (brake === undefined) return;
    const most = Math.max(brake.floor, Math.floor((this.#made.size * brake.sharePercent) / 100));
    if (this.#newlyStopped.size > most)
      this.#fail(change, `the brake was passed: ${this.#newlyStopped.size} newly stopped of ${this.#made.size}`);
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
