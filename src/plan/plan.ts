// plan: verdict + what stands there now → the one change, or none. Pure: enforce carries it out, report tells of it.
import type { Judgement } from '../evaluate/verdict.js';
import type { Violation } from '../evaluate/violation.js';
import type { ObservedTarget } from '../observe/observed.js';
import type { Digest } from '../workload/digest.js';
import { isStopped, keepsTemplate } from '../workload/stopped.js';
import { backOffEnd, putBackOf } from './contention.js';
import { type Before, isAsWeLeftIt, type Note, WORKLOAD_FIELD_MANAGER } from './note.js';
import { type Pausable, pausesOf } from './pause.js';
import { refusal, type Refused, refused, type StopAsked } from './refusal.js';
import type { RollbackOption } from './rollback.js';
import type { RollbackNote } from './rollback-note.js';
import { exceededBudgets, type Surroundings } from './surroundings.js';

/** One change is one write (DESIGN 4.2). */
export type Change =
  | { readonly kind: 'ScaleDown'; readonly note: Note }
  /** Another revision's pod template is put back. */
  | { readonly kind: 'RollBack'; readonly note: RollbackNote; readonly template: object }
  | { readonly kind: 'Delete'; readonly budgets: readonly string[] }
  | { readonly kind: 'Restore'; readonly note: Note }
  /** Somebody took a stopped workload over whose cause is gone: only the note is taken off. */
  | { readonly kind: 'Forget'; readonly note: Note };

export type Plan =
  | { readonly kind: 'change'; readonly change: Change }
  /** Stopped by us, and to stay so. */
  | { readonly kind: 'stopped'; readonly note: Note }
  | Refused
  /** It was put back; it is stopped again, but slower each time. */
  | { readonly kind: 'backingOff'; readonly until: Date; readonly note: Note }
  /** It was put back, and what it runs now cannot be judged yet. */
  | { readonly kind: 'undecided'; readonly note: Note }
  | { readonly kind: 'nothing' };

/** What of a judgement a plan is made from. */
export type Demanded = Pick<Judgement, 'demand' | 'undecided' | 'violations' | 'allowsDataLoss'>;

