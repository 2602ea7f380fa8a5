// api: a team's rules for the images in its own namespace.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Description,
  type LabelSelector,
  Nested,
  PrinterColumn,
} from '@dot-kube/operator/crd';
import { IsOptional } from 'class-validator';
import { xrayPolicies } from './coordinates.js';
import { Count } from './fields.js';
import {
  CHECKS_SOMETHING,
  LicenseField,
  type LicenseRule,
  ModeField,
  type PolicyRules,
  SecurityField,
  type SecurityRule,
  UnscannedField,
  type UnscannedRule,
  WorkloadSelectorField,
} from './policy-rules.js';
import { LastEvaluated, PolicyWorkloads } from './policy-status.js';
import type { Mode } from './vocabulary.js';

@Description(
  'Which workloads the policy covers, and the rules for their images. A rule that is left out is not checked.',
)
@Cel(...CHECKS_SOMETHING)
export class XrayPolicySpec implements PolicyRules {
  @ModeField()
  readonly mode?: Mode;

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

  @Description('Ready: the policy makes sense and is in force. While it is False, lastValid is in force.')
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
@PrinterColumn({ name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'Enforce or Audit.' })
@PrinterColumn({
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  description: 'True while the policy makes sense and is in force.',
})
@PrinterColumn({
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Why it is ready or not, in one word.',
})
@PrinterColumn({
  name: 'Workloads',
  type: 'integer',
  jsonPath: '.status.workloads.selected',
  description: 'Workloads on which a rule of the policy holds.',
})
@PrinterColumn({
  name: 'Violating',
  type: 'integer',
  jsonPath: '.status.workloads.violating',
  description: 'Those that break a rule of the policy.',
})
@PrinterColumn({
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago the policy was created.',
})
@PrinterColumn({
  name: 'Stopped',
  type: 'integer',
  jsonPath: '.status.workloads.stopped',
  description: 'Those that are stopped or deleted because of it.',
  priority: 1,
})
@PrinterColumn({
  name: 'Held',
  type: 'integer',
  jsonPath: '.status.workloads.held',
  description: 'Those that should be stopped and are held back.',
  priority: 1,
})
@PrinterColumn({
  name: 'Waived',
  type: 'integer',
  jsonPath: '.status.workloads.waived',
  description: 'Those with a violation that an exception waives.',
  priority: 1,
})
@PrinterColumn({
  name: 'Evaluated',
  type: 'date',
  jsonPath: '.status.lastEvaluated',
  description: 'How long ago a workload was last judged by it.',
  priority: 1,
})
@PrinterColumn({
  name: 'Message',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: 'Why it is ready or not, in a sentence.',
  priority: 1,
})
export class XrayPolicy {
  @Description('Which workloads the policy covers, and the rules for their images.')
  @Nested(() => XrayPolicySpec)
  readonly spec!: XrayPolicySpec;

  @Description('Whether the policy is understood, and what it does now; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayPolicyStatus)
  readonly status?: XrayPolicyStatus;
}
