// evaluate: a policy's spec, compiled once for each of its generations into what the checks use. A spec that makes no
// sense is refused with a reason (policy-problems.ts).
import { parseDuration } from '../api/duration.js';
import type { WorkloadKind } from '../api/workload-kinds.js';
import type {
  Action,
  Actions,
  ClusterXrayPolicySpec,
  LicenseRule,
  PolicyKind,
  PolicyRules,
  PolicyTier,
  SecurityRule,
  UnscannedRule,
  XrayPolicySpec,
} from '../api/v1alpha1/types.js';
import type { Severity } from '../scan/finding.js';
import { anyGlob, type Matches } from './glob.js';
import { clusterPolicyProblem, policyProblem, type Problem } from './policy-problems.js';
import { selection, type Selection } from './selector.js';

export interface Policy {
  readonly kind: PolicyKind;
  /** As it is shown: `namespace/name` of an XrayPolicy, the name of a ClusterXrayPolicy; so no two ever share one. */
  readonly name: string;
  /** `Team`: an XrayPolicy. */
  readonly tier: PolicyTier | 'Team';
  readonly mode: 'Enforce' | 'Audit';
  /** A workload is rolled back, where that is possible, before it is scaled down. */
  readonly rollsBack: boolean;
  /** The one namespace of an XrayPolicy, or which ones by their labels. */
  readonly namespaces: string | Selection;
  readonly workloads: Selection;
  readonly exceptions: ExceptionTerms;
  readonly unscanned?: UnscannedPolicy;
  readonly security?: SecurityPolicy;
  readonly license?: LicensePolicy;
}

/** What the policy says of exceptions. */
export type ExceptionTerms =
  /** `maxMs`: from the creation of an exception to its end; absent: any time. */
  { readonly allowed: true; readonly maxMs?: number } | { readonly allowed: false };

export interface Asks {
  readonly actionFor: (kind: WorkloadKind) => Action;
  /** A stop may delete volumes. */
  readonly allowsDataLoss: boolean;
}

export interface UnscannedPolicy extends Asks {
  readonly graceMs: number;
  /** Absent: what Xray said last of an image that it has forgotten holds for ever. */
  readonly maxAgeMs?: number;
  readonly exemptImages: readonly string[];
  readonly exempts: Matches;
}

export interface SecurityPolicy extends Asks {
  readonly minSeverity: Severity;
  readonly minCvssScore: number;
  /** Only what Xray's own watches and policies raised. */
  readonly onlyRaised: boolean;
  readonly onlyFixable: boolean;
  readonly onlyApplicable: boolean;
  readonly ignored: ReadonlySet<string>;
  readonly graceMs: number;
}

export interface LicensePolicy extends Asks {
  readonly denies: Matches;
  /** Absent: every license is allowed that is not denied. */
  readonly allows?: Matches;
  readonly allowed: readonly string[];
  readonly denyUnknown: boolean;
  /** Only what Xray's own watches and policies raised. */
  readonly onlyRaised: boolean;
  /** Of what they raised, everything is denied. */
  readonly deniesAllRaised: boolean;
}

export type Compiled = { readonly ok: true; readonly policy: Policy } | ({ readonly ok: false } & Problem);

export interface PolicyKey {
  readonly namespace: string;
  readonly name: string;
}

/** @throws never: what is wrong comes back as a reason and a message that says what to change. */
export function compilePolicy({ namespace, name }: PolicyKey, spec: XrayPolicySpec): Compiled {
  const problem = policyProblem(spec);
  if (problem !== undefined) return { ok: false, ...problem };
  return {
    ok: true,
    policy: {
      kind: 'XrayPolicy',
      name: `${namespace}/${name}`,
      tier: 'Team',
      namespaces: namespace,
      exceptions: { allowed: true },
      ...compileRules(spec),
    },
  };
}

