// evaluate: which form of a policy is in force. An edit that makes no sense loosens nothing: the last valid form stays.
import type { XrayPolicySpec, XrayPolicyStatus } from '../api/v1alpha1/types.js';
import { type Compiled, compilePolicy, type Policy } from './policy.js';

export interface EffectivePolicy {
  /** How the newest spec compiled. */
  readonly newest: Compiled;
  /** What is judged by: the newest spec if it is valid, else the last that was; undefined if there never was one. */
  readonly inForce: Policy | undefined;
}

export function effectivePolicy(
  name: string,
  spec: XrayPolicySpec,
  lastValid: XrayPolicyStatus['lastValid'],
): EffectivePolicy {
  const newest = compilePolicy(name, spec);
  if (newest.ok) return { newest, inForce: newest.policy };
  const former = lastValid === undefined ? undefined : compilePolicy(name, lastValid.spec);
  return { newest, inForce: former?.ok === true ? former.policy : undefined };
}