export interface PlanInput {
  readonly judgement: Demanded;
  readonly target: ObservedTarget | undefined;
  /** Of the stop that is in force, if there is one. */
  readonly note: Note | undefined;
  /** Of a stop that somebody ended and took the note of along, as the result tells it; never restored from. */
  readonly former?: Note | undefined;
  /** The note is of a stop that was cut off before the workload was stopped: nobody has put it back. */
  readonly isCutOff?: boolean;
  /** Where one is asked for before a first stop. */
  readonly rollback?: RollbackOption | undefined;
  readonly surroundings: Surroundings;
  /** Who is told to leave it alone while it is stopped. */
  readonly pauses?: ReadonlySet<Pausable>;
  /** Why there is no target though there is a workload. */
  readonly untouchable?: string | undefined;
  /** How many pods it runs. */
  readonly pods: number;
  /** The workload's, by which policies select it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly now: Date;
}

export function plan(input: PlanInput): Plan {
  const { judgement, target, untouchable, note } = input;
  if (target === undefined) return withoutTarget(judgement, untouchable);
  const { demand: action, undecided } = judgement;
  if (action === 'Ignore') return release(target, note, undecided);
  if (action === 'ScaleDown' && isStopped(target)) return alreadyStopped(note);
  if (action === 'Delete' && target.deletionTimestamp !== undefined) return { kind: 'nothing' }; // it is on its way out
  return rolledBack(target, action, input) ?? stopOrDelete(target, action, input);
}

function stopOrDelete(target: ObservedTarget, action: StopAsked['action'], input: PlanInput): Plan {
  const { judgement, note, former, surroundings, pods } = input;
  const { allowsDataLoss, violations } = judgement;
  const refused = refusal(target, surroundings, { action, allowsDataLoss });
  if (refused !== undefined) return refused;
  const budgets = exceededBudgets(target.templateLabels, pods, surroundings);
  if (action === 'Delete') return { kind: 'change', change: { kind: 'Delete', budgets } };
  return stop(target, note ?? former, { ...input, violations, budgets });
}

function withoutTarget({ demand }: Demanded, untouchable: string | undefined): Plan {
  if (demand === 'Ignore' || untouchable === undefined) return { kind: 'nothing' };
  return refused('NotPermitted', untouchable);
}

/** Only our own record proves that the stop is ours (DESIGN 4.12). */
function alreadyStopped(note: Note | undefined): Plan {
  return note === undefined ? { kind: 'nothing' } : { kind: 'stopped', note };
}

/** Not knowing changes nothing: what was stopped stays so until it is known that the cause is gone. */
function release(target: ObservedTarget, note: Note | undefined, undecided: boolean): Plan {
  if (note === undefined) return { kind: 'nothing' };
  if (isStopped(target) && (undecided || !isStopSeen(target))) return { kind: 'stopped', note };
  if (undecided) return { kind: 'undecided', note }; // without its note, the next stop would not know that it is one more
  if (isOurRestore(target, note)) return { kind: 'change', change: { kind: 'Restore', note } };
  return { kind: 'change', change: { kind: isAsWeLeftIt(target) ? 'Restore' : 'Forget', note } };
}

/** Cut off between the two writes that a custom workload takes: it has its replicas back, and the note is still there. */
function isOurRestore({ stop: now, stopManager }: ObservedTarget, { before }: Note): boolean {
  if (now.by !== 'replicas' || before.by !== 'replicas') return false;
  return now.replicas === before.replicas && stopManager === WORKLOAD_FIELD_MANAGER;
}

/** Until the workload's controller has seen the stop, its pods are still to go, and nobody can tell what would be left of the cause. */
function isStopSeen({ generation, observedGeneration }: ObservedTarget): boolean {
  return observedGeneration >= generation;
}

/**
 * Instead of a first stop. It keeps all volumes; what protects from a stop protects from it, too.
 *
 * @returns undefined where none is asked for, or possible
 */
function rolledBack(target: ObservedTarget, action: StopAsked['action'], input: PlanInput): Plan | undefined {
  const { rollback, note: former = input.former, judgement, surroundings, now } = input;
  if (action !== 'ScaleDown' || rollback?.kind !== 'to' || former !== undefined) return undefined;
  const refused = refusal(target, surroundings, { action, allowsDataLoss: true });
  if (refused !== undefined) return refused;
  const { violations } = judgement;
  const digests = [...new Set(violations.map(({ digest }) => digest))].slice(0, MAX_DIGESTS_NOTED);
  const { from, to } = rollback;
  const revisions = { from, to: { name: to.name, number: to.number } };
  const note = { ...revisions, at: now.toISOString(), policy: askedBy(violations, now), digests };
  return { kind: 'change', change: { kind: 'RollBack', note, template: to.template } };
}

interface Why extends Pick<PlanInput, 'isCutOff' | 'labels' | 'pauses' | 'rollback' | 'now'> {
  readonly violations: Judgement['violations'];
  readonly budgets: readonly string[];
}

function stop(target: ObservedTarget, before: Note | undefined, why: Why): Plan {
  const { isCutOff = false, now } = why;
  const note = noteFor(target, before, why);
  if (note === undefined) return { kind: 'nothing' };
  if (before === undefined) return { kind: 'change', change: { kind: 'ScaleDown', note } };

  const { attempts, putBack } = before;
  if (isCutOff) {
    const goesOn = { ...note, attempts, ...(putBack === undefined ? {} : { putBack }) };
    return { kind: 'change', change: { kind: 'ScaleDown', note: goesOn } };
  }
  const until = backOffEnd(before);
  if (now.getTime() < until.getTime()) return { kind: 'backingOff', until, note: before };
  const again = { ...note, attempts: attempts + 1, putBack: putBackOf(target, before, now) };
  return { kind: 'change', change: { kind: 'ScaleDown', note: again } };
}

/** Of a first stop. @returns undefined for what can't be stopped and kept */
function noteFor(target: ObservedTarget, former: Note | undefined, why: Why): Note | undefined {
  const { violations, budgets, labels, pauses = new Set(), rollback, now } = why;
  const before = beforeOf(target);
  if (before === undefined) return undefined;
  return {
    before,
    at: now.toISOString(),
    attempts: 1,
    policy: askedBy(violations, now),
    digests: digestsOf(violations, now),
    ...(labels === undefined || keepsTemplate(target) ? {} : { labels }),
    ...(budgets.length === 0 ? {} : { budgets }),
    ...pausesOf(target, former, pauses),
    ...(former === undefined && rollback?.kind === 'none' ? notRolledBack(rollback) : {}),
  };
}

function askedBy(violations: Judgement['violations'], now: Date): string {
  return byAsking(violations, now)[0]?.policy ?? '';
}

/** The worst of them may be of a policy that only reports, or be in its grace period: those that the stop is for come first. */
function byAsking(violations: Judgement['violations'], now: Date): Judgement['violations'] {
  const asks = (one: Violation): boolean => one.mode === 'Enforce' && one.asks === 'ScaleDown' && one.dueAt <= now;
  return [...violations.filter(asks), ...violations.filter((one) => !asks(one))];
}

function notRolledBack({ why, putBack }: Extract<RollbackOption, { kind: 'none' }>): Partial<Note> {
  return { notRolledBack: why, ...(putBack === undefined ? {} : { putBack }) };
}

/** @returns undefined for what can't be stopped and kept */
function beforeOf({ stop: now }: ObservedTarget): Before | undefined {
  switch (now.by) {
    case 'replicas':
      return { by: 'replicas', replicas: now.replicas };
    case 'suspend':
    case 'nodeSelector':
      return { by: now.by };
    case 'deleteOnly':
    case 'nothing':
      return undefined;
  }
}

const MAX_DIGESTS_NOTED = 50; // some 10 kB of the 256 KiB that an object's annotations may have

/** Of a tag that stood for several, the one that it is stopped for: by that it is judged while nothing of it runs. */
function digestsOf(violations: Judgement['violations'], now: Date): Note['digests'] {
  const byReference = new Map<string, Digest>();
  for (const { image, digest } of byAsking(violations, now))
    if (!byReference.has(image)) byReference.set(image, digest);
  return Object.fromEntries([...byReference].slice(0, MAX_DIGESTS_NOTED));
}
