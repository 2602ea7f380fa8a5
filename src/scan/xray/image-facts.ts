// scan/xray: from Xray's words to ours; what evaluation does not need is dropped here. Words are read leniently, never refused.
import type { Applicability, ImageFacts, License, Severity, Vulnerability } from '../finding.js';
import type { ArtifactDto, IssueDto, LicenseDto } from './summary.dto.js';

const MAX_SUMMARY = 256;

/** One digest may lie in several repositories: what is known of it is the union. */
export function factsOf(artifacts: readonly ArtifactDto[]): ImageFacts {
  const vulnerabilities = artifacts.flatMap(({ issues }) => (issues ?? []).filter(isSecurity).map(vulnerabilityOf));
  const licenses = artifacts.flatMap((artifact) => (artifact.licenses ?? []).map(licenseOf));
  return {
    vulnerabilities: [...new Map(vulnerabilities.map((one) => [one.id, one])).values()],
    licenses: [...new Map(licenses.map((one) => [one.name, one])).values()],
    paths: artifacts.flatMap(({ general }) => general.path ?? []),
  };
}

// Licenses have an array of their own; older servers list their violations among the issues, too.
function isSecurity({ issue_type: type }: IssueDto): boolean {
  return (type ?? 'security').toLowerCase() === 'security';
}

function vulnerabilityOf(issue: IssueDto): Vulnerability {
  const cves = (issue.cves ?? []).flatMap(({ cve }) => cve ?? []);
  const summary = issue.summary ?? '';
  const cvss = highestScore(issue);
  return {
    id: issue.issue_id ?? cves[0] ?? 'unnamed issue',
    cves,
    severity: severityOf(issue.severity ?? ''),
    ...(cvss === undefined ? {} : { cvss }),
    summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY - 1)}…` : summary,
    fixedVersions: [...new Set((issue.components ?? []).flatMap(({ fixed_versions: fixed }) => fixed ?? []))],
    applicability: applicabilityOf(issue),
    // The summary has no flag for it (XRAY.md 8.5); its text is all there is.
    malicious: /malicious (package|code|component)/i.test(summary),
  };
}

// Today's words and those of Xray 1.x (XRAY.md 8.1). Information is a rating, if the lowest.
const severities: Readonly<Record<string, Severity>> = {
  critical: 'Critical',
  high: 'High',
  major: 'High',
  medium: 'Medium',
  low: 'Low',
  minor: 'Low',
  information: 'Low',
};

function severityOf(word: string): Severity {
  return severities[word.toLowerCase()] ?? 'Unknown';
}

function highestScore({ cves }: IssueDto): number | undefined {
  const scores = (cves ?? []).flatMap(({ cvss_v3: v3, cvss_v2: v2 }) => scoreOf(v3) ?? scoreOf(v2) ?? []);
  return scores.length === 0 ? undefined : Math.max(...scores);
}

// "7.5/CVSS:3.1/AV:N/…", "5.9", "" or nothing (XRAY.md 2.2).
function scoreOf(text: string | null | undefined): number | undefined {
  const score = Number.parseFloat(text ?? '');
  return Number.isNaN(score) ? undefined : score;
}

function applicabilityOf({ applicability_details: details }: IssueDto): Applicability {
  const results = new Set((details ?? []).map(({ result }) => result ?? ''));
  if (results.has('applicable')) return 'Applicable';
  return results.size === 1 && results.has('not_applicable') ? 'NotApplicable' : 'Undetermined';
}

function licenseOf({ name }: LicenseDto): License {
  return { name, unknown: name.toLowerCase() === 'unknown' };
}
