// report: which rules of which policies hold for a workload, and how often each is broken. The result lists what is found and not
// what was looked for, and no more than fifty of it; a PolicyReport tells of rules that are kept, too. Pure.
import type { PolicyKind } from '../../api/v1alpha1/types.js';
import type { ConditionName } from '../../evaluate/breach.js';
import { whyOpen } from '../../evaluate/checks.js';
import type { Judgement } from '../../evaluate/verdict.js';

/** One rule of one policy. */
export interface CoveredRule {
  readonly policyKind: PolicyKind;
  /** As it is shown: `namespace/name` of an XrayPolicy, the name of a ClusterXrayPolicy. */
  readonly policy: string;
  readonly condition: ConditionName;
  readonly mode: 'Enforce' | 'Audit';
  readonly violations: number;
  readonly waived: number;
  /** Why it cannot be told of an image whether it breaks the rule; absent: it can, as far as the image is known. */
  readonly open?: string;
}

export function coverageOf({
  applied,
  violations,
  waived,
  images,
}: Pick<Judgement, 'applied' | 'violations' | 'waived' | 'images'>): readonly CoveredRule[] {
  const known = images.flatMap(({ revision, knowledge }) => (revision === 'Current' ? (knowledge ?? []) : []));
  return applied.flatMap(({ policy, holds }) =>
    holds.map((condition) => {
      const { kind, name, mode } = policy;
      const [open] = known.flatMap((knowledge) => whyOpen(condition, knowledge, policy) ?? []);
      const isOfRule = (one: { readonly policy: string; readonly condition: ConditionName }): boolean =>
        one.policy === name && one.condition === condition;
      return {
        policyKind: kind,
        policy: name,
        condition,
        mode,
        violations: violations.filter(isOfRule).length,
        waived: waived.filter(isOfRule).length,
        ...(open === undefined ? {} : { open }),
      };
    }),
  );
}
