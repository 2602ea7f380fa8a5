// chaos/model: what docs/policy.md says, written down a second time, as plainly as can be and without a look at src/evaluate.
import type { Facts, Issue, Truth } from '../story/findings.js';
import {
  type Action,
  ACTION_KEYS,
  type ExceptionSpec,
  type PolicyKey,
  type PolicySpec,
  type Selector,
  type WorkloadKind,
} from '../story/world.js';

export type Condition = 'unscanned' | 'security' | 'license';
export const CONDITIONS: readonly Condition[] = ['unscanned', 'security', 'license'];

/** One thing that is wrong with one image under one policy. */
export interface Breach {
  readonly condition: Condition;
  /** An issue, the name of a license, or `unscanned`. */
  readonly what: Issue | string;
}

/** A policy as it is in force. */
export interface PolicyForm extends PolicySpec {
  /** What it asks for, the brake lets go. */
  readonly isApproved?: boolean;
}

export type Form = PolicyForm & PolicyKey;

export type Labels = Readonly<Record<string, string>>;

export function selects(selector: Selector | undefined, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const allEqual = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return allEqual && matchExpressions.every((one) => holds(one, labels));
}

function holds(
  { key, operator, values = [] }: NonNullable<Selector['matchExpressions']>[number],
  labels: Labels,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** 4. A rule that is left out is not checked. */
export function breaches(policy: PolicySpec, image: string, truth: Truth): readonly Breach[] {
  if (truth === 'none') {
    const exempt = policy.unscanned?.exemptImages?.some((pattern) => like(pattern, image)) ?? false;
    return policy.unscanned === undefined || exempt ? [] : [{ condition: 'unscanned', what: 'unscanned' }];
  }
  return [
    ...truth.issues.filter((issue) => counts(policy, issue)).map((what) => ({ condition: 'security' as const, what })),
    ...forbidden(policy, truth).map((what) => ({ condition: 'license' as const, what })),
  ];
}

const SEVERITIES = ['Low', 'Medium', 'High', 'Critical'];

function counts({ security }: PolicySpec, issue: Issue): boolean {
  if (security === undefined) return false;
  if (issue.cves.length === 0 && issue.summary.includes('malicious package')) return true;
  const { minSeverity = 'High', minCvssScore = 0, onlyFixable = false, ignoredVulnerabilities = [] } = security;
  const names = [issue.issue_id, ...issue.cves.map(({ cve }) => cve)];
  const isFixable = issue.components.some(({ fixed_versions: versions }) => versions.length > 0);
  return [
    SEVERITIES.indexOf(issue.severity) >= SEVERITIES.indexOf(minSeverity),
    scoreOf(issue) >= minCvssScore,
    !onlyFixable || isFixable,
    !names.some((name) => ignoredVulnerabilities.includes(name)),
  ].every(Boolean);
}

/** Without one the severity alone counts. */
function scoreOf({ cves }: Issue): number {
  const scores = cves.flatMap(({ cvss_v3: text }) => (text === undefined ? [] : [Number.parseFloat(text)]));
  return scores.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...scores);
}

function forbidden({ license }: PolicySpec, { licenses }: Facts): readonly string[] {
  if (license === undefined) return [];
  const { denied, allowed, unknown = 'Allow' } = license;
  return licenses.filter((name) => {
    if (name === 'Unknown') return unknown === 'Deny';
    if (denied?.some((pattern) => like(pattern, name)) === true) return true;
    return allowed !== undefined && !allowed.some((pattern) => like(pattern, name));
  });
}

/** `*` stands for any text. */
function like(pattern: string, text: string): boolean {
  const [before = '', ...after] = pattern.split('*');
  if (after.length === 0) return pattern === text;
  return text.startsWith(before) && text.endsWith(after.join(''));
}

export function graceMs(policy: PolicySpec, condition: Condition): number {
  if (condition === 'license') return 0;
  return durationMs(policy[condition]?.gracePeriod ?? '0s');
}

const RANK: readonly Action[] = ['Ignore', 'ScaleDown', 'Delete'];

export function isAtLeast(a: Action, b: Action): boolean {
  return RANK.indexOf(a) >= RANK.indexOf(b);
}

export function asks(policy: PolicySpec, condition: Condition, kind: WorkloadKind): Action {
  const actions = policy[condition]?.actions ?? {};
  return actions[ACTION_KEYS[kind]] ?? actions.default ?? 'Ignore';
}

function durationMs(text: string): number {
  const factor = { s: 1_000, m: 60_000, h: 3_600_000 }[text.at(-1) ?? ''];
  if (factor === undefined) throw new Error(`the model does not know the duration ${text}`);
  return Number.parseInt(text, 10) * factor;
}

export interface Exempted {
  readonly kind: string;
  readonly name: string;
  readonly labels: Labels;
  readonly image: string;
  readonly digest: string;
}

/** An exception waives only what it names, and only where all that is set matches. */
export function names(exception: ExceptionSpec, to: Exempted, { condition, what }: Breach): boolean {
  const { workloadSelector, workloads, images } = exception;
  const isHere =
    selects(workloadSelector, to.labels) &&
    (workloads === undefined || workloads.some(({ kind, name }) => kind === to.kind && name === to.name)) &&
    (images === undefined || images.some((pattern) => like(pattern, to.image) || pattern === to.digest));
  if (!isHere) return false;
  if (typeof what !== 'string') return namesIssue(exception.vulnerabilities ?? [], what);
  return condition === 'unscanned' ? exception.unscanned === true : (exception.licenses ?? []).includes(what);
}

/** By its Xray id, or by all of its CVEs. */
function namesIssue(listed: readonly string[], { issue_id: id, cves }: Issue): boolean {
  return listed.includes(id) || (cves.length > 0 && cves.every(({ cve }) => listed.includes(cve)));
}

/** `exceptions: Forbidden`, or longer than `maxExceptionDuration` from its creation to its end: it waives nothing of this policy. */
export function lets(policy: PolicySpec, { createdMs, expiresMs }: { createdMs: number; expiresMs: number }): boolean {
  if (policy.exceptions === 'Forbidden') return false;
  const { maxExceptionDuration: longest } = policy;
  return longest === undefined || expiresMs - createdMs <= durationMs(longest);
}
