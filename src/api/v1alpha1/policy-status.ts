// api: what the operator says of a policy, of either kind: whether it is understood, and what it does now.
import { all, Description, Timestamp } from '@dot-kube/operator/crd';
import { IsOptional } from 'class-validator';
import { Count, Described } from './fields.js';

@Description('How many workloads the policy has to do with now. One that breaks a rule may also be stopped or held.')
export class PolicyWorkloads {
  @Description('Workloads on which at least one rule of the policy holds.')
  @Count()
  readonly selected!: number;

  @Description('Those that break a rule of the policy, in its grace period or after.')
  @Count()
  readonly violating!: number;

  @Description('Those that are stopped or deleted, and of which the policy asks that.')
  @Count()
  readonly stopped!: number;

  @Description('Those that the policy wants stopped, and that are held back; their results say why.')
  @Count()
  readonly held!: number;

  @Description('Those with a violation of the policy that an exception waives.')
  @Count()
  readonly waived!: number;
}

export function LastEvaluated(): PropertyDecorator {
  return all(
    Described('When a workload was last judged by the policy, to the minute while nothing else changes.'),
    IsOptional(),
    Timestamp(),
  );
}
