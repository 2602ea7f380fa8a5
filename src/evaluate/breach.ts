// evaluate: what a check finds in one image, before policy and time make a violation of it.
import type { ViolationReason } from '../api/v1alpha1/types.js';
import type { Severity } from '../scan/finding.js';

export type ConditionName = 'Unscanned' | 'Security' | 'License';

/** What a check finds; the rest of a violation follows from the policy and the time. */
export interface Breach {
  readonly condition: ConditionName;
  /** CVE or XRAY id, license name, or `unscanned`. */
  readonly id: string;
  /** The field of the policy that is not met, as in `spec.security.minSeverity`. */
  readonly field: string;
  readonly reason: ViolationReason;
  readonly severity?: Severity;
  readonly summary: string;
  readonly fixedVersions: readonly string[];
  /** All names of a vulnerability; exceptions are held against them. */
  readonly vulnerability?: { readonly id: string; readonly cves: readonly string[] };
}
