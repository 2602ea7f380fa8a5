// report: which Events a pass gives rise to. One change, one message: each has a name of its own (`once`), so that a
// repeated pass writes the same Event again, which the API server refuses.
import type { XrayScanResultStatus } from '../api/v1alpha1/types.js';
import type { Standing } from './standing.js';

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What the operator did (events.k8s.io/v1 `action`). */
  readonly action: string;
  readonly note: string;
  readonly once: string;
}

export function eventsOf(
  previous: XrayScanResultStatus | undefined,
  next: XrayScanResultStatus,
  standing: Standing,
): readonly EventDraft[] {
  return [...enforcementEvent(previous, standing), ...violationEvent(previous, next, standing)].map((event) => ({
    ...event,
    note:
      event.note +
      (event.type === 'Warning' && next.message !== undefined && event.note !== next.message ? ` ${next.message}` : ''),
  }));
}

function enforcementEvent(previous: XrayScanResultStatus | undefined, standing: Standing): readonly EventDraft[] {
  const { enforcement } = standing;
  if (enforcement === undefined || isReported(previous, enforcement)) return [];
  const { action, at, replicas, message } = enforcement;
  switch (action) {
    case 'ScaledDown':
      return [
        {
          type: 'Warning',
          reason: 'ScaledDown',
          action: 'ScaleDown',
          note: `Scaled down from ${replicas ?? 0} replicas.`,
          once: at,
        },
      ];
    case 'Deleted':
      return [{ type: 'Warning', reason: 'Deleted', action: 'Delete', note: message, once: at }];
    case 'Restored': {
      // Named for the stop that it ends: the time of the release differs if the pass is repeated.
      const once = previous?.enforcement?.at ?? at;
      return [
        {
          type: 'Normal',
          reason: 'Restored',
          action: 'Restore',
          note: `${message} Replicas: ${replicas ?? 'as they were set'}.`,
          once,
        },
      ];
    }
  }
}

function isReported(
  previous: XrayScanResultStatus | undefined,
  { action, at, phase }: NonNullable<Standing['enforcement']>,
): boolean {
  const before = previous?.enforcement;
  return before?.action === action && before.at === at && before.phase === phase;
}

function violationEvent(
  previous: XrayScanResultStatus | undefined,
  next: XrayScanResultStatus,
  standing: Standing,
): readonly EventDraft[] {
  if (previous?.action === next.action || next.message === undefined || next.action === undefined) return [];
  const [worst] = next.violations ?? [];
  const once = `${next.action ?? ''} ${worst?.policy ?? ''} ${worst?.id ?? ''} ${worst?.firstSeen ?? ''}`;
  switch (next.action) {
    case 'Audited':
      return [{ type: 'Warning', reason: 'WouldStop', action: 'Audit', note: next.message, once }];
    case 'Ignored':
      return [{ type: 'Warning', reason: 'PolicyViolated', action: 'Ignore', note: next.message, once }];
    case 'Held':
      return standing.kind === 'held'
        ? [{ type: 'Warning', reason: standing.reason, action: 'Hold', note: standing.message, once }]
        : [];
    case 'None':
    case 'ScaledDown':
    case 'Deleted':
    case 'Restored':
      return [];
  }
}