/** @throws never, as {@link compilePolicy} */
export function compileClusterPolicy({ name }: Pick<PolicyKey, 'name'>, spec: ClusterXrayPolicySpec): Compiled {
  const problem = clusterPolicyProblem(spec);
  if (problem !== undefined) return { ok: false, ...problem };
  return {
    ok: true,
    policy: {
      kind: 'ClusterXrayPolicy',
      name,
      tier: spec.tier,
      namespaces: selection(spec.namespaceSelector),
      exceptions: exceptionTerms(spec),
      ...compileRules(spec),
    },
  };
}

function exceptionTerms({ exceptions, maxExceptionDuration }: ClusterXrayPolicySpec): ExceptionTerms {
  if (exceptions === 'Forbidden') return { allowed: false };
  const maxMs = maxExceptionDuration === undefined ? undefined : parseDuration(maxExceptionDuration);
  return { allowed: true, ...(maxMs === undefined ? {} : { maxMs }) };
}

function compileRules(
  spec: PolicyRules,
): Pick<Policy, 'mode' | 'rollsBack' | 'workloads' | 'unscanned' | 'security' | 'license'> {
  return {
    mode: spec.mode ?? 'Audit',
    rollsBack: spec.rollback === 'PreviousCompliant',
    workloads: selection(spec.workloadSelector),
    ...(spec.unscanned === undefined ? {} : { unscanned: compileUnscanned(spec.unscanned) }),
    ...(spec.security === undefined ? {} : { security: compileSecurity(spec.security) }),
    ...(spec.license === undefined ? {} : { license: compileLicense(spec.license) }),
  };
}

function compileUnscanned({ gracePeriod, maxScanAge, exemptImages = [], actions }: UnscannedRule): UnscannedPolicy {
  const maxAgeMs = maxScanAge === undefined ? undefined : parseDuration(maxScanAge);
  return {
    graceMs: durationMs(gracePeriod, '15m'),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    exemptImages,
    exempts: anyGlob(exemptImages),
    ...asks(actions),
  };
}

function compileSecurity(rule: SecurityRule): SecurityPolicy {
  return {
    minSeverity: rule.minSeverity ?? 'High',
    minCvssScore: rule.minCvssScore ?? 0,
    onlyRaised: rule.source === 'Violations',
    onlyFixable: rule.onlyFixable ?? false,
    onlyApplicable: rule.onlyApplicable ?? false,
    ignored: new Set(rule.ignoredVulnerabilities),
    graceMs: durationMs(rule.gracePeriod, '0s'),
    ...asks(rule.actions),
  };
}

function compileLicense({ denied, allowed, unknown = 'Allow', source, actions }: LicenseRule): LicensePolicy {
  const onlyRaised = source === 'Violations';
  return {
    denies: anyGlob(denied ?? []),
    ...(allowed === undefined ? {} : { allows: anyGlob(allowed) }),
    allowed: allowed ?? [],
    denyUnknown: unknown === 'Deny',
    onlyRaised,
    deniesAllRaised: onlyRaised && denied === undefined && allowed === undefined,
    ...asks(actions),
  };
}

// The API server fills the defaults in; they stand here too because a spec kept from an older schema may lack them.
function durationMs(text: string | undefined, byDefault: string): number {
  return parseDuration(text ?? byDefault) ?? 0;
}

/** The key in `actions` of each kind; `default` holds for those whose key is not set, and for every custom kind. */
export const ACTION_KEYS = {
  Deployment: 'deployments',
  StatefulSet: 'statefulSets',
  DaemonSet: 'daemonSets',
  ReplicaSet: 'replicaSets',
  ReplicationController: 'replicationControllers',
  Job: 'jobs',
  CronJob: 'cronJobs',
  Pod: 'pods',
  Custom: 'default',
} as const satisfies Readonly<Record<WorkloadKind, keyof Actions>>;

function asks(actions: Actions = {}): Asks {
  return {
    actionFor: (kind) => actions[ACTION_KEYS[kind]] ?? actions.default ?? 'Ignore',
    allowsDataLoss: actions.allowDataLoss ?? false,
  };
}
