// cli/release: what brings a workload back that the operator has stopped, by the operator's own reckoning. Pure.
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { ObservedTarget } from '../../observe/observed.js';
import { type Change, plan } from '../../plan/plan.js';
import { noteInForce } from '../../report/result/memory.js';

export type Release =
  | { readonly kind: 'release'; readonly change: Extract<Change, { kind: 'Restore' | 'Forget' }> }
  /** It has a note of the operator's that cannot be read. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'nothing' };

/** What a plan would be made of if nothing were asked for any more. */
const NOTHING_ASKED = { demand: 'Ignore', undecided: false, violations: [], allowsDataLoss: false } as const;
const NOWHERE = { protectedNamespaces: new Set<string>(), budgets: [] };

/** @param status of the workload's result, which has the note twice */
export function releaseOf(target: ObservedTarget, status: XrayScanResultStatus | undefined, now: Date): Release {
  const note = noteInForce(target, status);
  if (note === undefined) return target.note === undefined ? { kind: 'nothing' } : { kind: 'unreadable' };
  // Whether its controller has seen the stop says what would be left of the cause, and nobody asks for that here.
  const seen = { ...target, observedGeneration: target.generation };
  const planned = plan({ judgement: NOTHING_ASKED, target: seen, note, surroundings: NOWHERE, pods: 0, now });
  if (planned.kind !== 'change') return { kind: 'nothing' };
  const { change } = planned;
  return change.kind === 'Restore' || change.kind === 'Forget' ? { kind: 'release', change } : { kind: 'nothing' };
}

/** As in `goes back to 3 replicas`. */
export function releaseText({ kind, note: { before } }: Extract<Release, { kind: 'release' }>['change']): string {
  if (kind === 'Forget') return 'somebody took it over, so only the note is taken off';
  switch (before.by) {
    case 'replicas':
      return `goes back to ${before.replicas} replicas`;
    case 'suspend':
      return 'is resumed';
    case 'nodeSelector':
      return 'gets its own node selector back';
  }
}

/** Whether the operator, if it runs, would stop it again. */
export function isStillAskedFor({ violations = [] }: XrayScanResultStatus, now: Date): boolean {
  return violations.some(
    ({ mode, asks, dueAt }) => mode === 'Enforce' && asks !== 'Ignore' && Date.parse(dueAt) <= now.getTime(),
  );
}

/** What of a Lease tells whether its holder is at work. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly renewTime?: string;
  readonly leaseDurationSeconds?: number;
}

export function isHeld(
  { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 }: LeaseSpec,
  now: Date,
): boolean {
  const endMs = Date.parse(renewTime) + leaseDurationSeconds * 1000;
  return holderIdentity !== '' && endMs > now.getTime(); // false for a time that is none
}
