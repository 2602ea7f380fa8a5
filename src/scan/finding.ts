/** scan: what is known of one image's content, whoever found it; read by evaluate, which knows no Xray. */
import { isDeepStrictEqual } from 'node:util';
import type { Digest } from '../workload/digest.js';
import { type LicenseExpression, licenseExpression } from './license-expression.js';

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

/** As many as are kept of one vulnerability. */
export const MAX_FIXED_VERSIONS = 20;

export interface Vulnerability {
  /** `XRAY-<number>`. */
  readonly id: string;
  /** Empty for many malicious packages and for issues that got no CVE yet. */
  readonly cves: readonly string[];
  readonly severity: Severity;
  /** From 0 to 10: the highest base score of its CVEs, each by version 3 where there is one, else 4, else 2. */
  readonly cvss?: number;
  /** At most 256 characters. */
  readonly summary: string;
  /** Text to show (`1.1.1l-r0`, `[3.13.0]`), at most 20; empty = no fix known. */
  readonly fixedVersions: readonly string[];
  readonly applicability: Applicability;
  readonly malicious: boolean;
}

/** One for each id. Where the same issue is told of differently (in two platforms' images, say), the worst of it counts. */
export function oneForEach(all: readonly Vulnerability[]): readonly Vulnerability[] {
  const byId = new Map<string, Vulnerability>();
  for (const one of all) {
    const known = byId.get(one.id);
    byId.set(one.id, known === undefined ? one : isDeepStrictEqual(known, one) ? known : worstOf(known, one));
  }
  return [...byId.values()];
}

/** A missing score is the worst: it excuses nothing. */
function worstOf(a: Vulnerability, b: Vulnerability): Vulnerability {
  const { id, severity, summary } = severityRank(b.severity) > severityRank(a.severity) ? b : a;
  return {
    ...{ id, severity, summary },
    ...(a.cvss === undefined || b.cvss === undefined ? {} : { cvss: Math.max(a.cvss, b.cvss) }),
    cves: [...new Set([...a.cves, ...b.cves])],
    fixedVersions: [...new Set([...a.fixedVersions, ...b.fixedVersions])].slice(0, MAX_FIXED_VERSIONS),
    applicability: worstApplicability(a.applicability, b.applicability),
    malicious: a.malicious || b.malicious,
  };
}

function worstApplicability(a: Applicability, b: Applicability): Applicability {
  if (a === b) return a;
  return a === 'Applicable' || b === 'Applicable' ? 'Applicable' : 'Undetermined';
}

export interface License {
  /** As Xray says it: an SPDX id or expression, or the name of a license that the organisation defined itself. */
  readonly name: string;
  /** Xray found files whose license it does not recognise. */
  readonly unknown: boolean;
  readonly expression: LicenseExpression;
}

export function licenseNamed(name: string): License {
  return { name, unknown: name.toLowerCase() === 'unknown', expression: licenseExpression(name) };
}

export interface ImageFacts {
  readonly vulnerabilities: readonly Vulnerability[];
  readonly licenses: readonly License[];
  /** Where the image lies in Artifactory; violations name images by it. */
  readonly paths: readonly string[];
  /** What Xray's ignore rules excuse now; it is not among the vulnerabilities and licenses. */
  readonly ignored?: readonly IgnoredFinding[];
  /** What of it Xray's own watches and policies raised. Absent: nobody has asked. */
  readonly raised?: Raised;
}

/**
 * The violations that Xray itself raised for an image and that none of its ignore rules excuses. That they are not known is
 * not that there are none.
 */
export type Raised =
  | {
      readonly known: true;
      /** `XRAY-<number>`, sorted. */
      readonly vulnerabilities: readonly string[];
      /** By Xray's names, sorted. */
      readonly licenses: readonly License[];
      /** What was found after Xray had told that for the last time: whether it raised this is not known. */
      readonly untold?: Untold;
    }
  | { readonly known: false; readonly why: string };

export interface Untold {
  readonly why: string;
  /** `XRAY-<number>`. */
  readonly vulnerabilities: readonly string[];
  /** By Xray's names. */
  readonly licenses: readonly string[];
}

export interface IgnoredFinding {
  /** A CVE or XRAY id, or the name of a license. */
  readonly id: string;
  /** When the rule expires; absent: it does not. */
  readonly until?: Date;
}

/** How far Xray is with an image that it has facts of: `Partial` = some of its scanners failed or are still at it. */
export type Completeness = 'Complete' | 'Partial';

/** How far Xray is with an image that it has no facts of. `NeverSeen` also where its version cannot tell. */
export type ScanProgress = 'NeverSeen' | 'Queued' | 'Scanning' | 'Failed' | 'NotSupported';

/**
 * What is known of one digest after Xray was asked. That Xray could not be asked is an error, never an answer; that nobody
 * could say which digest to ask with is `unresolved`.
 */
export type Answer =
  | {
      readonly digest: Digest;
      readonly state: 'scanned';
      readonly facts: ImageFacts;
      readonly completeness: Completeness;
    }
  | { readonly digest: Digest; readonly state: 'unscanned'; readonly progress: ScanProgress }
  | { readonly digest: Digest; readonly state: 'unresolved'; readonly why: string };
