// cli/judge: what is told of judged workloads, as plain data: the JSON as it is printed, and the source of the other forms.
import type { Action, Mode, PolicyKind, ViolationReason } from '../../api/v1alpha1/types.js';
import type { ConditionName } from '../../evaluate/breach.js';
import { isDue, type Violation } from '../../evaluate/violation.js';
import type { Judgement, Verdict } from '../../evaluate/verdict.js';
import { asksRollback } from '../../plan/rollback.js';
import { whyUnscanned } from '../../report/wording.js';
import type { Knowledge } from '../../scan/knowledge.js';
import { strictest } from '../../evaluate/violation.js';
import { timeText } from '../style.js';
import type { Facts } from './facts.js';
import type { Judged } from './judge.js';

export interface Report {
  /** The time for which it was judged. */
  readonly now: string;
  readonly workloads: readonly WorkloadReport[];
  readonly warnings: readonly string[];
}

export interface WorkloadReport {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly verdict: Verdict;
  /** What enforcing policies ask for at once. */
  readonly action: Action;
  /** What they ask for when all grace periods are over. */
  readonly actionAfterGrace: Action;
  /** What policies in mode Audit would ask for at once. */
  readonly auditAction: Action;
  /** What is due is first tried to be undone by a rollback. */
  readonly rollback?: true;
  readonly policies: readonly string[];
  readonly images: readonly ImageReport[];
  readonly violations: readonly ViolationReport[];
  readonly waived: readonly WaivedReport[];
}

export interface ImageReport {
  readonly reference: string;
  readonly digest?: string;
  readonly containers: readonly string[];
  readonly state: 'Scanned' | 'Unscanned' | 'Pending' | 'Unavailable';
  readonly message?: string;
}

export interface ViolationReport {
  readonly policyKind: PolicyKind;
  readonly policy: string;
  readonly field: string;
  readonly reason: ViolationReason;
  readonly condition: ConditionName;
  readonly id: string;
  readonly severity?: string;
  readonly image: string;
  readonly summary: string;
  readonly fixedVersions: readonly string[];
  readonly asks: Action;
  readonly mode: Mode;
  /** When its grace period ends, where it has not ended. */
  readonly graceUntil?: string;
  /** Why an exception that names it does not waive it. */
  readonly notWaived: readonly string[];
  readonly line: number;
}

export interface WaivedReport extends Omit<ViolationReport, 'graceUntil'> {
  readonly exception: string;
  readonly until: string;
  readonly why: string;
}

export function reportOf(judged: readonly Judged[], facts: Facts, now: Date): Report {
  return {
    now: timeText(now),
    workloads: judged.map((one) => workloadReport(one, facts, now)),
    warnings: [
      ...facts.warnings,
      ...new Set(
        judged.flatMap(({ judgement }) => judgement.open.map((why) => `What Xray raised is not known: ${why}`)),
      ),
    ],
  };
}

function workloadReport({ source, judgement }: Judged, facts: Facts, now: Date): WorkloadReport {
  const { kind, namespace, name } = source.workload.ref;
  const containers = new Map(judgement.images.map((image) => [image.reference, image.containers[0]?.name ?? '']));
  const told = (violation: Violation): Omit<ViolationReport, 'graceUntil'> =>
    violationReport(violation, source.lineOf(containers.get(violation.image) ?? ''));
  return {
    ...{ kind, namespace, name, file: source.manifest.file, line: source.manifest.lineOf([]) },
    verdict: judgement.verdict,
    action: judgement.demand,
    actionAfterGrace: strictest(judgement.violations.flatMap(({ mode, asks }) => (mode === 'Enforce' ? [asks] : []))),
    auditAction: judgement.auditDemand,
    ...(rollsBack(judgement, kind, now) ? { rollback: true as const } : {}),
    policies: judgement.applied.map(({ policy }) => `${policy.kind} ${policy.name}`),
    images: judgement.images.map((image) => ({
      reference: image.reference,
      ...(image.digest === undefined || facts.isStandIn(image.digest) ? {} : { digest: image.digest }),
      containers: image.containers.map((container) => container.name),
      ...stateOf(image.knowledge),
    })),
    violations: judgement.violations.map((violation) => ({
      ...told(violation),
      ...(isDue(violation, now) ? {} : { graceUntil: timeText(violation.dueAt) }),
    })),
    waived: judgement.waived.map((violation) => ({
      ...told(violation),
      exception: violation.waiver.exception,
      until: timeText(violation.waiver.until),
      why: violation.waiver.reason,
    })),
  };
}

/** What would be gone back to is a matter of the cluster. */
function rollsBack({ violations }: Judgement, kind: string, now: Date): boolean {
  return (kind === 'Deployment' || kind === 'StatefulSet') && asksRollback(violations, 'Enforce', now);
}

function violationReport(violation: Violation, line: number): Omit<ViolationReport, 'graceUntil'> {
  const { policyKind, policy, field, reason, condition, id, severity, image, summary, asks, mode } = violation;
  return {
    ...{ policyKind, policy, field, reason, condition, id, image, summary, asks, mode, line },
    ...(severity === undefined ? {} : { severity }),
    fixedVersions: violation.fixedVersions,
    notWaived: violation.refusedWaivers.map(({ message }) => message),
  };
}

function stateOf(knowledge: Knowledge | undefined): Pick<ImageReport, 'state' | 'message'> {
  switch (knowledge?.state) {
    case 'scanned':
      return { state: 'Scanned' };
    case 'unscanned':
      return { state: 'Unscanned', message: whyUnscanned(knowledge.progress) };
    case 'unavailable':
      return { state: 'Unavailable', message: knowledge.why };
    case 'notAsked':
    case undefined:
      return { state: 'Pending' };
  }
}
