// cli/approve: what the approval of a policy would set free: the workloads that the brake holds and that this policy wants stopped.
// From what the operator wrote into their results. Pure.
import type { Action, PolicyKind, ResultViolation } from '../../api/v1alpha1/types.js';
import { strictest } from '../../evaluate/violation.js';
import { BRAKE_ENGAGED } from '../../report/result/held-reasons.js';
import type { StoredResult } from '../stored.js';

export interface PolicyNamed {
  readonly kind: PolicyKind;
  /** As results name it: `namespace/name` of an XrayPolicy, the name of a ClusterXrayPolicy. */
  readonly shown: string;
}

export interface HeldWorkload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly action: Action;
  /** The worst that the policy finds. */
  readonly because: string;
}

export function heldBy(policy: PolicyNamed, results: readonly StoredResult[], now: Date): readonly HeldWorkload[] {
  return results.flatMap(({ metadata, spec, status = {} }) => {
    const enforced = status.conditions?.find(({ type }) => type === 'Enforced');
    if (enforced?.reason !== BRAKE_ENGAGED) return [];
    const asking = (status.violations ?? []).filter((violation) => asksFor(violation, policy, now));
    const [worst] = asking;
    if (worst === undefined) return [];
    const { kind, name } = spec.workloadRef;
    const action = strictest(asking.map(({ asks }) => asks));
    return [{ namespace: metadata.namespace ?? '', kind, name, action, because: `${worst.id} in ${worst.image}` }];
  });
}

function asksFor({ policyKind, policy, mode, asks, dueAt }: ResultViolation, named: PolicyNamed, now: Date): boolean {
  const isOurs = policyKind === named.kind && policy === named.shown;
  return isOurs && mode === 'Enforce' && asks !== 'Ignore' && Date.parse(dueAt) <= now.getTime();
}
