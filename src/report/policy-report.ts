// report: a workload's result and the rules that hold for it → the report that dashboards for policies read, in the shape that
// `openreports.io` and `wgpolicyk8s.io` share. Pure; every time in it is one at which something was found, so that a report is
// the same as long as nothing changed.
import type { ResultViolation, ResultWaived, Severity, XrayScanResult } from '../api/v1alpha1/types.js';
import { API_VERSION, xrayScanResults } from '../api/v1alpha1/coordinates.js';
import type { ConditionName } from '../evaluate/breach.js';
import { REPORT_LABELS } from '../api/report-labels.js';
import { COMPLIANCE } from './compliance.js';
import type { CoveredRule } from './policies/policy-coverage.js';
import { cut, parseTime } from './wording.js';

type Outcome = 'pass' | 'fail' | 'warn' | 'error' | 'skip';

interface ReportResult {
  readonly source: 'kubexray';
  readonly policy: string;
  readonly rule: ConditionName;
  readonly category: string;
  readonly result: Outcome;
  readonly scored: boolean;
  readonly message: string;
  readonly severity?: 'critical' | 'high' | 'medium' | 'low';
  readonly timestamp?: { readonly seconds: number; readonly nanos: number };
  readonly properties: Readonly<Record<string, string>>;
}

export interface PolicyReport {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly {
      readonly apiVersion: string;
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
      readonly controller: true;
    }[];
  };
  readonly scope: Readonly<Record<'apiVersion' | 'kind' | 'namespace' | 'name' | 'uid', string>>;
  readonly results: readonly ReportResult[];
  readonly summary: Readonly<Record<Outcome, number>>;
}

/** What it is made of: a result as it is kept. */
export type ReportedResult = Pick<XrayScanResult, 'spec' | 'status'> & {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
};

const MAX_NAME = 253; // RFC 1123 subdomain
const MAX_RULES = 100; // with a hundred findings at most, a report stays far below etcd's 1.5 MiB
const MAX_MESSAGE = 512;

/** Told apart from the reports of other tools by its beginning. */
export function policyReportName({ name, uid }: Pick<ReportedResult, 'name' | 'uid'>): string {
  const whole = `kubexray-${name}`;
  return whole.length <= MAX_NAME ? whole : `kubexray-${uid}`;
}

/** @param covered every rule that holds for the workload */
export function policyReport(result: ReportedResult, covered: readonly CoveredRule[]): PolicyReport {
  const { namespace, name, uid, spec } = result;
  const rules = covered.slice(0, MAX_RULES);
  const results = rules
    .flatMap((rule) => resultsOf(rule, result))
    .map((one) => ({ ...one, message: cut(one.message, MAX_MESSAGE) }));
  const owner = { apiVersion: API_VERSION, kind: xrayScanResults.kind, name, uid, controller: true as const };
  const { apiVersion, kind, name: workload, uid: workloadUid } = spec.workloadRef;
  return {
    metadata: { labels: REPORT_LABELS, ownerReferences: [owner] },
    scope: { apiVersion, kind, namespace, name: workload, uid: workloadUid },
    results,
    summary: summaryOf(results),
  };
}

function resultsOf(rule: CoveredRule, { status = {} }: ReportedResult): readonly ReportResult[] {
  const isOfRule = (one: { readonly policy: string; readonly condition: ConditionName }): boolean =>
    one.policy === rule.policy && one.condition === rule.condition;
  const found = (status.violations ?? []).filter(isOfRule);
  const waived = (status.waived ?? []).filter(isOfRule);
  const omitted = rule.violations - found.length;
  if (rule.violations === 0 && found.length === 0)
    return [...waived.map((one) => skipped(rule, one)), ...kept(rule, status)];
  return [
    ...found.map((one) => broken(rule, one, status.action)),
    ...(omitted > 0 ? [notListed(rule, omitted)] : []),
    ...waived.map((one) => skipped(rule, one)),
  ];
}

type Status = NonNullable<ReportedResult['status']>;

