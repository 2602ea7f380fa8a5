// cli/explain: why a workload stands where it does, from its result and the rules of the cluster. Pure: which policies apply and
// which exceptions may waive is the operator's own reckoning.
import type {
  Action,
  Enforcement,
  HistoryLine,
  Mode,
  ResultViolation,
  ResultWaived,
  XrayScanResultStatus,
} from '../../api/v1alpha1/types.js';
import { type WorkloadKind, workloadKindOf } from '../../api/workload-kinds.js';
import type { ConditionName } from '../../evaluate/breach.js';
import { actionOf, graceMs } from '../../evaluate/checks.js';
import type { Exception } from '../../evaluate/exception.js';
import type { Policy } from '../../evaluate/policy.js';
import type { Labels } from '../../evaluate/selector.js';
import { type AppliedPolicy, appliedTo, conditionsOf } from '../../evaluate/tiers.js';

import { isActive, waiversOf } from '../../evaluate/waiver.js';
import { parseDigest } from '../../workload/digest.js';
import { breachOf } from '../stored.js';
import { strictest } from '../../evaluate/violation.js';
import { timeText } from '../style.js';

export interface Explanation {
  readonly workload: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly verdict: string;
  readonly action: string;
  readonly message: string;
  readonly policies: readonly ExplainedPolicy[];
  readonly violations: readonly ExplainedViolation[];
  readonly waived: readonly ResultWaived[];
  /** Those that hold for the workload, whether they waive something or not. */
  readonly exceptions: readonly ExplainedException[];
  /** The strictest action that is due, and the policies that ask for it. */
  readonly decided: { readonly action: Action; readonly by: readonly string[] };
  /** The last thing that the operator did. */
  readonly done?: Enforcement;
  /** What was done to it, the newest first. */
  readonly history: readonly Plain<HistoryLine>[];
  /** When something changes by itself: the next end of a grace period or of an exception. */
  readonly nextAt?: string;
  /** What could not be told. */
  readonly notes: readonly string[];
}

export interface ExplainedPolicy {
  readonly kind: Policy['kind'];
  readonly name: string;
  readonly tier: Policy['tier'];
  readonly mode: Mode;
  readonly asks: readonly {
    readonly condition: ConditionName;
    readonly action: Action;
    readonly graceSeconds: number;
  }[];
  /** A Deployment or StatefulSet is rolled back where that is possible, if all that ask for the stop say so. */
  readonly rollback?: true;
  /** Rules that give way, and to which policies of the namespace. */
  readonly yields: AppliedPolicy['yields'];
  readonly exceptions: 'Allowed' | 'Forbidden';
  readonly maxExceptionSeconds?: number;
}

/** As plain data: what the API server sends is no instance of a class. */
type Plain<T> = Omit<T, never>;

export interface ExplainedViolation extends Plain<ResultViolation> {
  readonly inGrace: boolean;
  /** Exceptions that name it and that its policy does not let waive it. */
  readonly notWaived: readonly string[];
}

export interface ExplainedException {
  readonly name: string;
  readonly until: string;
  readonly reason: string;
  readonly state: 'Active' | 'Expired';
  /** How many of the workload's violations it waives now. */
  readonly waives: number;
}

export interface ExplainInput {
  readonly workload: Explanation['workload'];
  /** Of the workload. */
  readonly apiVersion: string;
  /** Of the pod template; undefined where it cannot be read. */
  readonly labels: Labels | undefined;
  readonly status: XrayScanResultStatus;
  /** Those that cover the namespace. */
  readonly policies: readonly Policy[];
  /** Those of the namespace. */
  readonly exceptions: readonly Exception[];
  readonly notes: readonly string[];
  readonly now: Date;
}

export function explain(input: ExplainInput): Explanation {
  const { workload, apiVersion, labels, status, policies, now } = input;
  const held = holdingExceptions(input);
  const violations = (status.violations ?? []).map((one) => explainedViolation(one, held, input));
  const nextAt = nextChange(status, now);
  return {
    workload,
    verdict: status.verdict ?? 'Pending',
    action: status.action ?? 'None',
    message: status.message ?? '',
    policies:
      labels === undefined
        ? []
        : appliedTo(policies, labels).map((one) =>
            explainedPolicy(one, workloadKindOf({ apiVersion, kind: workload.kind })),
          ),
    violations,
    waived: status.waived ?? [],
    exceptions: held.map((one) => explainedException(one, status, now)),
    decided: decided(violations),
    ...(status.enforcement === undefined ? {} : { done: status.enforcement }),
    history: status.history ?? [],
    ...(nextAt === undefined ? {} : { nextAt: timeText(nextAt) }),
    notes: [...input.notes, ...omitted(status)],
  };
}

