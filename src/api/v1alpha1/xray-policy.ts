// api: a team's rules for the images in its own namespace, and what is to happen to workloads that break them.
import {
  Cel,
  type Condition,
  Conditions,
  CustomResource,
  Default,
  Description,
  LabelSelector,
  ListSet,
  MapAtomic,
  Nested,
  PrinterColumn,
} from '@dot-kube/operator/crd';
import { IsBoolean, IsIn, IsNumber, IsOptional, Matches, Max, Min } from 'class-validator';
import { xrayPolicies } from './coordinates.js';
import { Count, Duration, TextList } from './fields.js';
import {
  type Action,
  ACTIONS,
  ALLOW_DENY,
  type AllowDeny,
  type Mode,
  MODES,
  SEVERITIES,
  type Severity,
} from './vocabulary.js';

const VULNERABILITY_ID = /^(CVE-[0-9]{4}-[0-9]{4,19}|XRAY-[0-9]{1,19})$/;

@Description(
  'What happens to a workload that breaks the rule, by its kind. Ignore reports only. ScaleDown sets replicas to 0 and gives ' +
    'them back when the rule holds again. Delete deletes the workload. Kinds without a field here are reported only.',
)
export class Actions {
  @Description('For Deployments: Ignore (the default), ScaleDown or Delete.')
  @IsIn(ACTIONS)
  @Default('Ignore')
  readonly deployments?: Action;

  @Description(
    'For StatefulSets: Ignore (the default), ScaleDown or Delete. Not done where it would delete volumes ' +
      '(persistentVolumeClaimRetentionPolicy); the result then says so.',
  )
  @IsIn(ACTIONS)
  @Default('Ignore')
  readonly statefulSets?: Action;
}

const ACTIONS_TEXT = 'What happens to a workload that breaks the rule, by its kind. Default: nothing but a report.';

@Description('Images that Xray has not scanned break this rule once their grace period is over.')
export class UnscannedRule {
  @Description(
    'How long a new image may wait for its scan, counted from when it was first seen on the workload. Default: 15m.',
  )
  @Duration()
  @Default('15m')
  readonly gracePeriod?: string;

  @Description(
    'Images that need no scan, as patterns on the whole reference: * stands for any text, ? for one character. ' +
      'Example: registry.k8s.io/*',
  )
  @IsOptional()
  @TextList({ maxItems: 100, minLength: 1, maxLength: 512 })
  @Matches(/^\S+$/, { each: true })
  @ListSet()
  readonly exemptImages?: readonly string[];

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

@Description(
  'Images with vulnerabilities that meet all of these conditions break this rule. Malicious packages always do.',
)
export class SecurityRule {
  @Description('The lowest severity that counts: Critical, High (the default), Medium, Low or Unknown.')
  @IsIn(SEVERITIES)
  @Default('High')
  readonly minSeverity?: Severity;

  @Description(
    'The lowest CVSS score that counts, from 0 to 10, together with minSeverity: both must hold. Example: 7.5',
  )
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10)
  readonly minCvssScore?: number;

  @Description('Count only vulnerabilities for which a fixed version is known. Default: false.')
  @IsBoolean()
  @Default(false)
  readonly onlyFixable?: boolean;

  @Description(
    "Do not count vulnerabilities that Xray's contextual analysis rules out for the image; those that it can't tell count. " +
      'Default: false.',
  )
  @IsBoolean()
  @Default(false)
  readonly onlyApplicable?: boolean;

  @Description('Vulnerabilities that do not count, by CVE or Xray id. Example: CVE-2021-44228, XRAY-94543')
  @IsOptional()
  @TextList({ maxItems: 500, maxLength: 32 })
  @Matches(VULNERABILITY_ID, { each: true })
  @ListSet()
  readonly ignoredVulnerabilities?: readonly string[];

  @Description(
    'How long a vulnerability may stay, counted from when it was first seen on the workload. Example: 72h. Default: 0s.',
  )
  @Duration()
  @Default('0s')
  readonly gracePeriod?: string;

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

@Description('Images with components under licenses that are not welcome break this rule, at once.')
@Cel('!(has(self.denied) && has(self.allowed))', 'denied and allowed exclude each other; keep one of them', {
  fieldPath: '.allowed',
})
@Cel(
  "has(self.denied) || has(self.allowed) || self.unknown == 'Deny'",
  'the rule denies nothing; set denied or allowed, or unknown: Deny',
)
export class LicenseRule {
  @Description(
    'Licenses that are not welcome, as SPDX ids or names in Xray: * stands for any text, ? for one character. ' +
      'Example: AGPL-3.0-*. Not together with allowed.',
  )
  @IsOptional()
  @TextList({ minItems: 1, maxItems: 200, minLength: 1, maxLength: 256 })
  @ListSet()
  readonly denied?: readonly string[];

  @Description(
    'The only licenses that are welcome, as SPDX ids or names in Xray: * stands for any text, ? for one character. ' +
      'Example: Apache-2.0. Not together with denied.',
  )
  @IsOptional()
  @TextList({ minItems: 1, maxItems: 200, minLength: 1, maxLength: 256 })
  @ListSet()
  readonly allowed?: readonly string[];

  @Description('Whether components whose license Xray does not recognise are welcome: Allow (the default) or Deny.')
  @IsIn(ALLOW_DENY)
  @Default('Allow')
  readonly unknown?: AllowDeny;

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

@Description(
  'Which workloads the policy covers, and the rules for their images. A rule that is left out is not checked.',
)
@Cel(
  'has(self.unscanned) || has(self.security) || has(self.license)',
  'the policy checks nothing; set at least one of unscanned, security and license',
)
export class XrayPolicySpec {
  @Description(
    'Enforce acts on workloads that break a rule; Audit (the default) reports what would be done and does nothing.',
  )
  @IsIn(MODES)
  @Default('Audit')
  readonly mode?: Mode;

  @Description(
    'Which workloads of the namespace are covered, by the labels of the pod template. Left out or empty: all.',
  )
  @IsOptional()
  @Nested(() => LabelSelector)
  @MapAtomic()
  readonly workloadSelector?: LabelSelector;

  @Description('The rule for images that Xray has not scanned.')
  @IsOptional()
  @Nested(() => UnscannedRule)
  readonly unscanned?: UnscannedRule;

  @Description('The rule for vulnerabilities.')
  @IsOptional()
  @Nested(() => SecurityRule)
  readonly security?: SecurityRule;

  @Description('The rule for licenses.')
  @IsOptional()
  @Nested(() => LicenseRule)
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

@Description('Whether the policy is understood; written by the operator only.')
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
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'How long ago the policy was created.',
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

  @Description('Whether the policy is understood; written by the operator only.')
  @IsOptional()
  @Nested(() => XrayPolicyStatus)
  readonly status?: XrayPolicyStatus;
}
