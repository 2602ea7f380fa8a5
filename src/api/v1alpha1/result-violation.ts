// api: how a workload breaks rules, as its result lists it: what counts, what is waived, and since when.
import { Description, ListAtomic, Timestamp } from '@dot-kube/operator/crd';
import { IsIn, IsOptional } from 'class-validator';
import { Text, TextList } from './fields.js';
import {
  type Action,
  ACTIONS,
  type Mode,
  MODES,
  POLICY_KINDS,
  type PolicyKind,
  SEVERITIES,
  type Severity,
  VIOLATION_CONDITIONS,
  VIOLATION_REASONS,
  type ViolationCondition,
  type ViolationReason,
} from './vocabulary.js';

const REFERENCE = 2048; // as in scan-result-status.ts: a refused status tells nobody anything

@Description('One way in which the workload breaks a rule of a policy.')
export class ResultViolation {
  @Description('The policy: namespace/name of an XrayPolicy, the name of a ClusterXrayPolicy.')
  @Text(512)
  readonly policy!: string;

  @Description('The kind of the policy: XrayPolicy or ClusterXrayPolicy.')
  @IsOptional()
  @IsIn(POLICY_KINDS)
  readonly policyKind?: PolicyKind;

  @Description('The field of the policy that is not met. Example: spec.security.minSeverity')
  @IsOptional()
  @Text(256)
  readonly field?: string;

  @Description(
    'Why it breaks the rule: NotScanned, SeverityReached, MaliciousPackage, LicenseDenied, LicenseNotAllowed or LicenseUnknown.',
  )
  @IsOptional()
  @IsIn(VIOLATION_REASONS)
  readonly reason?: ViolationReason;

  @Description('The rule of the policy: Unscanned, Security or License.')
  @IsIn(VIOLATION_CONDITIONS)
  readonly condition!: ViolationCondition;

  @Description('What breaks the rule: a CVE or Xray id, the name of a license, or unscanned.')
  @Text(REFERENCE)
  readonly id!: string;

  @Description('Other names of the vulnerability: its Xray id and more CVEs, twenty at most. Exceptions may name them.')
  @IsOptional()
  @TextList({ maxItems: 20, maxLength: 64 })
  @ListAtomic()
  readonly aliases?: readonly string[];

  @Description('The image, as written in the pod template.')
  @Text(REFERENCE)
  readonly image!: string;

  @Description('The severity of the vulnerability; absent for licenses and unscanned images.')
  @IsOptional()
  @IsIn(SEVERITIES)
  readonly severity?: Severity;

  @Description('What it is about, cut to 256 characters.')
  @Text(256)
  readonly summary!: string;

  @Description('Versions of the component that fix the vulnerability, ten at most. Absent: none is known.')
  @IsOptional()
  @TextList({ maxItems: 10, maxLength: 256 })
  @ListAtomic()
  readonly fixedVersions?: readonly string[];

  @Description('What the policy asks for: Ignore, ScaleDown or Delete.')
  @IsIn(ACTIONS)
  readonly asks!: Action;

  @Description('The mode of the policy: Enforce or Audit.')
  @IsIn(MODES)
  readonly mode!: Mode;

  @Description('When it was first seen on this workload.')
  @Timestamp()
  readonly firstSeen!: string;

  @Description('When its grace period ends; from then on the policy asks for its action.')
  @Timestamp()
  readonly dueAt!: string;
}

@Description('A violation that an exception waives: it is shown, and asks for nothing until the exception ends.')
export class ResultWaived {
  @Description('The exception, as namespace/name; of several, the one that holds longest.')
  @Text(512)
  readonly exception!: string;

  @Description('When the exception ends; from then on the violation counts.')
  @Timestamp()
  readonly until!: string;

  @Description('The policy: namespace/name of an XrayPolicy, the name of a ClusterXrayPolicy.')
  @Text(512)
  readonly policy!: string;

  @Description('The kind of the policy: XrayPolicy or ClusterXrayPolicy.')
  @IsIn(POLICY_KINDS)
  readonly policyKind!: PolicyKind;

  @Description('The rule of the policy: Unscanned, Security or License.')
  @IsIn(VIOLATION_CONDITIONS)
  readonly condition!: ViolationCondition;

  @Description('What breaks the rule: a CVE or Xray id, the name of a license, or unscanned.')
  @Text(REFERENCE)
  readonly id!: string;

  @Description('Other names of the vulnerability: its Xray id and more CVEs, twenty at most. Exceptions may name them.')
  @IsOptional()
  @TextList({ maxItems: 20, maxLength: 64 })
  @ListAtomic()
  readonly aliases?: readonly string[];

  @Description('The image, as written in the pod template.')
  @Text(REFERENCE)
  readonly image!: string;

  @Description('The severity of the vulnerability; absent for licenses and unscanned images.')
  @IsOptional()
  @IsIn(SEVERITIES)
  readonly severity?: Severity;

  @Description('What it is about, cut to 256 characters.')
  @Text(256)
  readonly summary!: string;

  @Description('Versions of the component that fix the vulnerability, ten at most. Absent: none is known.')
  @IsOptional()
  @TextList({ maxItems: 10, maxLength: 256 })
  @ListAtomic()
  readonly fixedVersions?: readonly string[];

  @Description('When it was first seen on this workload; the grace period counts from here, waived or not.')
  @Timestamp()
  readonly firstSeen!: string;
}

@Description(
  'Violations that stand in no list above, and since when there are such, so that their grace periods survive a restart.',
)
export class RememberedViolations {
  @Description('When they were first seen on this workload.')
  @Timestamp()
  readonly firstSeen!: string;

  @Description('The rule that they break: Unscanned, Security or License.')
  @IsIn(VIOLATION_CONDITIONS)
  readonly condition!: ViolationCondition;

  @Description('The image, as written in the pod template.')
  @Text(REFERENCE)
  readonly image!: string;

  @Description('What breaks the rule, as in violations; of Unscanned, the digests of the image that were not scanned.')
  @TextList({ maxItems: 2000, maxLength: 256 })
  @ListAtomic()
  readonly ids!: readonly string[];
}
