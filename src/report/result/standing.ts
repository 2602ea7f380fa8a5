// report: where a workload stands after a pass, derived from what is there and not from what was just done, so that a
// pass that was cut short between two writes reports the same when it is repeated.
import type { Asker, CountedStop, Enforcement, RolledBack, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { Judgement } from '../../evaluate/verdict.js';
import { type Before, type Note, WORKLOAD_FIELD_MANAGER } from '../../plan/note.js';
import type { Plan } from '../../plan/plan.js';
import { isStopped } from '../../workload/stopped.js';
import type { Workload } from '../../workload/workload.js';
import { nameOf } from './contention.js';
import { BACKING_OFF } from './held-reasons.js';
import {
  afterRollback,
  askerOf,
  countedAt,
  lastRollback,
  rollbackRecord,
  rolledBackOf,
  unrecordedRollback,
} from './rolled-back.js';

export type Standing =
  | { readonly kind: 'running'; readonly enforcement?: Enforcement }
  | { readonly kind: 'stopped'; readonly note: Note; readonly enforcement: Enforcement }
  /** Just now: what is judged is what ran before. */
  | { readonly kind: 'rolledBack'; readonly enforcement: Enforcement }
  | { readonly kind: 'deleted'; readonly enforcement: Enforcement }
  /** It should be stopped, and is not: refused, held by the brake, waiting for its turn, backing off, or the write failed. */
  | { readonly kind: 'held'; readonly reason: string; readonly message: string; readonly enforcement?: Enforcement };

export interface StandingInput {
  readonly workload: Workload;
  readonly plan: Plan;
  /** Why the planned change was not made: held back before it, or failed. */
  readonly obstacle?: Obstacle | undefined;
  /** Of a new stop that nobody approved: who asked for it. */
  readonly counted?: Asker | undefined;
  readonly previous: XrayScanResultStatus | undefined;
  readonly now: Date;
}

/** @returns undefined unless it was rolled back, and nothing is to be said against what it runs now */
export function rolledBackText(
  { violations }: Pick<Judgement, 'violations'>,
  { kind, enforcement }: Standing,
): string | undefined {
  if (kind === 'rolledBack') return enforcement.message;
  const isThere = kind === 'running' && enforcement?.action === 'RolledBack' && violations.length === 0;
  return isThere ? enforcement.message : undefined;
}

export interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

export function standingAfter(input: StandingInput): Standing {
  return withRollback(derived(input), rollbackAfter(input));
}

/** Whatever is done later, the last rollback stays known. */
function withRollback(standing: Standing, rollback: RolledBack | undefined): Standing {
  if (standing.enforcement === undefined || rollback === undefined) return standing;
  return Object.assign({}, standing, { enforcement: Object.assign({}, standing.enforcement, { rollback }) });
}

function rollbackAfter({ workload, plan, previous }: StandingInput): RolledBack | undefined {
  if (plan.kind === 'change' && plan.change.kind === 'RollBack') return rolledBackOf(plan.change.note);
  return lastRollback(workload.target, previous);
}

function derived({ workload, plan, obstacle, counted, previous, now }: StandingInput): Standing {
  const before = recordOf(workload, previous);
  const kept = before === undefined ? {} : { enforcement: before };
  if (obstacle !== undefined) return { kind: 'held', ...obstacle, ...kept };
  switch (plan.kind) {
    case 'refused':
      return { kind: 'held', reason: plan.reason, message: plan.message, ...kept };
    case 'backingOff': {
      const who = nameOf(workload.target?.stopManager);
      const message = `Put back by ${who}; it is stopped again at ${plan.until.toISOString()}.`;
      return { kind: 'held', reason: BACKING_OFF, message, enforcement: standingStop(workload, plan.note, before) };
    }
    case 'undecided':
      return { kind: 'running', enforcement: standingStop(workload, plan.note, before) };
    case 'stopped':
      return { kind: 'stopped', note: plan.note, enforcement: standingStop(workload, plan.note, before) };
    case 'nothing':
      return unplanned(workload, before, now);
    case 'change':
      return afterChange({ workload, change: plan.change, before, counted, now });
  }
}

function unplanned(workload: Workload, before: Enforcement | undefined, now: Date): Standing {
  if (before === undefined) return { kind: 'running' };
  if (before.action === 'RolledBack') return { kind: 'running', enforcement: afterRollback(workload, before, now) };
  // A Pod takes its grace period to go; what was done to it does not change meanwhile.
  const isLeaving = workload.target?.deletionTimestamp !== undefined;
  if (isLeaving && before.action === 'Deleted')
    return { kind: 'deleted', enforcement: Object.assign({}, before, { phase: 'Done' as const }) };
  return ended(endOf(before, workload), before, now);
}

/** The record of the result, if it speaks of this very workload and not of a former one of its name. */
function recordOf(workload: Workload, previous: XrayScanResultStatus | undefined): Enforcement | undefined {
  const record = previous?.enforcement?.workloadUid === workload.ref.uid ? previous.enforcement : undefined;
  return unrecordedRollback(workload, record) ?? record;
}

interface Changed {
  readonly workload: Workload;
  readonly change: Extract<Plan, { kind: 'change' }>['change'];
  readonly before: Enforcement | undefined;
  readonly counted: Asker | undefined;
  readonly now: Date;
}

function afterChange({ workload, change, before, counted, now }: Changed): Standing {
  switch (change.kind) {
    case 'ScaleDown': {
      const { note } = change;
      const enforcement =
        note.attempts === 1
          ? stopOf(workload, note, countedAt(note.at, counted))
          : standingStop(workload, note, before);
      return { kind: 'stopped', note, enforcement };
    }
    case 'RollBack':
      return {
        kind: 'rolledBack',
        enforcement: rollbackRecord(workload, change.note, countedAt(change.note.at, counted)),
      };
    case 'Restore':
      return ended('Restored', before ?? standingStop(workload, change.note, before), now);
    case 'Forget':
      return ended('Released', before ?? standingStop(workload, change.note, before), now);
    case 'Delete':
      return {
        kind: 'deleted',
        enforcement: deletionOf({ workload, budgets: change.budgets, before, phase: 'Done', counted, now }),
      };
  }
}

/** Cut off between a restore and its report, the pass finds nothing left to do: the field of the stop tells who wrote it. */
function endOf({ replicas }: Enforcement, { target }: Workload): 'Restored' | 'Released' {
  if (target === undefined || isStopped(target)) return 'Released';
  // A node selector that is gone with our label has no manager that could be asked.
  const isOurs = target.stopManager === WORKLOAD_FIELD_MANAGER || target.stop.by === 'nodeSelector';
  return isOurs && (target.stop.by !== 'replicas' || target.stop.replicas === replicas) ? 'Restored' : 'Released';
}

/** A stop that is over: `Restored` by the operator, or `Released` because somebody else took the workload over. */
function ended(action: 'Restored' | 'Released', before: Enforcement, now: Date): Standing {
  if (!isStopAction(before.action)) return { kind: 'running', enforcement: before };
  const { workloadUid, replicas, attempts, counted } = before;
  const said =
    action === 'Restored'
      ? { reason: 'CauseGone', message: 'The reason for the stop is gone.' }
      : { reason: 'TakenOver', message: 'Somebody else took it over after the stop, so it is left alone.' };
  return {
    kind: 'running',
    enforcement: {
      action,
      phase: 'Done',
      at: now.toISOString(),
      workloadUid,
      ...(replicas === undefined ? {} : { replicas }),
      ...said,
      attempts,
      ...(counted === undefined ? {} : { counted }),
    },
  };
}

/**
 * A stop that was made before this pass. Its record says whether it was approved; cut off before that was written, the
 * pass finds the note alone, and the stop counts.
 */
export function standingStop(
  workload: Pick<Workload, 'ref'>,
  note: Note,
  before: Enforcement | undefined,
): Enforcement {
  const isRecorded =
    before !== undefined && isStopAction(before.action) && (before.at === note.at || note.attempts > 1);
  return stopOf(workload, note, isRecorded ? before.counted : countedAt(note.at, askerOf(note)));
}

/** Of a stop that keeps the workload. */
export type StopAction = 'ScaledDown' | 'Suspended';

export function stopActionOf({ by }: Before): StopAction {
  return by === 'suspend' ? 'Suspended' : 'ScaledDown';
}

export function isStopAction(action: Enforcement['action']): boolean {
  return action === 'ScaledDown' || action === 'Suspended';
}

/** The record of the stop that a note is of. */
function stopOf(
  workload: Pick<Workload, 'ref'>,
  { before, at, policy, attempts, budgets, notRolledBack }: Note,
  counted: CountedStop | undefined,
): Enforcement {
  return {
    action: stopActionOf(before),
    phase: 'Done',
    at,
    workloadUid: workload.ref.uid,
    ...(before.by === 'replicas' ? { replicas: before.replicas } : {}),
    reason: 'PolicyViolated',
    message: stopText(before, policy) + budgetsText(budgets) + notRolledBackText(notRolledBack),
    attempts,
    ...(counted === undefined ? {} : { counted }),
  };
}

/** Empty where no PodDisruptionBudget was exceeded. */
export function budgetsText(budgets: readonly string[] = []): string {
  return budgets.length === 0 ? '' : ` It went beyond PodDisruptionBudget ${budgets.join(', ')}.`;
}

function notRolledBackText(why: string | undefined): string {
  return why === undefined ? '' : ` It was not rolled back: ${why}.`;
}

function stopText(before: Before, policy: string): string {
  switch (before.by) {
    case 'replicas':
      return `Stopped for policy ${policy}; it goes back to ${before.replicas} replicas once the reason is gone.`;
    case 'suspend':
      return `Suspended for policy ${policy}; it goes on once the reason is gone.`;
    case 'nodeSelector':
      return `Stopped for policy ${policy} by a node selector that no node has; that is taken off once the reason is gone.`;
  }
}

export interface Deletion {
  readonly workload: Workload;
  /** Whether its manifest is kept for kubexray restore; absent: as the record says. */
  readonly isKept?: boolean;
  /** The PodDisruptionBudgets that it goes beyond. */
  readonly budgets: readonly string[];
  /** The record that there is of this very workload. */
  readonly before: Enforcement | undefined;
  readonly phase: Enforcement['phase'];
  /** Who asked for it, where nobody approved it. */
  readonly counted: Asker | undefined;
  readonly now: Date;
}

/** The record of a deletion is written before it (`Requested`): afterwards there is nothing left to derive it from. */
export function deletionOf({ workload, budgets, isKept = true, before, phase, counted, now }: Deletion): Enforcement {
  const requested = before?.action === 'Deleted' ? before : undefined;
  const at = requested?.at ?? now.toISOString();
  const count = countedAt(at, counted);
  return {
    action: 'Deleted',
    phase,
    at,
    workloadUid: workload.ref.uid,
    reason: 'PolicyViolated',
    message: requested?.message ?? deletionText(budgets, isKept),
    attempts: 1,
    ...(count === undefined ? {} : { counted: count }),
  };
}

function deletionText(budgets: readonly string[], isKept: boolean): string {
  const back = isKept
    ? 'kubexray restore brings back what was there.'
    : 'Its manifest is too large to be kept, so kubexray restore has nothing to bring it back from.';
  return `Deleted because a policy asks for it; apply the workload again with an image that complies. ${back}${budgetsText(budgets)}`;
}
