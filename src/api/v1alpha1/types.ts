// api: the shapes of the custom resources as plain types, for stages that need the type and not the class.

export type Mode = 'Enforce' | 'Audit';
export type Action = 'Ignore' | 'ScaleDown' | 'Delete';
export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';
export type AllowDeny = 'Allow' | 'Deny';
export type LabelSelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
export type ResultVerdict = 'Compliant' | 'Violating' | 'Unscanned' | 'Pending' | 'Unknown';
export type ResultAction = 'None' | 'Audited' | 'Ignored' | 'ScaledDown' | 'Deleted' | 'Held' | 'Restored';
export type ContainerKind = 'Container' | 'InitContainer' | 'EphemeralContainer';
export type ImageRevision = 'Current' | 'Previous';
export type ImageState = 'Scanned' | 'Unscanned' | 'Pending' | 'Unavailable';
export type ViolationCondition = 'Unscanned' | 'Security' | 'License';
export type EnforcementAction = 'ScaledDown' | 'Deleted' | 'Restored';
export type EnforcementPhase = 'Requested' | 'Done';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

export interface XrayConnection {
  readonly spec: XrayConnectionSpec;
  readonly status?: XrayConnectionStatus;
}
export interface XrayConnectionSpec {
  readonly url: string;
  readonly credentialsSecretRef: SecretReference;
  readonly caBundle?: string;
  readonly timeout?: string;
  readonly pollInterval?: string;
  readonly rateLimit?: RateLimit;
  readonly batchSize?: number;
}
export interface SecretReference {
  readonly name: string;
}
export interface RateLimit {
  readonly requestsPerSecond?: number;
  readonly burst?: number;
}
export interface XrayConnectionStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly xrayVersion?: string;
  readonly lastSuccessfulPoll?: string;
  readonly images?: ImageCounts;
}
export interface ImageCounts {
  readonly known: number;
  readonly unscanned: number;
  readonly stale: number;
}

export interface XrayPolicy {
  readonly spec: XrayPolicySpec;
  readonly status?: XrayPolicyStatus;
}
export interface XrayPolicySpec {
  readonly mode?: Mode;
  readonly workloadSelector?: LabelSelector;
  readonly unscanned?: UnscannedRule;
  readonly security?: SecurityRule;
  readonly license?: LicenseRule;
}
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}
export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: LabelSelectorOperator;
  readonly values?: readonly string[];
}
export interface Actions {
  readonly deployments?: Action;
  readonly statefulSets?: Action;
}
export interface UnscannedRule {
  readonly gracePeriod?: string;
  readonly exemptImages?: readonly string[];
  readonly actions?: Actions;
}
export interface SecurityRule {
  readonly minSeverity?: Severity;
  readonly minCvssScore?: number;
  readonly onlyFixable?: boolean;
  readonly onlyApplicable?: boolean;
  readonly ignoredVulnerabilities?: readonly string[];
  readonly gracePeriod?: string;
  readonly actions?: Actions;
}
export interface LicenseRule {
  readonly denied?: readonly string[];
  readonly allowed?: readonly string[];
  readonly unknown?: AllowDeny;
  readonly actions?: Actions;
}
export interface XrayPolicyStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly lastValid?: LastValidSpec;
}
export interface LastValidSpec {
  readonly generation: number;
  readonly spec: XrayPolicySpec;
}

export interface XrayScanResult {
  readonly spec: XrayScanResultSpec;
  readonly status?: XrayScanResultStatus;
}
export interface XrayScanResultSpec {
  readonly workloadRef: WorkloadReference;
}
export interface WorkloadReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}
export interface XrayScanResultStatus {
  readonly observedGeneration?: number;
  readonly verdict?: ResultVerdict;
  readonly action?: ResultAction;
  readonly message?: string;
  readonly summary?: SeverityCounts;
  readonly licenses?: readonly string[];
  readonly licensesText?: string;
  readonly images?: readonly ResultImage[];
  readonly imagesText?: string;
  readonly violations?: readonly ResultViolation[];
  readonly violationsOmitted?: number;
  readonly enforcement?: Enforcement;
  readonly conditions?: readonly Condition[];
}
export interface SeverityCounts {
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly unknown: number;
}
export interface ResultImage {
  readonly reference: string;
  readonly digest?: string;
  readonly containers: readonly ResultContainer[];
  readonly revision: ImageRevision;
  readonly state: ImageState;
  readonly message?: string;
  readonly firstSeen: string;
  readonly factsAt?: string;
}
export interface ResultContainer {
  readonly name: string;
  readonly kind: ContainerKind;
}
export interface ResultViolation {
  readonly policy: string;
  readonly condition: ViolationCondition;
  readonly id: string;
  readonly image: string;
  readonly severity?: Severity;
  readonly summary: string;
  readonly fixedVersions?: readonly string[];
  readonly asks: Action;
  readonly mode: Mode;
  readonly firstSeen: string;
  readonly dueAt: string;
}
export interface Enforcement {
  readonly action: EnforcementAction;
  readonly phase: EnforcementPhase;
  readonly at: string;
  readonly workloadUid: string;
  readonly replicas?: number;
  readonly reason: string;
  readonly message: string;
  readonly attempts: number;
}
