// scan/xray: from Xray's words to ours; what evaluation does not need is dropped here. Words are read leniently, never refused.
import {
  type Applicability,
  type License,
  licenseNamed,
  MAX_FIXED_VERSIONS,
  type Severity,
  type Vulnerability,
} from '../finding.js';
import type { IssueDto, LicenseDto } from './summary.dto.js';

const MAX_SUMMARY = 256;
const MAX_NAME = 256;
const MAX_CVES = 20;

export function vulnerabilityOf(issue: IssueDto): Vulnerability {
  const cves = (issue.cves ?? []).flatMap(({ cve }) => (cve === '' ? [] : (cve ?? []))).slice(0, MAX_CVES);
  const summary = issue.summary ?? '';
  const cvss = highestScore(issue);
  const fixed = (issue.components ?? []).flatMap(({ fixed_versions: versions }) => versions ?? []);
  return {
    id: cut(issue.issue_id ?? cves[0] ?? 'unnamed issue', MAX_NAME),
    cves: cves.map((cve) => cut(cve, MAX_NAME)),
    severity: severityOf(issue.severity ?? ''),
    ...(cvss === undefined ? {} : { cvss }),
    summary: cut(summary, MAX_SUMMARY),
    fixedVersions: [...new Set(fixed)].slice(0, MAX_FIXED_VERSIONS).map((version) => cut(version, MAX_NAME)),
    applicability: applicabilityOf(issue),
    malicious: isMalicious(cves, summary),
  };
}

export function licenseOf({ name }: LicenseDto): License {
  return licenseNamed(cut(name, MAX_NAME));
}

/**
 * The summary has no flag for it (XRAY.md 8.5): a malicious package is an issue without a CVE whose text says so. An
 * issue with a CVE is none, however often its text speaks of "malicious code" that somebody could run.
 */
function isMalicious(cves: readonly string[], summary: string): boolean {
  return cves.length === 0 && /\bmalicious (package|code|component|version)/i.test(summary);
}

// Today's words and those of Xray 1.x (XRAY.md 8.1). Information is a rating, if the lowest.
const severities: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'Critical'],
  ['high', 'High'],
  ['major', 'High'],
  ['medium', 'Medium'],
  ['low', 'Low'],
  ['minor', 'Low'],
  ['information', 'Low'],
]);

function severityOf(word: string): Severity {
  return severities.get(word.trim().toLowerCase()) ?? 'Unknown';
}

// Version 3 first, as Xray's own policies have it (XRAY.md 4.4, cvss_range).
function highestScore({ cves }: IssueDto): number | undefined {
  const scores = (cves ?? []).flatMap(
    ({ cvss_v3: v3, cvss_v4: v4, cvss_v2: v2 }) => scoreOf(v3) ?? scoreOf(v4) ?? scoreOf(v2) ?? [],
  );
  return scores.length === 0 ? undefined : Math.max(...scores);
}

// "7.5/CVSS:3.1/AV:N/…", "5.9", "" or nothing (XRAY.md 2.2).
function scoreOf(text: string | null | undefined): number | undefined {
  const score = /^\s*(\d{1,2}(?:\.\d+)?)\s*(?:\/|$)/.exec(text ?? '')?.[1];
  if (score === undefined || Number(score) > 10) return undefined;
  return Number(score);
}

function applicabilityOf({ applicability_details: details }: IssueDto): Applicability {
  const results = new Set((details ?? []).map(({ result }) => (result ?? '').toLowerCase()));
  if (results.has('applicable')) return 'Applicable';
  return results.size === 1 && results.has('not_applicable') ? 'NotApplicable' : 'Undetermined';
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
