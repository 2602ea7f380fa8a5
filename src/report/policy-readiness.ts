// report: what is said of a policy. An invalid one loosens nothing: its last valid form stays in force, and that is said too.
import type { Condition } from '@dot-kube/operator/conditions';
import type { Compiled } from '../evaluate/policy.js';

export interface PolicyReadiness {
  readonly condition: Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;
  readonly event?: {
    readonly type: 'Warning';
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  };
}

export function policyReadiness(newest: Compiled, hasValidForm: boolean): PolicyReadiness {
  const type = 'Ready';
  if (newest.ok) return { condition: { type, status: 'True', reason: 'Valid', message: 'The policy is in force.' } };
  const { reason } = newest;
  const consequence = hasValidForm ? 'Its last valid form stays in force.' : 'It is not in force.';
  const message = `${newest.message} ${consequence}`;
  return {
    condition: { type, status: 'False', reason, message },
    event: { type: 'Warning', reason, action: 'Compile', note: message },
  };
}
