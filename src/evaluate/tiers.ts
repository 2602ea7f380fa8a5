// evaluate: which policies have to do with a workload, and which of their rules hold for it. Order and names never matter.
import type { Policy } from './policy.js';
import type { Labels } from './selector.js';
import type { ConditionName } from './breach.js';

export interface AppliedPolicy {
  readonly policy: Policy;
  /** Its rules that hold for the workload. */
  readonly holds: readonly ConditionName[];
  /** Rules of a default that give way, and to which XrayPolicies of the namespace. */
  readonly yields: readonly { readonly condition: ConditionName; readonly to: readonly string[] }[];
}

export interface ObservedNamespace {
  readonly name: string;
  readonly labels: Labels;
}

export function coversNamespace(
  { namespaces }: Pick<Policy, 'namespaces'>,
  { name, labels }: ObservedNamespace,
): boolean {
  return typeof namespaces === 'string' ? namespaces === name : namespaces.selects(labels);
}

/**
 * @param policies those that cover the workload's namespace
 * @param labels of the pod template
 */
export function appliedTo(policies: readonly Policy[], labels: Labels): readonly AppliedPolicy[] {
  const selecting = policies.filter(({ workloads }) => workloads.selects(labels)).sort(byTier);
  const team = selecting.filter(({ tier }) => tier === 'Team');
  return selecting.map((policy) => {
    const conditions = conditionsOf(policy);
    if (policy.tier !== 'Default') return { policy, holds: conditions, yields: [] };
    const yields = conditions.flatMap((condition) => {
      const to = team.filter((other) => conditionsOf(other).includes(condition)).map(({ name }) => name);
      return to.length === 0 ? [] : [{ condition, to: to.sort() }];
    });
    return { policy, holds: conditions.filter((one) => !yields.some(({ condition }) => condition === one)), yields };
  });
}

const TIERS: readonly Policy['tier'][] = ['Required', 'Default', 'Team'];

/** Only so that the same policies always stand in the same order. */
function byTier(a: Policy, b: Policy): number {
  return TIERS.indexOf(a.tier) - TIERS.indexOf(b.tier) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** The conditions that a policy covers. */
export function conditionsOf({ unscanned, security, license }: Policy): readonly ConditionName[] {
  return [
    ...(unscanned === undefined ? [] : (['Unscanned'] as const)),
    ...(security === undefined ? [] : (['Security'] as const)),
    ...(license === undefined ? [] : (['License'] as const)),
  ];
}
