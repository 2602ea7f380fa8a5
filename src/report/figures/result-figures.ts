// report: what the results say of all workloads together, as figures for /metrics. Read anew from what stands in the results, so that
// the figures are right after a restart, and what is gone counts no more.
import type { Sample } from '@dot-kube/operator';
import type { XrayScanResult, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { RESULT_ACTIONS, SEVERITIES, VERDICTS, VIOLATION_CONDITIONS } from '../../api/v1alpha1/vocabulary.js';
import { type Contender, CONTENDERS, contenderOf } from '../../plan/contention-managers.js';
import { HELD_REASONS, type HeldReason } from '../result/held-reasons.js';

interface Counted {
  readonly namespace: string;
  readonly status?: XrayScanResult['status'];
}

export interface ResultFigures {
  readonly workloads: readonly Sample<'verdict' | 'action'>[];
  /** Of the namespaces that have any. */
  readonly violatingWorkloads: readonly Sample<'namespace'>[];
  readonly vulnerabilities: readonly Sample<'severity'>[];
  readonly violations: readonly Sample<'condition' | 'severity'>[];
  readonly violationsOmitted: number;
  readonly heldWorkloads: readonly Sample<'reason'>[];
  readonly contendedWorkloads: readonly Sample<'contender'>[];
}

/** Of what has no severity: a license, or an image without a scan. */
const NO_SEVERITY = 'None';

/** Every pair of labels is there from the start, also at 0, so that an alert sees the first one come. */
export function resultFigures(results: Iterable<Counted>): ResultFigures {
  const tally = new Tally();
  for (const { namespace, status } of results) if (status !== undefined) tally.add(namespace, status);
  return tally.figures();
}

class Tally {
  readonly #workloads = new Map<string, number>();
  readonly #violating = new Map<string, number>();
  readonly #vulnerabilities = new Map<string, number>();
  readonly #violations = new Map<string, number>();
  readonly #held = new Map<HeldReason | 'Other', number>();
  readonly #contended = new Map<Contender, number>();
  #omitted = 0;

  add(namespace: string, status: XrayScanResultStatus): void {
    const { verdict, action = 'None' } = status;
    if (verdict === undefined) return;
    count(this.#workloads, pair(verdict, action));
    if (action !== 'Deleted') this.#addRunning(namespace, status); // of a deleted one the result only tells
  }

  #addRunning(namespace: string, status: XrayScanResultStatus): void {
    const { verdict, action, contention } = status;
    if (verdict === 'Violating') count(this.#violating, namespace);
    if (action === 'Held') count(this.#held, heldReasonOf(status));
    if (contention !== undefined) count(this.#contended, contenderOf(contention.manager));
    this.#addFindings(status);
  }

  #addFindings({ summary, violations = [], violationsOmitted = 0 }: XrayScanResultStatus): void {
    for (const severity of SEVERITIES) count(this.#vulnerabilities, severity, summary?.[severityKey(severity)] ?? 0);
    for (const { condition, severity = NO_SEVERITY } of violations) count(this.#violations, pair(condition, severity));
    this.#omitted += violationsOmitted;
  }

  figures(): ResultFigures {
    return {
      workloads: pairs(VERDICTS, RESULT_ACTIONS).map(([verdict, action]) => [
        { verdict, action },
        this.#workloads.get(pair(verdict, action)) ?? 0,
      ]),
      violatingWorkloads: [...this.#violating].map(([namespace, value]) => [{ namespace }, value]),
      vulnerabilities: SEVERITIES.map((severity) => [{ severity }, this.#vulnerabilities.get(severity) ?? 0]),
      violations: pairs(VIOLATION_CONDITIONS, [...SEVERITIES, NO_SEVERITY]).map(([condition, severity]) => [
        { condition, severity },
        this.#violations.get(pair(condition, severity)) ?? 0,
      ]),
      violationsOmitted: this.#omitted,
      heldWorkloads: [...HELD_REASONS, 'Other' as const].map((reason) => [{ reason }, this.#held.get(reason) ?? 0]),
      contendedWorkloads: CONTENDERS.map((contender) => [{ contender }, this.#contended.get(contender) ?? 0]),
    };
  }
}

function count<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function pair(one: string, other: string): string {
  return `${one} ${other}`;
}

function pairs<A, B>(all: readonly A[], others: readonly B[]): readonly (readonly [A, B])[] {
  return all.flatMap((one) => others.map((other) => [one, other] as const));
}

function severityKey(severity: (typeof SEVERITIES)[number]): 'critical' | 'high' | 'medium' | 'low' | 'unknown' {
  switch (severity) {
    case 'Critical':
      return 'critical';
    case 'High':
      return 'high';
    case 'Medium':
      return 'medium';
    case 'Low':
      return 'low';
    case 'Unknown':
      return 'unknown';
  }
}

/** A reason that is not ours, written into a status by somebody, makes no series of its own. */
function heldReasonOf({ conditions = [] }: XrayScanResultStatus): HeldReason | 'Other' {
  const said = conditions.find(({ type }) => type === 'Enforced')?.reason;
  return HELD_REASONS.find((reason) => reason === said) ?? 'Other';
}
