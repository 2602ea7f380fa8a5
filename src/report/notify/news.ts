// report: what a receiver of messages has not been told yet of a workload. It is told by what stands in the result, and that is
// written after the act, so nothing is said before it was done; and what was told stands in the result, too, so that nothing is
// said twice by whoever comes after a restart. Pure.
import type { NotifyEvent, PolicyKind, ResultViolation, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { VIOLATION_CONDITIONS } from '../../api/v1alpha1/vocabulary.js';
import type { ConditionName } from '../../evaluate/breach.js';
import { COMPLIANCE } from '../compliance.js';
import { parseTime } from '../wording.js';

/** Whose policy it is. */
export interface PolicyOfNews {
  readonly policyKind: PolicyKind;
  /** As it is shown. */
  readonly policy: string;
}

export interface News {
  readonly event: NotifyEvent;
  readonly message: string;
  /** When it came to be so, as far as the result tells. */
  readonly at: string;
  /** What was done, or why it was not. */
  readonly action: string;
  /** The worst first, a few. */
  readonly violations: readonly string[];
}

const FEW = 5;
const STOPS: ReadonlySet<string> = new Set(['ScaledDown', 'Suspended', 'Deleted']);
const ENDS: ReadonlySet<string> = new Set(['Restored', 'Released']);

/**
 * What there is to know of a workload for those whom this policy tells, in words that stay the same while nothing changes.
 *
 * @param told before: while it is not known of an image whether it breaks a rule, nobody has said that this is over
 */
export function standsOf(
  status: XrayScanResultStatus,
  policy: PolicyOfNews,
  told: readonly string[] = [],
): readonly string[] {
  const found = violationsOf(status, policy);
  const open = VIOLATION_CONDITIONS.filter((condition) => isOpen(status, condition));
  const still = open.filter((condition) => told.includes(violating(condition)));
  const conditions = [...new Set([...found.map(({ condition }) => condition), ...still])].sort();
  const acts = [...enforcedOf(status, policy, found), ...heldOf(status, found)];
  return [
    ...acts,
    ...(acts.length === 0 && open.length > 0 ? told.filter((one) => isOf(one, 'Held')) : []),
    ...conditions.map(violating),
  ];
}

function violating(condition: string): string {
  return `Violating/${condition}`;
}

function isOpen({ conditions = [] }: XrayScanResultStatus, condition: ConditionName): boolean {
  return conditions.find(({ type }) => type === COMPLIANCE[condition])?.status === 'Unknown';
}

function violationsOf({ violations = [] }: XrayScanResultStatus, { policy, policyKind }: PolicyOfNews) {
  return violations.filter((one) => one.policy === policy && one.policyKind === policyKind);
}

type Violations = readonly ResultViolation[];

// Of a stop that somebody ends again and again, only the first is news. After a rollback nothing is violated any more: who asked
// for it stands in the history.
function enforcedOf(status: XrayScanResultStatus, policy: PolicyOfNews, found: Violations): readonly string[] {
  const { action, enforcement, contention } = status;
  if (enforcement?.phase !== 'Done') return [];
  const { at } = enforcement;
  if (enforcement.action === 'RolledBack')
    return hasAskedForRollback(status, policy) ? [`Enforced/RolledBack/${at}`] : [];
  if (action !== enforcement.action || !STOPS.has(action)) return [];
  const isAsked = found.some((one) => asksForAStop(one) && isDueAt(one, at));
  return isAsked ? [`Enforced/${action}/${contention?.since ?? at}`] : [];
}

function hasAskedForRollback({ history = [] }: XrayScanResultStatus, { policy, policyKind }: PolicyOfNews): boolean {
  const askers = history.filter(({ act }) => act === 'RolledBack').flatMap(({ askedBy = [] }) => askedBy);
  return askers.some((one) => one.policy === policy && one.policyKind === policyKind);
}

function heldOf({ action, conditions = [] }: XrayScanResultStatus, found: Violations): readonly string[] {
  if (action !== 'Held' || !found.some(asksForAStop)) return [];
  const { reason = '' } = conditions.find(({ type }) => type === 'Enforced') ?? {};
  return [`Held/${reason}`];
}

function asksForAStop({ mode, asks }: ResultViolation): boolean {
  return mode === 'Enforce' && asks !== 'Ignore';
}

function isDueAt({ dueAt }: ResultViolation, at: string): boolean {
  const [due, done] = [parseTime(dueAt), parseTime(at)];
  return due !== undefined && done !== undefined && due.getTime() <= done.getTime();
}

/**
 * The one thing to say, the weightiest first; undefined: nothing that is asked for.
 *
 * @param told what stood there when the receiver was told last
 */
export function newsOf(
  status: XrayScanResultStatus,
  policy: PolicyOfNews,
  { told, on }: { readonly told: readonly string[]; readonly on: ReadonlySet<NotifyEvent> },
): News | undefined {
  const stands = standsOf(status, policy, told);
  const event = eventsOf(told, stands, status).find((one) => on.has(one));
  if (event === undefined) return undefined;
  const violations = violationsOf(status, policy);
  const ids = [...new Set(violations.map(({ id }) => id))].slice(0, FEW);
  return { event, violations: ids, ...(actOf(event, status) ?? stateOf(event, status, violations)) };
}

type Said = Pick<News, 'message' | 'at' | 'action'>;

/** Of what was done. */
function actOf(event: NotifyEvent, { enforcement, message = '' }: XrayScanResultStatus): Said | undefined {
  if (enforcement === undefined || (event !== 'Restored' && event !== 'Enforced')) return undefined;
  const { action, at } = enforcement;
  return { action, at, message: event === 'Restored' ? enforcement.message : message };
}

/** Of what merely stands so. */
function stateOf(event: NotifyEvent, status: XrayScanResultStatus, [worst]: Violations): Said {
  const { message = '', conditions = [], action = 'None' } = status;
  const changed = conditions.find(({ type }) => type === 'Enforced')?.lastTransitionTime;
  return { message, action, at: (event === 'Violating' ? worst?.firstSeen : changed) ?? '' };
}

function eventsOf(
  told: readonly string[],
  stands: readonly string[],
  { enforcement }: XrayScanResultStatus,
): readonly NotifyEvent[] {
  const isNew = (event: NotifyEvent): boolean => stands.some((one) => isOf(one, event) && !told.includes(one));
  const isOver = (event: NotifyEvent): boolean =>
    told.some((one) => isOf(one, event)) && !stands.some((one) => isOf(one, event));
  const isEnded = enforcement?.phase === 'Done' && ENDS.has(enforcement.action);
  return [
    ...(isNew('Enforced') ? (['Enforced'] as const) : []),
    ...(isNew('Held') ? (['Held'] as const) : []),
    ...(isNew('Violating') ? (['Violating'] as const) : []),
    ...(isOver('Enforced') && isEnded ? (['Restored'] as const) : []),
    ...(isOver('Violating') ? (['Resolved'] as const) : []),
  ];
}

function isOf(text: string, event: NotifyEvent): boolean {
  return text.startsWith(`${event}/`);
}
