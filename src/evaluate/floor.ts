// evaluate: what of a team's policy the platform's floor makes void: where it asks for less than a Required policy does.
import { BUILT_IN_KINDS, type WorkloadKind } from '../api/workload-kinds.js';
import { severityRank } from '../scan/finding.js';
import { actionOf } from './checks.js';
import { ACTION_KEYS, type LicensePolicy, type Policy, type SecurityPolicy, type UnscannedPolicy } from './policy.js';
import { conditionsOf } from './tiers.js';
import type { ConditionName } from './breach.js';
import { isStricter } from './violation.js';

export interface Overridden {
  /** Of the team's policy, as in `spec.security.minSeverity`. */
  readonly field: string;
  /** The names of the ClusterXrayPolicies that are stricter there. */
  readonly by: readonly string[];
}

/** @param floors those of tier `Required` that cover the policy's namespace */
export function overriddenBy(policy: Policy, floors: readonly Policy[]): readonly Overridden[] {
  const pairs = floors.flatMap((floor) => laxerFields(policy, floor).map((field) => ({ field, floor: floor.name })));
  const byField = Map.groupBy(pairs, ({ field }) => field);
  return [...byField].map(([field, found]) => ({ field, by: found.map(({ floor }) => floor).sort() }));
}

/** The fields with which a policy asks for less than the floor, of the conditions that both cover. */
function laxerFields(policy: Policy, floor: Policy): readonly string[] {
  const both = conditionsOf(policy).filter((condition) => conditionsOf(floor).includes(condition));
  if (both.length === 0) return [];
  return [
    ...(policy.mode === 'Audit' && floor.mode === 'Enforce' ? ['spec.mode'] : []),
    ...(policy.unscanned && floor.unscanned ? laxerUnscanned(policy.unscanned, floor.unscanned) : []),
    ...(policy.security && floor.security ? laxerSecurity(policy.security, floor.security) : []),
    ...(policy.license && floor.license ? laxerLicense(policy.license, floor.license) : []),
    ...both.flatMap((condition) => laxerActions(condition, policy, floor)),
    ...laxerRollback(both, policy, floor),
  ];
}

const ROLLED_BACK: readonly WorkloadKind[] = ['Deployment', 'StatefulSet'];

/** A rollback is milder than the stop of a floor that does not speak of one. */
function laxerRollback(both: readonly ConditionName[], policy: Policy, floor: Policy): readonly string[] {
  if (!policy.rollsBack || floor.rollsBack || floor.mode === 'Audit') return [];
  const stops = both.some((condition) => ROLLED_BACK.some((kind) => actionOf(floor, condition, kind) !== 'Ignore'));
  return stops ? ['spec.rollback'] : [];
}

function laxerUnscanned(team: UnscannedPolicy, floor: UnscannedPolicy): readonly string[] {
  return fieldsWhere('spec.unscanned', {
    gracePeriod: team.graceMs > floor.graceMs,
    maxScanAge: (team.maxAgeMs ?? 0) > (floor.maxAgeMs ?? Number.POSITIVE_INFINITY),
    exemptImages: team.exemptImages.some((pattern) => !floor.exemptImages.includes(pattern)),
  });
}

function laxerSecurity(team: SecurityPolicy, floor: SecurityPolicy): readonly string[] {
  return fieldsWhere('spec.security', {
    minSeverity: severityRank(team.minSeverity) > severityRank(floor.minSeverity),
    minCvssScore: team.minCvssScore > floor.minCvssScore,
    onlyFixable: team.onlyFixable && !floor.onlyFixable,
    onlyApplicable: team.onlyApplicable && !floor.onlyApplicable,
    source: team.onlyRaised && !floor.onlyRaised,
    ignoredVulnerabilities: !team.ignored.isSubsetOf(floor.ignored),
    gracePeriod: team.graceMs > floor.graceMs,
  });
}

// What a team does not deny is no claim that it may run; what it allows by name is.
function laxerLicense(team: LicensePolicy, floor: LicensePolicy): readonly string[] {
  return fieldsWhere('spec.license', {
    source: team.onlyRaised && !floor.onlyRaised,
    allowed: team.allowed.some((name) => floor.denies(name) || floor.allows?.(name) === false),
  });
}

function laxerActions(condition: ConditionName, policy: Policy, floor: Policy): readonly string[] {
  const asked = (kind: WorkloadKind) => ({
    kind,
    floor: actionOf(floor, condition, kind),
    team: actionOf(policy, condition, kind),
  });
  const byDefault = asked('Custom');
  // Where both leave it to their defaults, that is told once and not for each kind.
  const byKey = BUILT_IN_KINDS.map(asked).filter((one) => one.floor !== byDefault.floor || one.team !== byDefault.team);
  return [...byKey, byDefault]
    .filter((one) => isStricter(one.floor, one.team))
    .map(({ kind }) => `spec.${condition.toLowerCase()}.actions.${ACTION_KEYS[kind]}`);
}

function fieldsWhere(rule: string, laxer: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(laxer).flatMap(([field, isLaxer]) => (isLaxer ? [`${rule}.${field}`] : []));
}
