// evaluate: a breach of a rule, with the policy whose rule it is and when it asks for what; and how violations rank.
import type { Action, PolicyKind } from '../api/v1alpha1/types.js';
import { severityRank } from '../scan/finding.js';
import type { Digest } from '../workload/digest.js';
import type { Breach } from './breach.js';
import type { Policy } from './policy.js';
import type { RefusedWaiver, Waiver } from './waiver.js';

export interface Violation extends Breach {
  readonly policyKind: PolicyKind;
  readonly policy: string;
  readonly mode: Policy['mode'];
  /** The image's reference. */
  readonly image: string;
  readonly digest: Digest;
  readonly asks: Action;
  /** What is asked for may delete volumes. */
  readonly allowsDataLoss: boolean;
  /** Its policy has the workload rolled back, where that is possible, before it is scaled down. */
  readonly rollsBack: boolean;
  /** When this workload was first seen with it; grace counts from here. */
  readonly firstSeen: Date;
  /** When grace ends; a violation asks for nothing before. */
  readonly dueAt: Date;
  /** Exceptions that name it and that the policy does not let waive it. */
  readonly refusedWaivers: readonly RefusedWaiver[];
}

export interface WaivedViolation extends Violation {
  /** Of several, the one that holds longest. */
  readonly waiver: Waiver;
  /** The names of all exceptions that waive it. */
  readonly waivedBy: readonly string[];
}

export function isDue({ dueAt }: Violation, now: Date): boolean {
  return dueAt.getTime() <= now.getTime();
}

/** A policy that asks for the action now says that volumes may go with it. */
export function allowsLoss(violations: readonly Violation[], action: Action, now: Date): boolean {
  return violations.some(
    (one) => one.allowsDataLoss && one.mode === 'Enforce' && one.asks === action && isDue(one, now),
  );
}

const strictness: Readonly<Record<Action, number>> = { Ignore: 0, ScaleDown: 1, Delete: 2 };

/** `Delete` > `ScaleDown` > `Ignore`. */
export function isStricter(action: Action, than: Action): boolean {
  return strictness[action] > strictness[than];
}

/** `Ignore` where there is none. */
export function strictest(actions: readonly Action[]): Action {
  return actions.reduce<Action>((most, next) => (isStricter(next, most) ? next : most), 'Ignore');
}

/** The worst first: due before in grace, the stricter action, the higher severity, then by name so that order is stable. */
export function worstFirst(violations: readonly Violation[], now: Date): readonly Violation[] {
  const nowMs = now.getTime();
  return violations
    .map((violation) => ({ violation, rank: rankOf(violation, nowMs) }))
    .sort((a, b) => b.rank - a.rank || compareIdentity(a.violation, b.violation))
    .map(({ violation }) => violation);
}

/** The first to end first. */
export function byEnd(a: WaivedViolation, b: WaivedViolation): number {
  return a.waiver.until.getTime() - b.waiver.until.getTime() || compareIdentity(a, b);
}

function rankOf({ dueAt, asks, mode, severity }: Violation, nowMs: number): number {
  return (
    (dueAt.getTime() <= nowMs ? 1000 : 0) +
    strictness[asks] * 100 +
    (mode === 'Enforce' ? 10 : 0) +
    (severity === undefined ? 0 : severityRank(severity))
  );
}

function compareIdentity(a: Violation, b: Violation): number {
  return (
    compareText(a.condition, b.condition) ||
    compareText(a.id, b.id) ||
    compareText(a.image, b.image) ||
    compareText(a.policy, b.policy) ||
    compareText(a.vulnerability?.id ?? '', b.vulnerability?.id ?? '') ||
    compareText(a.digest, b.digest)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
