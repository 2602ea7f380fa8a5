// api: the words that the custom resources are written in, as values and as types; the schema's enumerations come from here.

export const MODES = ['Enforce', 'Audit'] as const;
export type Mode = (typeof MODES)[number];

export const ACTIONS = ['Ignore', 'ScaleDown', 'Delete'] as const;
export type Action = (typeof ACTIONS)[number];
/** Of what runs or is not there. */
export const POD_ACTIONS = ['Ignore', 'Delete'] as const satisfies readonly Action[];

/** What is tried before a workload is scaled down. */
export const ROLLBACKS = ['None', 'PreviousCompliant'] as const;
export type Rollback = (typeof ROLLBACKS)[number];

export const SEVERITIES = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ALLOW_DENY = ['Allow', 'Deny'] as const;
export type AllowDeny = (typeof ALLOW_DENY)[number];

export const VERDICTS = ['Compliant', 'Violating', 'Unscanned', 'Pending', 'Unknown'] as const;
export type ResultVerdict = (typeof VERDICTS)[number];

export const RESULT_ACTIONS = [
  'None',
  'Audited',
  'Ignored',
  'ScaledDown',
  'Suspended',
  'Deleted',
  'Held',
  'Restored',
  'RolledBack',
] as const;
export type ResultAction = (typeof RESULT_ACTIONS)[number];

export const CONTAINER_KINDS = ['Container', 'InitContainer', 'EphemeralContainer'] as const;
export type ContainerKind = (typeof CONTAINER_KINDS)[number];

export const IMAGE_REVISIONS = ['Current', 'Previous'] as const;
export type ImageRevision = (typeof IMAGE_REVISIONS)[number];

export const IMAGE_STATES = ['Scanned', 'Unscanned', 'Pending', 'Unavailable'] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

export const VIOLATION_CONDITIONS = ['Unscanned', 'Security', 'License'] as const;
export type ViolationCondition = (typeof VIOLATION_CONDITIONS)[number];

export const ENFORCEMENT_ACTIONS = [
  'ScaledDown',
  'Suspended',
  'Deleted',
  'Restored',
  'Released',
  'RolledBack',
] as const;
export type EnforcementAction = (typeof ENFORCEMENT_ACTIONS)[number];

/** `Recreated` is not the operator's: somebody made the workload anew after it was deleted. */
export const HISTORY_ACTS = [...ENFORCEMENT_ACTIONS, 'Recreated'] as const;
export type HistoryAct = (typeof HISTORY_ACTS)[number];

export const ENFORCEMENT_PHASES = ['Requested', 'Done'] as const;
export type EnforcementPhase = (typeof ENFORCEMENT_PHASES)[number];

/** Who asked for a stop: a ClusterXrayPolicy, or only the namespace's own XrayPolicies. The brake counts them apart. */
export const ASKERS = ['Platform', 'Team'] as const;
export type Asker = (typeof ASKERS)[number];

export const INDEX_RESOLUTIONS = ['Registry', 'None'] as const;
export type IndexResolution = (typeof INDEX_RESOLUTIONS)[number];

/** `Required` is a floor that nobody weakens; `Default` holds where no XrayPolicy says otherwise. */
export const POLICY_TIERS = ['Required', 'Default'] as const;
export type PolicyTier = (typeof POLICY_TIERS)[number];

export const EXCEPTIONS_ALLOWED = ['Allowed', 'Forbidden'] as const;
export type ExceptionsAllowed = (typeof EXCEPTIONS_ALLOWED)[number];

export const POLICY_KINDS = ['ClusterXrayPolicy', 'XrayPolicy'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];

/** What a rule counts: all that Xray knows of an image, or only what Xray's own watches and policies raised. */
export const SOURCES = ['Findings', 'Violations'] as const;
export type Source = (typeof SOURCES)[number];

/** Why something breaks a rule. The words are part of the API. */
export const VIOLATION_REASONS = [
  'NotScanned',
  'ScanTooOld',
  'SeverityReached',
  'MaliciousPackage',
  'LicenseDenied',
  'LicenseNotAllowed',
  'LicenseUnknown',
  'RaisedByXray',
] as const;
export type ViolationReason = (typeof VIOLATION_REASONS)[number];

/** Of what a policy tells others. */
export const NOTIFY_EVENTS = ['Violating', 'Held', 'Enforced', 'Restored', 'Resolved'] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

export const NOTIFY_FORMATS = ['Slack', 'CloudEvents'] as const;
export type NotifyFormat = (typeof NOTIFY_FORMATS)[number];
