// api: the shapes of the custom resources as types only, so that a stage that just reckons has no validator within reach.

export type { Condition, LabelSelector, LabelSelectorRequirement } from '@dot-kube/operator/crd';
export type {
  Enforcement,
  ResultContainer,
  ResultImage,
  ResultViolation,
  SeverityCounts,
  XrayScanResultStatus,
} from './scan-result-status.js';
export type {
  Action,
  AllowDeny,
  ContainerKind,
  EnforcementAction,
  EnforcementPhase,
  ImageRevision,
  ImageState,
  Mode,
  ResultAction,
  ResultVerdict,
  Severity,
  ViolationCondition,
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
export type {
  Actions,
  LastValidSpec,
  LicenseRule,
  SecurityRule,
  UnscannedRule,
  XrayPolicy,
  XrayPolicySpec,
  XrayPolicyStatus,
} from './xray-policy.js';
export type { WorkloadReference, XrayScanResult, XrayScanResultSpec } from './xray-scan-result.js';
