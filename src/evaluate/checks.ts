// evaluate: one function for each condition. Each asks one question of one image under one policy, and says what is wrong.
import type { Action } from '../api/v1alpha1/types.js';
import type { WorkloadKind } from '../api/workload-kinds.js';
import type { ImageFacts, License, Vulnerability } from '../scan/finding.js';
import { severityRank } from '../scan/finding.js';
import { isAcceptable } from '../scan/license-expression.js';
import type { Knowledge } from '../scan/knowledge.js';
import type { Asks, LicensePolicy, Policy, SecurityPolicy } from './policy.js';
import type { Breach, ConditionName } from './breach.js';

export interface CheckInput {
  readonly reference: string;
  readonly knowledge: Knowledge;
  readonly policy: Policy;
}

/** How the summary of a breach by a malicious package begins. */
export const MALICIOUS = 'malicious package: ';

type Check = (input: CheckInput) => readonly Breach[];

const NONE: readonly Breach[] = [];

/** `unavailable` is no breach: not knowing is Xray's trouble, not the image's (DESIGN 4.1). */
const isUnscanned: Check = ({ reference, knowledge, policy: { unscanned } }) => {
  if (unscanned === undefined || knowledge.state !== 'unscanned' || unscanned.exempts(reference)) return NONE;
  return [
    {
      condition: 'Unscanned',
      id: 'unscanned',
      field: 'spec.unscanned',
      reason: 'NotScanned',
      summary: 'Xray has no scan of this image',
      fixedVersions: [],
    },
  ];
};

const hasVulnerability: Check = ({ knowledge, policy: { security } }) => {
  if (security === undefined || knowledge.state !== 'scanned') return NONE;
  const { facts } = knowledge;
  return once(facts, security, () =>
    facts.vulnerabilities.filter((v) => counts(v, security)).map(breachByVulnerability),
  );
};

const hasForbiddenLicense: Check = ({ knowledge, policy: { license } }) => {
  if (license === undefined || knowledge.state !== 'scanned') return NONE;
  const { facts } = knowledge;
  return once(facts, license, () =>
    facts.licenses.flatMap((found) => {
      const why = whyForbidden(license, found);
      return why === undefined ? [] : [{ condition: 'License' as const, id: found.name, ...why, fixedVersions: [] }];
    }),
  );
};

const checks: Readonly<Record<ConditionName, Check>> = {
  Unscanned: isUnscanned,
  Security: hasVulnerability,
  License: hasForbiddenLicense,
};

/** What of an image breaks the policy's rule for the condition. */
export function breachesOf(condition: ConditionName, input: CheckInput): readonly Breach[] {
  return checks[condition](input);
}

// What breaks a rule depends on nothing but the facts and the rule, neither of which ever changes: an image that many
// workloads run is compared with a rule once, for as long as both are in use.
const known = new WeakMap<ImageFacts, WeakMap<object, readonly Breach[]>>();

function once(facts: ImageFacts, rule: object, find: () => readonly Breach[]): readonly Breach[] {
  const byRule = known.get(facts) ?? new WeakMap<object, readonly Breach[]>();
  known.set(facts, byRule);
  const found = byRule.get(rule) ?? find();
  byRule.set(rule, found);
  return found;
}

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

/** What the policy asks for where a workload of this kind breaks the rule. */
export function actionOf(policy: Policy, condition: ConditionName, kind: WorkloadKind): Action {
  return ruleOf(policy, condition)?.actionFor(kind) ?? 'Ignore';
}

export function ruleOf({ unscanned, security, license }: Policy, condition: ConditionName): Asks | undefined {
  switch (condition) {
    case 'Unscanned':
      return unscanned;
    case 'Security':
      return security;
    case 'License':
      return license;
  }
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
    !isIgnored(vulnerability, policy.ignored)
  );
}

function isIgnored({ id, cves }: Vulnerability, ignored: ReadonlySet<string>): boolean {
  return ignored.size > 0 && (ignored.has(id) || cves.some((cve) => ignored.has(cve)));
}

function breachByVulnerability(vulnerability: Vulnerability): Breach {
  const { id, cves, severity, summary, fixedVersions, malicious } = vulnerability;
  return {
    condition: 'Security',
    id: cves[0] ?? id,
    field: malicious ? 'spec.security' : 'spec.security.minSeverity',
    reason: malicious ? 'MaliciousPackage' : 'SeverityReached',
    severity,
    summary: malicious ? MALICIOUS + summary : summary,
    fixedVersions,
    vulnerability: { id, cves },
  };
}

function whyForbidden(
  policy: LicensePolicy,
  { name, unknown, expression }: License,
): Pick<Breach, 'field' | 'reason' | 'summary'> | undefined {
  if (unknown) {
    const summary = 'a component has no license that Xray recognises';
    return policy.denyUnknown ? { field: 'spec.license.unknown', reason: 'LicenseUnknown', summary } : undefined;
  }
  if (!isAcceptable(expression, (names) => !names.some(policy.denies)))
    return { field: 'spec.license.denied', reason: 'LicenseDenied', summary: `license ${name} is denied` };
  const { allows } = policy;
  if (allows === undefined || isAcceptable(expression, (names) => names.some(allows))) return undefined;
  const summary = `license ${name} is not among those allowed`;
  return { field: 'spec.license.allowed', reason: 'LicenseNotAllowed', summary };
}
