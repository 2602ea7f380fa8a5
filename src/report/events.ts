// report: which Events a pass gives rise to. One change, one message: each has a name of its own (`once`), so that a
// repeated pass writes the same Event again, which the API server refuses.
import type { Enforcement, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import { contentionEvents } from './result/contention.js';
import type { EventDraft } from './event-draft.js';
import { BRAKE_ENGAGED, RATE_LIMITED } from './result/held-reasons.js';
import { budgetsText, type Standing } from './result/standing.js';

export function eventsOf(
  previous: XrayScanResultStatus | undefined,
  next: XrayScanResultStatus,
  standing: Standing,
): readonly EventDraft[] {
  return [
    ...enforcementEvent(previous, next, standing).map((draft) => ({ ...draft, isAct: true as const })),
    ...contentionEvents(previous?.contention, next.contention),
    ...changeOfAction(previous, next, standing),
  ];
}

function enforcementEvent(
  previous: XrayScanResultStatus | undefined,
  next: XrayScanResultStatus,
  standing: Standing,
): readonly EventDraft[] {
  const { enforcement } = standing;
  if (enforcement === undefined || isReported(previous, enforcement)) return [];
  const { action, at, message } = enforcement;
  const { message: why = '' } = next;
  const beyond = beyondText(standing);
  switch (action) {
    case 'ScaledDown':
      return [warning('ScaledDown', 'ScaleDown', `${scaledDownText(enforcement)}${beyond} ${why}`, at)];
    case 'Suspended':
      return [warning('Suspended', 'Suspend', `Suspended.${beyond} ${why}`, at)];
    case 'RolledBack':
      return [warning('RolledBack', 'RollBack', rolledBackText(message, why), at)];
    case 'Deleted':
      return [warning('Deleted', 'Delete', `${message} ${why}`, at)];
    case 'Restored':
      return [endOfStop('Restore', enforcement, previous)];
    case 'Released':
      return [endOfStop('Release', enforcement, previous)];
  }
}

function beyondText(standing: Standing): string {
  return standing.kind === 'stopped' ? budgetsText(standing.note.budgets) : '';
}

/** Told by a pass after the one that made it, the status already says nothing else. */
function rolledBackText(message: string, why: string): string {
  return why === message ? message : `${message} ${why}`;
}

function scaledDownText({ replicas }: Enforcement): string {
  return replicas === undefined
    ? 'Kept from every node by a node selector that none has.'
    : `Scaled down from ${replicas} replicas.`;
}

/** Named for the stop that it ends: the time of its end differs if the pass is repeated. */
function endOfStop(
  action: string,
  { action: reason, at, message, replicas }: Enforcement,
  previous: XrayScanResultStatus | undefined,
): EventDraft {
  const note = replicas === undefined ? message : `${message} It had been stopped with ${replicas} replicas.`;
  return { type: 'Normal', reason, action, note, once: previous?.enforcement?.at ?? at };
}

function isReported(
  previous: XrayScanResultStatus | undefined,
  { action, at, phase }: NonNullable<Standing['enforcement']>,
): boolean {
  const before = previous?.enforcement;
  return before?.action === action && before.at === at && before.phase === phase;
}

/** A whole wave waits for the same: it is told once, on the policy, and not on each workload. */
const QUIET: ReadonlySet<string> = new Set([BRAKE_ENGAGED, RATE_LIMITED]);

/** What was found and not acted on is told once, when it comes to be so. */
function changeOfAction(
  previous: XrayScanResultStatus | undefined,
  next: XrayScanResultStatus,
  standing: Standing,
): readonly EventDraft[] {
  if (previous?.action === next.action) return [];
  const { message = '' } = next;
  if (standing.kind === 'held' && QUIET.has(standing.reason)) return [];
  if (standing.kind === 'held') return [warning(standing.reason, 'Hold', standing.message, causeOf(next))];
  if (next.action === 'Audited') return [warning('WouldStop', 'Audit', message, causeOf(next))];
  if (next.action === 'Ignored') return [warning('PolicyViolated', 'Ignore', message, causeOf(next))];
  return [];
}

function causeOf({ violations: [worst] = [] }: XrayScanResultStatus): string {
  return worst === undefined ? '' : `${worst.policy} ${worst.id} ${worst.firstSeen}`;
}

function warning(reason: string, action: string, note: string, once: string): EventDraft {
  return { type: 'Warning', reason, action, note, once };
}
