// evaluate: a policy's spec, compiled once into what the checks use. A spec that makes no sense is refused with a reason.
import { parseDuration } from '../api/duration.js';
import type {
  Action,
  Actions,
  LicenseRule,
  SecurityRule,
  UnscannedRule,
  XrayPolicySpec,
} from '../api/v1alpha1/types.js';
import type { Severity } from '../scan/finding.js';
import { glob, type Matches } from './glob.js';
import { selector, type Selects } from './selector.js';

export interface Policy {
  /** `namespace/name`, as it is shown. */
  readonly name: string;
  readonly mode: 'Enforce' | 'Audit';
  readonly selects: Selects;
  readonly unscanned?: UnscannedPolicy;
  readonly security?: SecurityPolicy;
  readonly license?: LicensePolicy;
}

export interface Asks {
  /** The action for each kind that is acted on; every other kind is reported only. */
  readonly actionFor: (kind: string) => Action;
}

export interface UnscannedPolicy extends Asks {
  readonly graceMs: number;
  readonly exempts: Matches;
}

export interface SecurityPolicy extends Asks {
  readonly minSeverity: Severity;
  readonly minCvssScore: number;
  readonly onlyFixable: boolean;
  readonly onlyApplicable: boolean;
  readonly ignored: ReadonlySet<string>;
  readonly graceMs: number;
}

export interface LicensePolicy extends Asks {
  readonly denies: Matches;
  /** Absent: every license is allowed that is not denied. */
  readonly allows?: Matches;
  readonly denyUnknown: boolean;
}

export type Compiled =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly reason: PolicyProblem; readonly message: string };

export type PolicyProblem =
  'InvalidLicensePattern' | 'InvalidImagePattern' | 'ContradictoryLicenses' | 'InvalidDuration';

/** @throws never: what is wrong comes back as a reason and a message that says what to change. */
export function compilePolicy(name: string, spec: XrayPolicySpec): Compiled {
  const problem = firstProblem(spec);
  if (problem !== undefined) return { ok: false, ...problem };
  return {
    ok: true,
    policy: {
      name,
      mode: spec.mode ?? 'Audit',
      selects: selector(spec.workloadSelector),
      ...(spec.unscanned === undefined ? {} : { unscanned: compileUnscanned(spec.unscanned) }),
      ...(spec.security === undefined ? {} : { security: compileSecurity(spec.security) }),
      ...(spec.license === undefined ? {} : { license: compileLicense(spec.license) }),
    },
  };
}

interface Problem {
  readonly reason: PolicyProblem;
  readonly message: string;
}

function firstProblem({ unscanned, security, license }: XrayPolicySpec): Problem | undefined {
  const problems = [
    badDuration('spec.unscanned.gracePeriod', unscanned?.gracePeriod),
    badDuration('spec.security.gracePeriod', security?.gracePeriod),
    badImagePattern(unscanned?.exemptImages),
    ...problemsOfLicense(license),
  ];
  return problems.find((problem) => problem !== undefined);
}

function badDuration(field: string, text: string | undefined): Problem | undefined {
  if (text === undefined || parseDuration(text) !== undefined) return undefined;
  return { reason: 'InvalidDuration', message: `${field} "${text}" is not a duration; write it as 15m, 12h or 90d.` };
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
    contradiction(license),
  ];
}

function contradiction(license: LicenseRule | undefined): Problem | undefined {
  if (license?.allowed === undefined || license.denied === undefined) return undefined;
  return {
    reason: 'ContradictoryLicenses',
    message: 'spec.license has both allowed and denied; keep one of them.',
  };
}

function compileUnscanned({ gracePeriod, exemptImages = [], actions }: UnscannedRule): UnscannedPolicy {
  return { graceMs: durationMs(gracePeriod, '15m'), exempts: anyOf(exemptImages), ...asks(actions) };
}

function compileSecurity(rule: SecurityRule): SecurityPolicy {
  return {
    minSeverity: rule.minSeverity ?? 'High',
    minCvssScore: rule.minCvssScore ?? 0,
    onlyFixable: rule.onlyFixable ?? false,
    onlyApplicable: rule.onlyApplicable ?? false,
    ignored: new Set(rule.ignoredVulnerabilities),
    graceMs: durationMs(rule.gracePeriod, '0s'),
    ...asks(rule.actions),
  };
}

function compileLicense({ denied, allowed, unknown = 'Allow', actions }: LicenseRule): LicensePolicy {
  return {
    denies: anyOf(denied ?? []),
    ...(allowed === undefined ? {} : { allows: anyOf(allowed) }),
    denyUnknown: unknown === 'Deny',
    ...asks(actions),
  };
}

// The API server fills the defaults in; they stand here too because a spec kept from an older schema may lack them.
function durationMs(text: string | undefined, byDefault: string): number {
  return parseDuration(text ?? byDefault) ?? 0;
}

function anyOf(patterns: readonly string[]): Matches {
  const globs = patterns.map(glob);
  return (text) => globs.some((matches) => matches(text));
}

function asks(actions: Actions | undefined): Asks {
  return {
    actionFor: (kind) => {
      switch (kind) {
        case 'Deployment':
          return actions?.deployments ?? 'Ignore';
        case 'StatefulSet':
          return actions?.statefulSets ?? 'Ignore';
        default:
          return 'Ignore';
      }
    },
  };
}
