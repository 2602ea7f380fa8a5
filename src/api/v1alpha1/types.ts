// api: the shapes of the custom resources as types only, so that a stage that just reckons has no validator within reach.

export type { Condition, LabelSelector, LabelSelectorRequirement } from '@dot-kube/operator/crd';
export type {
  Contention,
  CountedStop,
  Enforcement,
  ResultContainer,
  ResultImage,
  SeverityCounts,
  XrayScanResultStatus,
} from './scan-result-status.js';
export type {
  Action,
  AllowDeny,
  Asker,
  ContainerKind,
  EnforcementAction,
  EnforcementPhase,
  HistoryAct,
  ExceptionsAllowed,
  ImageRevision,
  ImageState,
  Mode,
  NotifyEvent,
  NotifyFormat,
  PolicyKind,
  PolicyTier,
  ResultAction,
  ResultVerdict,
  Rollback,
  Severity,
  Source,
  ViolationCondition,
  ViolationReason,
} from './vocabulary.js';
export type {
  ImageCounts,
  RateLimit,
  SecretReference,
  Webhook,
  XrayConnection,
  XrayConnectionSpec,
  XrayConnectionStatus,
} from './xray-connection.js';
export type { ClusterXrayPolicy, ClusterXrayPolicySpec, ClusterXrayPolicyStatus } from './cluster-xray-policy.js';
export type { Actions, LicenseRule, PolicyRules, SecurityRule, UnscannedRule } from './policy-rules.js';
export type { Notified, Notify } from './notify.js';
export type { PolicyWorkloads } from './policy-status.js';
export type { Waives, XrayException, XrayExceptionSpec, XrayExceptionStatus } from './xray-exception.js';
export type { LastValidSpec, XrayPolicy, XrayPolicySpec, XrayPolicyStatus } from './xray-policy.js';
export type { ActAsker, ActFacts, DeletedManifest, HistoryLine } from './result-history.js';
export type { KnownRevision, RolledBack } from './result-revision.js';
export type { RememberedViolations, ResultViolation, ResultWaived } from './result-violation.js';
export type { WorkloadReference, XrayScanResult, XrayScanResultSpec } from './xray-scan-result.js';
