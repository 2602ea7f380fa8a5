// api: the platform's rules for the images of many namespaces, as a floor or as a default.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Default,
  Description,
  LabelSelector,
  MapAtomic,
  Nested,
  PrinterColumn,
} from '@dot-kube/operator/crd';
import { IsIn, IsOptional } from 'class-validator';
import {
  AgeColumn,
  EvaluatedColumn,
  MessageColumn,
  ModeColumn,
  ReadyColumn,
  ReasonColumn,
  WorkloadsColumn,
} from './columns.js';
import { clusterXrayPolicies } from './coordinates.js';
import { Count, Duration } from './fields.js';
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
import {
  EXCEPTIONS_ALLOWED,
  type ExceptionsAllowed,
  type Mode,
  POLICY_TIERS,
  type PolicyTier,
  type Rollback,
} from './vocabulary.js';

@Description(
  'Which workloads of which namespaces the policy covers, and the rules for their images. A rule that is left out is not ' +
    'checked.',
)
@Cel(...CHECKS_SOMETHING)
@Cel(
  "!has(self.maxExceptionDuration) || self.exceptions == 'Allowed'",
  'maxExceptionDuration needs exceptions: Allowed; remove one of them',
  { fieldPath: '.maxExceptionDuration' },
)
export class ClusterXrayPolicySpec implements PolicyRules {
  @Description(
    'Required: a floor; whatever other policies say, it counts too. Default: a rule holds for a workload only where no ' +
      'XrayPolicy that selects the workload has a rule for the same condition.',
  )
  @IsIn(POLICY_TIERS)
  readonly tier!: PolicyTier;

  @ModeField()
  readonly mode?: Mode;

  @RollbackField()
  readonly rollback?: Rollback;

  @Description('Which namespaces are covered, by their labels. Left out or empty: all.')
  @IsOptional()
  @Nested(() => LabelSelector)
  @MapAtomic()
  readonly namespaceSelector?: LabelSelector;

  @WorkloadSelectorField(
    'Which workloads of those namespaces are covered, by the labels of the pod template. Left out or empty: all.',
  )
  readonly workloadSelector?: LabelSelector;

  @Description('Whether an XrayException may waive violations of this policy: Allowed (the default) or Forbidden.')
  @IsIn(EXCEPTIONS_ALLOWED)
  @Default('Allowed')
  readonly exceptions?: ExceptionsAllowed;

  @Description(
    'The longest time for which an exception may waive violations of this policy, from its creation to its expiresAt; a longer ' +
      'one waives none of them. Left out: any time. Example: 30d',
  )
  @IsOptional()
  @Duration()
  readonly maxExceptionDuration?: string;

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
export class LastValidClusterSpec {
  @Description('The metadata.generation of that spec.')
  @Count()
  readonly generation!: number;

  @Description('That spec.')
  @Nested(() => ClusterXrayPolicySpec)
  readonly spec!: ClusterXrayPolicySpec;
}

@Description('Whether the policy is understood, and what it does now; written by the operator only.')
export class ClusterXrayPolicyStatus {
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
  @Nested(() => LastValidClusterSpec)
  readonly lastValid?: LastValidClusterSpec;

  @Description('How many workloads the policy has to do with now; absent until all have been judged once.')
  @IsOptional()
  @Nested(() => PolicyWorkloads)
  readonly workloads?: PolicyWorkloads;

  @LastEvaluated()
  readonly lastEvaluated?: string;
}

@Description(
  "The platform's rules for the images of many namespaces: a floor that nobody weakens (tier Required), or what holds where a " +
    'team says nothing (tier Default).',
)
@CustomResource({
  ...clusterXrayPolicies,
  singular: 'clusterxraypolicy',
  shortNames: ['cxpol'],
  categories: ['kubexray'],
})
@PrinterColumn({ name: 'Tier', type: 'string', jsonPath: '.spec.tier', description: 'Required or Default.' })
@ModeColumn()
@ReadyColumn('True while the policy makes sense and is in force.')
@ReasonColumn()
@WorkloadsColumn('Workloads')
@WorkloadsColumn('Violating')
@AgeColumn('the policy')
@PrinterColumn({
  name: 'Exceptions',
  type: 'string',
  jsonPath: '.spec.exceptions',
  description: 'Whether exceptions may waive its violations.',
  priority: 1,
})
@WorkloadsColumn('Stopped')
@WorkloadsColumn('Held')
@WorkloadsColumn('Waived')
@EvaluatedColumn()
@MessageColumn()
export class ClusterXrayPolicy {
  @Description('Which workloads of which namespaces the policy covers, and the rules for their images.')
  @Nested(() => ClusterXrayPolicySpec)
  readonly spec!: ClusterXrayPolicySpec;

  @Description('Whether the policy is understood, and what it does now; written by the operator only.')
  @IsOptional()
  @Nested(() => ClusterXrayPolicyStatus)
  readonly status?: ClusterXrayPolicyStatus;
}
