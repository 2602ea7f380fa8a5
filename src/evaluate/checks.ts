// evaluate: one function for each condition. Each asks one question of one image under one policy, and says what is wrong.
import type { Action } from '../api/v1alpha1/types.js';
import type { WorkloadKind } from '../api/workload-kinds.js';
import type { ImageFacts, License, Raised, Untold, Vulnerability } from '../scan/finding.js';
import { severityRank } from '../scan/finding.js';
import { isAcceptable } from '../scan/license-expression.js';
import type { Knowledge } from '../scan/knowledge.js';
import type { Asks, LicensePolicy, Policy, SecurityPolicy } from './policy.js';
import type { Breach, ConditionName } from './breach.js';

export interface CheckInput {
  readonly reference: string;
  readonly knowledge: Knowledge;
  readonly policy: Policy;
  readonly now: Date;
}

/** How the summary of a breach by a malicious package begins. */
export const MALICIOUS = 'malicious package: ';

type Check = (input: CheckInput) => readonly Breach[];

const NONE: readonly Breach[] = [];

const UNSCANNED = { condition: 'Unscanned', id: 'unscanned', fixedVersions: [] } as const;
const NOT_SCANNED: readonly Breach[] = [
  { ...UNSCANNED, field: 'spec.unscanned', reason: 'NotScanned', summary: 'Xray has no scan of this image' },
];
const SCAN_TOO_OLD: readonly Breach[] = [
  {
    ...UNSCANNED,
    field: 'spec.unscanned.maxScanAge',
    reason: 'ScanTooOld',
    summary: 'Xray no longer has data of this image, and what it said last is too old',
  },
];

/** `unavailable` is no breach: not knowing is Xray's trouble, not the image's (DESIGN 4.1). */
const isUnscanned: Check = ({ reference, knowledge, policy: { unscanned }, now }) => {
  if (unscanned === undefined || unscanned.exempts(reference)) return NONE;
  if (knowledge.state === 'unscanned') return NOT_SCANNED;
  const endsAt = outdatedAt(knowledge, unscanned);
  return endsAt !== undefined && endsAt <= now ? SCAN_TOO_OLD : NONE;
};

/** When what Xray said last becomes too old under the rule; undefined while Xray has not forgotten the image. */
export function outdatedAt(knowledge: Knowledge, unscanned: Policy['unscanned']): Date | undefined {
  if (unscanned?.maxAgeMs === undefined || knowledge.state !== 'scanned' || knowledge.isForgotten !== true)
    return undefined;
  return new Date(knowledge.at.getTime() + unscanned.maxAgeMs);
}

const hasVulnerability: Check = ({ knowledge, policy: { security } }) => {
  if (security === undefined || knowledge.state !== 'scanned') return NONE;
  const { facts } = knowledge;
  return once(facts, security, () =>
    facts.vulnerabilities
      .filter((v) => counts(v, security) && isFromSource(v, security, facts.raised))
      .map((v) => breachByVulnerability(v, security)),
  );
};

const hasForbiddenLicense: Check = ({ knowledge, policy: { license } }) => {
  if (license === undefined || knowledge.state !== 'scanned') return NONE;
  const { facts } = knowledge;
  return once(facts, license, () =>
    licensesFor(license, facts).flatMap((found) => {
      const why = whyForbidden(license, found);
      if (why === undefined) return [];
      const reason = license.onlyRaised ? 'RaisedByXray' : why.reason;
      return [{ condition: 'License' as const, id: found.name, ...why, reason, fixedVersions: [] }];
    }),
  );
};

const checks: Readonly<Record<ConditionName, Check>> = {
  Unscanned: isUnscanned,
  Security: hasVulnerability,
  License: hasForbiddenLicense,
};

/**
 * Why it cannot be told whether a scanned image breaks the policy's rule for the condition: the rule goes by what Xray raised,
 * that is not known, and something was found that Xray may have raised.
 */
export function whyOpen(condition: ConditionName, knowledge: Knowledge, policy: Policy): string | undefined {
  if (knowledge.state !== 'scanned') return undefined;
  const { facts, stale } = knowledge;
  const { raised } = facts;
  if (raised?.known === true) {
    const { untold } = raised;
    return untold !== undefined && mayBeRaised[condition](onlyUntold(facts, untold), policy) ? untold.why : undefined;
  }
  if (!mayBeRaised[condition](facts, policy)) return undefined;
  return raised?.why ?? stale ?? 'Xray has not been asked yet';
}

function onlyUntold({ vulnerabilities, licenses }: ImageFacts, untold: Untold): Findings {
  return {
    vulnerabilities: vulnerabilities.filter(({ id }) => untold.vulnerabilities.includes(id)),
    licenses: licenses.filter(({ name }) => untold.licenses.includes(name)),
  };
}

/** Whether one of the rules that hold goes by what Xray raised. */
export function goesByRaised({ policy, holds }: { policy: Policy; holds: readonly ConditionName[] }): boolean {
  return holds.some(
    (condition) =>
      (condition === 'Security' && policy.security?.onlyRaised === true) ||
      (condition === 'License' && policy.license?.onlyRaised === true),
  );
}

type Findings = Pick<ImageFacts, 'vulnerabilities' | 'licenses'>;

const mayBeRaised: Readonly<Record<ConditionName, (found: Findings, policy: Policy) => boolean>> = {
  Unscanned: () => false,
  Security: ({ vulnerabilities }, { security }) =>
    security?.onlyRaised === true && vulnerabilities.some((v) => !v.malicious && counts(v, security)),
  License: ({ licenses }, { license }) => license?.onlyRaised === true && licenses.length > 0,
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

// A malicious package is one whether a watch looks at it or not.
function isFromSource({ id, malicious }: Vulnerability, { onlyRaised }: SecurityPolicy, raised?: Raised): boolean {
  return !onlyRaised || malicious || (raised?.known === true && raised.vulnerabilities.includes(id));
}

/** Xray names a license that it raised as it does in its findings, or more exactly: what it raised is what counts. */
function licensesFor({ onlyRaised }: LicensePolicy, { licenses, raised }: ImageFacts): readonly License[] {
  if (!onlyRaised) return licenses;
  return raised?.known === true ? raised.licenses : [];
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

function breachByVulnerability(vulnerability: Vulnerability, { onlyRaised }: SecurityPolicy): Breach {
  const { id, cves, severity, summary, fixedVersions, malicious } = vulnerability;
  const reason = onlyRaised ? 'RaisedByXray' : 'SeverityReached';
  return {
    condition: 'Security',
    id: cves[0] ?? id,
    field: malicious ? 'spec.security' : 'spec.security.minSeverity',
    reason: malicious ? 'MaliciousPackage' : reason,
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
  if (policy.deniesAllRaised)
    return {
      field: 'spec.license.source',
      reason: 'RaisedByXray',
      summary: `Xray raised license ${name} as a violation`,
    };
  const { allows } = policy;
  if (allows === undefined || isAcceptable(expression, (names) => names.some(allows))) return undefined;
  const summary = `license ${name} is not among those allowed`;
  return { field: 'spec.license.allowed', reason: 'LicenseNotAllowed', summary };
}
