// evaluate: which form of a policy is in force. An edit that makes no sense loosens nothing: the last valid form stays.
import type { Compiled, Policy } from './policy.js';

export interface EffectivePolicy {
  /** How the newest spec compiled. */
  readonly newest: Compiled;
  /** What is judged by: the newest spec if it is valid, else the last that was; undefined if there never was one. */
  readonly inForce: Policy | undefined;
}

/** @param lastValid the last spec that was valid, as far as is known */
export function effectivePolicy<S>(compile: (spec: S) => Compiled, spec: S, lastValid: S | undefined): EffectivePolicy {
  const newest = compile(spec);
  if (newest.ok) return { newest, inForce: newest.policy };
  const former = lastValid === undefined ? undefined : compile(lastValid);
  return { newest, inForce: former?.ok === true ? former.policy : undefined };
}