/** Without the labels of the pod template nobody can tell whether a selector holds. */
function holdingExceptions({ workload, labels, exceptions }: ExplainInput): readonly Exception[] {
  return labels === undefined ? [] : exceptions.filter((one) => one.holdsFor({ ref: workload, labels }));
}

function explainedPolicy({ policy, yields }: AppliedPolicy, kind: WorkloadKind): ExplainedPolicy {
  const { exceptions } = policy;
  return {
    kind: policy.kind,
    name: policy.name,
    tier: policy.tier,
    mode: policy.mode,
    asks: conditionsOf(policy).map((condition) => ({
      condition,
      action: actionOf(policy, condition, kind),
      graceSeconds: graceMs(policy, condition) / 1000,
    })),
    ...(policy.rollsBack && ACTS_ON.has(kind) ? { rollback: true as const } : {}),
    yields,
    exceptions: exceptions.allowed ? 'Allowed' : 'Forbidden',
    ...(exceptions.allowed && exceptions.maxMs !== undefined ? { maxExceptionSeconds: exceptions.maxMs / 1000 } : {}),
  };
}

/** The kinds that have a history to go back in. */
const ACTS_ON: ReadonlySet<WorkloadKind> = new Set(['Deployment', 'StatefulSet']);

function explainedViolation(
  violation: Plain<ResultViolation>,
  held: readonly Exception[],
  { status, policies, now }: ExplainInput,
): ExplainedViolation {
  const policy = policies.find(({ kind, name }) => name === violation.policy && kind === violation.policyKind);
  const digest = status.images?.find(({ reference }) => reference === violation.image)?.digest;
  const naming = held.filter((one) => isActive(one, now) && names(one, violation, digest));
  return {
    ...violation,
    inGrace: Date.parse(violation.dueAt) > now.getTime(),
    notWaived: policy === undefined ? [] : waiversOf(naming, policy).refused.map(({ message }) => message),
  };
}

function names(exception: Exception, violation: ResultViolation, digest: string | undefined): boolean {
  const parsed = parseDigest(digest ?? '');
  const image = { reference: violation.image, ...(parsed.ok ? { digest: parsed.digest } : {}) };
  return exception.holdsForImage(image) && exception.names(breachOf(violation));
}

function explainedException(
  exception: Exception,
  { waived = [] }: XrayScanResultStatus,
  now: Date,
): ExplainedException {
  const { name, expiresAt, reason } = exception;
  return {
    name,
    until: timeText(expiresAt),
    reason,
    state: isActive(exception, now) ? 'Active' : 'Expired',
    waives: waived.filter((one) => one.exception === name).length,
  };
}

function decided(violations: readonly ExplainedViolation[]): Explanation['decided'] {
  const due = violations.filter(({ mode, inGrace }) => mode === 'Enforce' && !inGrace);
  const action = strictest(due.map(({ asks }) => asks));
  const by = due.filter(({ asks }) => action !== 'Ignore' && asks === action);
  return { action, by: [...new Set(by.map(({ policyKind, policy }) => `${policyKind ?? ''} ${policy}`.trim()))] };
}

function nextChange({ violations = [], waived = [] }: XrayScanResultStatus, now: Date): Date | undefined {
  const times = [...violations.map(({ dueAt }) => dueAt), ...waived.map(({ until }) => until)]
    .map((text) => Date.parse(text))
    .filter((ms) => ms > now.getTime());
  return times.length === 0 ? undefined : new Date(times.reduce((a, b) => Math.min(a, b)));
}

function omitted({ violationsOmitted = 0, waivedOmitted = 0 }: XrayScanResultStatus): readonly string[] {
  return [
    ...(violationsOmitted === 0 ? [] : [`the result has ${violationsOmitted} more violations than it lists`]),
    ...(waivedOmitted === 0 ? [] : [`the result has ${waivedOmitted} more waived violations than it lists`]),
  ];
}
