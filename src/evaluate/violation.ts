// evaluate: one breach of one rule of one policy by one image, and how violations rank.
import type { Action } from '../api/v1alpha1/types.js';
import { type Severity, severityRank } from '../scan/finding.js';
import type { Digest } from '../workload/digest.js';
import type { Policy } from './policy.js';

export type ConditionName = 'Unscanned' | 'Security' | 'License';

/** What a check finds; the rest of a {@link Violation} follows from the policy and the time. */
export interface Breach {
  readonly condition: ConditionName;
  /** CVE or XRAY id, license name, or `unscanned`. */
  readonly id: string;
  readonly severity?: Severity;
  readonly summary: string;
  readonly fixedVersions: readonly string[];
}

export interface Violation extends Breach {
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
}

export function isDue({ dueAt }: Violation, now: Date): boolean {
  return dueAt.getTime() <= now.getTime();
}

const strictness: Readonly<Record<Action, number>> = { Ignore: 0, ScaleDown: 1, Delete: 2 };

/** `Delete` > `ScaleDown` > `Ignore`; order of the input never matters. */
export function strictest(actions: readonly Action[]): Action {
  return actions.reduce((most, next) => (strictness[next] > strictness[most] ? next : most), 'Ignore');
}

/** The worst first: due before in grace, the stricter action, the higher severity, then by name so that order is stable. */
export function byWorst(now: Date): (a: Violation, b: Violation) => number {
  const rank = (v: Violation): number =>
    (isDue(v, now) ? 1000 : 0) + strictness[v.asks] * 100 + (v.mode === 'Enforce' ? 10 : 0) + rankOf(v.severity);
  return (a, b) => rank(b) - rank(a) || compareText(identity(a), identity(b));
}

function rankOf(severity: Severity | undefined): number {
  return severity === undefined ? 0 : severityRank(severity);
}

function identity({ policy, condition, id, image }: Violation): string {
  return [condition, id, image, policy].join(' ');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
