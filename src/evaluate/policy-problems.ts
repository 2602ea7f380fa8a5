// evaluate: what is wrong with a policy's spec that its schema can't say, or that an older schema let pass. Each with the
// field and what to change.
import { parseDuration } from '../api/duration.js';
import type { ClusterXrayPolicySpec, LabelSelector, LicenseRule, PolicyRules } from '../api/v1alpha1/types.js';
import { contradictoryKey } from './selector.js';

export type PolicyProblem =
  | 'InvalidLicensePattern'
  | 'InvalidImagePattern'
  | 'InvalidDuration'
  | 'ContradictoryLicenses'
  | 'ContradictorySelector'
  | 'ContradictoryExceptions';

export interface Problem {
  readonly reason: PolicyProblem;
  readonly message: string;
}

export function policyProblem({ workloadSelector, unscanned, security, license }: PolicyRules): Problem | undefined {
  return first([
    contradictorySelector('spec.workloadSelector', workloadSelector),
    badDuration('spec.unscanned.gracePeriod', unscanned?.gracePeriod),
    badDuration('spec.security.gracePeriod', security?.gracePeriod),
    badImagePattern(unscanned?.exemptImages),
    ...problemsOfLicense(license),
  ]);
}

export function clusterPolicyProblem(spec: ClusterXrayPolicySpec): Problem | undefined {
  return first([
    contradictorySelector('spec.namespaceSelector', spec.namespaceSelector),
    badDuration('spec.maxExceptionDuration', spec.maxExceptionDuration),
    contradictoryExceptions(spec),
    policyProblem(spec),
  ]);
}

function first(problems: readonly (Problem | undefined)[]): Problem | undefined {
  return problems.find((problem) => problem !== undefined);
}

function contradictorySelector(field: string, selector: LabelSelector | undefined): Problem | undefined {
  const key = contradictoryKey(selector);
  if (key === undefined) return undefined;
  return {
    reason: 'ContradictorySelector',
    message: `${field} asks of the label "${key}" what can't be at once, so it selects nothing; remove one of its clauses.`,
  };
}

function badDuration(field: string, text: string | undefined): Problem | undefined {
  if (text === undefined || parseDuration(text) !== undefined) return undefined;
  return { reason: 'InvalidDuration', message: `${field} "${text}" is not a duration; write it as 15m, 12h or 90d.` };
}

function contradictoryExceptions({ exceptions, maxExceptionDuration }: ClusterXrayPolicySpec): Problem | undefined {
  if (exceptions !== 'Forbidden' || maxExceptionDuration === undefined) return undefined;
  return {
    reason: 'ContradictoryExceptions',
    message: 'spec.exceptions is Forbidden, so spec.maxExceptionDuration means nothing; remove one of them.',
  };
}

// Image references hold no white space (OCI distribution spec, reference grammar).
function badImagePattern(patterns: readonly string[] = []): Problem | undefined {
  const bad = patterns.find((pattern) => pattern === '' || /\s/.test(pattern));
  if (bad === undefined) return undefined;
  return {
    reason: 'InvalidImagePattern',
    message: `spec.unscanned.exemptImages holds "${bad}", which no image reference can match; remove the white space.`,
  };
}

// License names are SPDX ids (letters, digits, "-", ".", "+") or a custom license's name in Xray, which may hold spaces
// and parentheses but none of these: they come from a regular expression, and would silently match nothing.
const LOOKS_LIKE_REGEX = /[\^$[\]{}|\\]/;

function badLicensePattern(field: string, patterns: readonly string[] = []): Problem | undefined {
  const bad = patterns.find(
    (pattern) => pattern.trim() !== pattern || pattern === '' || LOOKS_LIKE_REGEX.test(pattern),
  );
  if (bad === undefined) return undefined;
  return {
    reason: 'InvalidLicensePattern',
    message: `${field} holds "${bad}", which no license can match; write an SPDX id, with * for any text and ? for one character, as in AGPL-3.0-*.`,
  };
}

function problemsOfLicense(license: LicenseRule | undefined): readonly (Problem | undefined)[] {
  return [
    badLicensePattern('spec.license.denied', license?.denied),
    badLicensePattern('spec.license.allowed', license?.allowed),
    contradictoryLicenses(license),
  ];
}

function contradictoryLicenses(license: LicenseRule | undefined): Problem | undefined {
  if (license?.allowed === undefined || license.denied === undefined) return undefined;
  return {
    reason: 'ContradictoryLicenses',
    message: 'spec.license has both allowed and denied; keep one of them.',
  };
}
