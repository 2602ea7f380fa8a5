// api: a team's rules for the images in its own namespace.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Description,
  type LabelSelector,
  Nested,
} from '@dot-kube/operator/crd';
import { IsOptional } from 'class-validator';
import {
  AgeColumn,
  EvaluatedColumn,
  MessageColumn,
  ModeColumn,
  ReadyColumn,
  ReasonColumn,
  WorkloadsColumn,
} from './columns.js';
import { xrayPolicies } from './coordinates.js';
import { Count } from './fields.js';
import { type Notify, NotifyField } from './notify.js';
import {
  CHECKS_SOMETHING,
  LicenseField,
  type LicenseRule,
  ModeField,
  type PolicyRules,
  RollbackField,
  SecurityField,
  type SecurityRule,
  UnscannedField,
  type UnscannedRule,
  WorkloadSelectorField,
} from './policy-rules.js';
import { LastEvaluated, PolicyWorkloads } from './policy-status.js';
import type { Mode, Rollback } from './vocabulary.js';

@Description(
  'Which workloads the policy covers, and the rules for their images. A rule that is left out is not checked.',
)
@Cel(...CHECKS_SOMETHING)
export class XrayPolicySpec implements PolicyRules {
  @ModeField()
  readonly mode?: Mode;

  @RollbackField()
  readonly rollback?: Rollback;

  @WorkloadSelectorField(
    'Which workloads of the namespace are covered, by the labels of the pod template. Left out or empty: all.',
  )
  readonly workloadSelector?: LabelSelector;

  @UnscannedField()
  readonly unscanned?: UnscannedRule;

  @SecurityField()
  readonly security?: SecurityRule;

  @LicenseField()
  readonly license?: LicenseRule;

  @NotifyField()
  readonly notify?: readonly Notify[];
}

@Description('The last spec that made sense; it stays in force while the current one does not.')
export class LastValidSpec {
  @Description('The metadata.generation of that spec.')
  @Count()
  readonly generation!: number;

  @Description('That spec.')
  @Nested(() => XrayPolicySpec)
  readonly spec!: XrayPolicySpec;
}

@Description('Whether the policy is understood, and what it does now; written by the operator only.')
export class XrayPolicyStatus {
  @Description('The metadata.generation that this status was computed from.')
  @IsOptional()
  @Count()
  readonly observedGeneration?: number;

  @Description(
    'Ready: the policy makes sense and is in force. While it is False, lastValid is in force. Notified: only with notify.',
  )
  @Conditions()
  readonly conditions?: readonly Condition[];

  @Description('The last spec that made sense; it stays in force while the current one does not.')
  @IsOptional()
  @Nested(() => LastValidSpec)
  readonly lastValid?: LastValidSpec;

  @Description('How many workloads the policy has to do with now; absent until all have been judged once.')
  @IsOptional()
  @Nested(() => PolicyWorkloads)
  readonly workloads?: PolicyWorkloads;

  @LastEvaluated()
  readonly lastEvaluated?: string;
}

@Description("A team's rules for the images that run in its namespace. All policies count; the strictest action wins.")
@CustomResource({ ...xrayPolicies, singular: 'xraypolicy', shortNames: ['xpol'], categories: ['kubexray'] })
@ModeColumn()
@ReadyColumn('True while the policy makes sense and is in force.')
@ReasonColumn()
@WorkloadsColumn('Workloads')
@WorkloadsColumn('Violating')
@AgeColumn('the policy')
@WorkloadsColumn('Stopped')
@WorkloadsColumn('Held')
@WorkloadsColumn('Waived')
@EvaluatedColumn()
@MessageColumn()
export class XrayPolicy {
  @Description('Which workloads the policy covers, and the rules for their images.')
  @Nested(() => XrayPolicySpec)
  readonly spec!: XrayPolicySpec;

  @Description('Whether the policy is understood, and what it does now; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayPolicyStatus)
  readonly status?: XrayPolicyStatus;
}
