// evaluate: a breach of a rule, with the policy whose rule it is and when it asks for what; and how violations rank.
import type { Action, PolicyKind } from '../api/v1alpha1/types.js';
import { type Severity, severityRank } from '../scan/finding.js';
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

const strictness: Readonly<Record<Action, number>> = { Ignore: 0, ScaleDown: 1, Delete: 2 };

/** `Delete` > `ScaleDown` > `Ignore`; order of the input never matters. */
export function strictest(actions: readonly Action[]): Action {
  return actions.reduce((most, next) => (strictness[next] > strictness[most] ? next : most), 'Ignore');
}

export function isStricter(action: Action, than: Action): boolean {
  return strictness[action] > strictness[than];
}

/** The worst first: due before in grace, the stricter action, the higher severity, then by name so that order is stable. */
export function byWorst(now: Date): (a: Violation, b: Violation) => number {
  const rank = (v: Violation): number =>
    (isDue(v, now) ? 1000 : 0) + strictness[v.asks] * 100 + (v.mode === 'Enforce' ? 10 : 0) + rankOf(v.severity);
  return (a, b) => rank(b) - rank(a) || compareIdentity(a, b);
}

/** The first to end first. */
export function byEnd(a: WaivedViolation, b: WaivedViolation): number {
  return a.waiver.until.getTime() - b.waiver.until.getTime() || compareIdentity(a, b);
}

function rankOf(severity: Severity | undefined): number {
  return severity === undefined ? 0 : severityRank(severity);
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
