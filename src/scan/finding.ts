/** scan: what is known of one image's content, whoever found it; read by evaluate, which knows no Xray. */
import type { Digest } from '../workload/digest.js';

/**
 * Xray's word `Information` is `Low` here: it is a rating, if the lowest, and Xray itself puts it above `Unknown` (XRAY.md 8.1),
 * so that a policy from `Low` upwards counts it and a policy from `Unknown` upwards counts it with everything else.
 */
export type Severity = 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';

/** The worst first. */
const SEVERITIES = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const satisfies readonly Severity[];

/** 4 for `Critical` down to 0 for `Unknown`: "at least" is `>=`. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

/** `Undetermined` where contextual analysis did not run, does not cover the issue, or could not tell. */
export type Applicability = 'Applicable' | 'NotApplicable' | 'Undetermined';

export interface Vulnerability {
  /** `XRAY-<number>`. */
  readonly id: string;
  /** Empty for many malicious packages and for issues that got no CVE yet. */
  readonly cves: readonly string[];
  readonly severity: Severity;
  /** The highest base score of its CVEs: version 3 where there is one, else version 2. */
  readonly cvss?: number;
  /** At most 256 characters. */
  readonly summary: string;
  /** Text to show (`1.1.1l-r0`, `[3.13.0]`); empty = no fix known. */
  readonly fixedVersions: readonly string[];
  readonly applicability: Applicability;
  readonly malicious: boolean;
}

export interface License {
  /** An SPDX id, or the name of a license that the organisation defined itself. */
  readonly name: string;
  /** Xray found files whose license it does not recognise. */
  readonly unknown: boolean;
}

export interface ImageFacts {
  readonly vulnerabilities: readonly Vulnerability[];
  readonly licenses: readonly License[];
  /** Where the image lies in Artifactory; violations name images by it. */
  readonly paths: readonly string[];
}

/** What Xray said of one digest. That it could not be asked is an error, never an answer. */
export type Answer =
  | { readonly digest: Digest; readonly state: 'scanned'; readonly facts: ImageFacts }
  | { readonly digest: Digest; readonly state: 'unscanned'; readonly why: string };
