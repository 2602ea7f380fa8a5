// evaluate: one function for each condition. Each asks one question of one image under one policy, and says what is wrong.
import type { ImageFacts, License, Vulnerability } from '../scan/finding.js';
import { severityRank } from '../scan/finding.js';
import { isAcceptable } from '../scan/license-expression.js';
import type { Knowledge } from '../scan/knowledge.js';
import type { LicensePolicy, Policy, SecurityPolicy } from './policy.js';
import type { Breach, ConditionName } from './violation.js';

export interface CheckInput {
  readonly reference: string;
  readonly knowledge: Knowledge;
  readonly policy: Policy;
}

/** How the summary of a breach by a malicious package begins. */
export const MALICIOUS = 'malicious package: ';

export type Check = (input: CheckInput) => readonly Breach[];

/** `unavailable` is no breach: not knowing is Xray's trouble, not the image's (DESIGN 4.1). */
const isUnscanned: Check = ({ reference, knowledge, policy: { unscanned } }) => {
  if (unscanned === undefined || knowledge.state !== 'unscanned' || unscanned.exempts(reference)) return [];
  return [{ condition: 'Unscanned', id: 'unscanned', summary: 'Xray has no scan of this image', fixedVersions: [] }];
};

const hasVulnerability: Check = ({ knowledge, policy: { security } }) => {
  if (security === undefined) return [];
  return factsOf(knowledge)
    .vulnerabilities.filter((v) => counts(v, security))
    .map(breachByVulnerability);
};

const hasForbiddenLicense: Check = ({ knowledge, policy: { license } }) => {
  if (license === undefined) return [];
  return factsOf(knowledge).licenses.flatMap((found) => {
    const { name } = found;
    const summary = whyForbidden(license, found);
    return summary === undefined ? [] : [{ condition: 'License' as const, id: name, summary, fixedVersions: [] }];
  });
};

export const checks: readonly Check[] = [isUnscanned, hasVulnerability, hasForbiddenLicense];

/** How long a breach of this condition is tolerated, counted from when it was first seen. */
export function graceMs({ unscanned, security }: Policy, condition: ConditionName): number {
  switch (condition) {
    case 'Unscanned':
      return unscanned?.graceMs ?? 0;
    case 'Security':
      return security?.graceMs ?? 0;
    case 'License':
      return 0;
  }
}

const noFacts: ImageFacts = { vulnerabilities: [], licenses: [], paths: [] };

function factsOf(knowledge: Knowledge): ImageFacts {
  return knowledge.state === 'scanned' ? knowledge.facts : noFacts;
}

// A vulnerability that has no CVSS score is judged by its severity alone: a missing number excuses nothing.
function counts(vulnerability: Vulnerability, policy: SecurityPolicy): boolean {
  const { malicious, severity, cvss, fixedVersions, applicability } = vulnerability;
  if (malicious) return true;
  return (
    severityRank(severity) >= severityRank(policy.minSeverity) &&
    (cvss === undefined || cvss >= policy.minCvssScore) &&
    (!policy.onlyFixable || fixedVersions.length > 0) &&
    (!policy.onlyApplicable || applicability !== 'NotApplicable') &&
    !namesOf(vulnerability).some((name) => policy.ignored.has(name))
  );
}

function namesOf({ id, cves }: Vulnerability): readonly string[] {
  return [...cves, id];
}

function breachByVulnerability(vulnerability: Vulnerability): Breach {
  const { id, cves, severity, summary, fixedVersions, malicious } = vulnerability;
  return {
    condition: 'Security',
    id: cves[0] ?? id,
    severity,
    summary: malicious ? MALICIOUS + summary : summary,
    fixedVersions,
  };
}

function whyForbidden(policy: LicensePolicy, { name, unknown, expression }: License): string | undefined {
  if (unknown) return policy.denyUnknown ? 'a component has no license that Xray recognises' : undefined;
  if (!isAcceptable(expression, (names) => !names.some(policy.denies))) return `license ${name} is denied`;
  const { allows } = policy;
  if (allows !== undefined && !isAcceptable(expression, (names) => names.some(allows)))
    return `license ${name} is not among those allowed`;
  return undefined;
}
