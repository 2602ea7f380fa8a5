// report: what is said of a policy. An invalid one loosens nothing: its last valid form stays in force, and that is said too.
import type { Condition } from '@dot-kube/operator/conditions';
import type { Overridden } from '../../evaluate/floor.js';
import type { Compiled } from '../../evaluate/policy.js';

export interface PolicyReadiness {
  readonly condition: Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;
  readonly event?: {
    readonly type: 'Warning';
    readonly reason: string;
    readonly action: string;
    readonly note: string;
  };
}

export interface ReadinessInput {
  readonly newest: Compiled;
  /** A form of it is in force, if an older one. */
  readonly hasValidForm: boolean;
  /** Where the platform's floor is stricter. */
  readonly overridden: readonly Overridden[];
}

const MAX_FIELDS_TOLD = 10;

export function policyReadiness({ newest, hasValidForm, overridden }: ReadinessInput): PolicyReadiness {
  const type = 'Ready';
  if (!newest.ok) {
    const { reason } = newest;
    const consequence = hasValidForm ? 'Its last valid form stays in force.' : 'It is not in force.';
    const message = `${newest.message} ${consequence}`;
    return {
      condition: { type, status: 'False', reason, message },
      event: { type: 'Warning', reason, action: 'Compile', note: message },
    };
  }
  if (overridden.length === 0)
    return { condition: { type, status: 'True', reason: 'Valid', message: 'The policy is in force.' } };
  const message = `The policy is in force, but the platform asks for more of the workloads that both select: ${fieldsText(overridden)}.`;
  return { condition: { type, status: 'True', reason: 'OverriddenByPlatform', message } };
}

function fieldsText(overridden: readonly Overridden[]): string {
  const told = overridden
    .slice(0, MAX_FIELDS_TOLD)
    .map(({ field, by }) => `${field} (ClusterXrayPolicy ${by.join(', ')})`);
  const more = overridden.length - told.length;
  return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ');
}