function broken(rule: CoveredRule, violation: ResultViolation, action: Status['action']): ReportResult {
  const { id, image, summary, asks, firstSeen, dueAt, fixedVersions = [] } = violation;
  const fixed = fixedVersions.length === 0 ? {} : { fixedVersions: fixedVersions.join(', ') };
  const done = action === undefined ? {} : { action };
  return {
    ...about(rule),
    result: outcomeOf(rule),
    message: `${id} in ${image}: ${summary}`,
    ...severityOf(violation.severity),
    ...timestampOf(firstSeen),
    properties: { id, image, asks, mode: rule.mode, dueAt, ...done, ...fixed },
  };
}

/** Under `Audit` nothing is done about it, which is what other tools tell by a warning that is not scored. */
function outcomeOf({ mode }: CoveredRule): 'fail' | 'warn' {
  return mode === 'Audit' ? 'warn' : 'fail';
}

function notListed(rule: CoveredRule, omitted: number): ReportResult {
  return {
    ...about(rule),
    result: outcomeOf(rule),
    message: `${omitted} more violations, which the XrayScanResult counts and does not list.`,
    properties: { omitted: String(omitted), mode: rule.mode },
  };
}

function skipped(rule: CoveredRule, waived: ResultWaived): ReportResult {
  const { id, image, exception, until, firstSeen } = waived;
  return {
    ...about(rule),
    result: 'skip',
    message: `${id} in ${image} is waived by ${exception} until ${until}.`,
    ...severityOf(waived.severity),
    ...timestampOf(firstSeen),
    properties: { id, image, exception, until, mode: rule.mode },
  };
}

/** Nothing breaks the rule; whether that is known is another question. */
function kept(rule: CoveredRule, status: Status): readonly ReportResult[] {
  if (rule.waived > 0) return [];
  const why = whyNotKnown(rule, status);
  const time = status.conditions?.find(({ type }) => type === COMPLIANCE[rule.condition])?.lastTransitionTime;
  return [
    {
      ...about(rule),
      result: why?.result ?? 'pass',
      message: why?.message ?? 'No image breaks this rule.',
      ...timestampOf(time),
      properties: { mode: rule.mode },
    },
  ];
}

function whyNotKnown(
  { condition, open }: CoveredRule,
  { images = [], verdict, message = '' }: Status,
): { readonly result: Outcome; readonly message: string } | undefined {
  const states = new Set(images.filter(({ revision }) => revision === 'Current').map(({ state }) => state));
  if (states.has('Unavailable'))
    return { result: 'error', message: 'Xray could not be asked, and nothing is known of an image.' };
  if (states.has('Pending'))
    return { result: 'skip', message: 'An image has not been pulled, or Xray has not answered yet.' };
  if (condition === 'Unscanned') return undefined;
  if (states.has('Unscanned')) return { result: 'skip', message: 'Xray has no scan of an image.' };
  if (open !== undefined) return { result: 'error', message: `What Xray raised is not known of an image: ${open}` };
  return verdict === 'Unknown' ? { result: 'error', message } : undefined;
}

function about({
  policy,
  condition,
  mode,
}: CoveredRule): Pick<ReportResult, 'source' | 'policy' | 'rule' | 'category' | 'scored'> {
  return { source: 'kubexray', policy, rule: condition, category: CATEGORY_OF[condition], scored: mode === 'Enforce' };
}

const CATEGORY_OF: Readonly<Record<ConditionName, string>> = {
  Unscanned: 'Image scan',
  Security: 'Vulnerability',
  License: 'License',
};

const SEVERITIES = { Critical: 'critical', High: 'high', Medium: 'medium', Low: 'low', Unknown: undefined } as const;

function severityOf(severity: Severity | undefined): Pick<ReportResult, 'severity'> {
  const word = severity === undefined ? undefined : SEVERITIES[severity];
  return word === undefined ? {} : { severity: word };
}

function timestampOf(text: string | undefined): Pick<ReportResult, 'timestamp'> {
  const time = parseTime(text);
  return time === undefined ? {} : { timestamp: { seconds: Math.floor(time.getTime() / 1000), nanos: 0 } };
}

function summaryOf(results: readonly ReportResult[]): PolicyReport['summary'] {
  const count = (outcome: Outcome): number => results.filter(({ result }) => result === outcome).length;
  return { pass: count('pass'), fail: count('fail'), warn: count('warn'), error: count('error'), skip: count('skip') };
}
