// report: the conditions of a result. Reasons are part of the API: rename one and somebody's alert goes silent.
import type { Condition } from '@dot-kube/operator/conditions';
import type { Judgement } from '../../evaluate/verdict.js';
import type { ConditionName } from '../../evaluate/breach.js';
import type { Violation } from '../../evaluate/violation.js';
import type { Refused } from '../../plan/refusal.js';
import { COMPLIANCE } from '../compliance.js';
import { describe, describeWaived, whyUnavailable } from '../wording.js';
import { rolledBackText, type Standing } from './standing.js';

type Said = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** @param wouldRollBackTo the revision that an audit would have the workload rolled back to */
export function conditionsOf(judgement: Judgement, standing: Standing, wouldRollBackTo?: number): readonly Said[] {
  return [
    scanned(judgement),
    compliant('Security', 'VulnerabilityFound', judgement),
    compliant('License', 'LicenseForbidden', judgement),
    enforced(judgement, standing, wouldRollBackTo),
    ready(judgement),
  ];
}

/** A deletion is refused, and the stop that another policy asks for is done instead. */
export function withRefusal(said: readonly Said[], refused: Refused | undefined): readonly Said[] {
  if (refused === undefined) return said;
  const instead = `A policy asks to delete it, which is refused: ${refused.message}`;
  return said.map((one) => (one.type === 'Enforced' ? { ...one, message: `${one.message} ${instead}` } : one));
}

function scanned({ images }: Judgement): Said {
  const type = COMPLIANCE.Unscanned;
  const current = images.filter(({ revision }) => revision === 'Current');
  const states = new Set(current.map(({ knowledge }) => knowledge?.state ?? 'noDigest'));
  if (states.has('unscanned'))
    return { type, status: 'False', reason: 'Unscanned', message: 'Xray has no scan of at least one image.' };
  if (states.has('unavailable'))
    return { type, status: 'Unknown', reason: 'XrayUnavailable', message: whyUnavailable(current) };
  if (states.has('notAsked'))
    return { type, status: 'Unknown', reason: 'Asking', message: 'Xray has not answered yet.' };
  if (states.has('noDigest'))
    return { type, status: 'Unknown', reason: 'DigestUnknown', message: 'An image has not been pulled yet.' };
  const stale = current.find(({ knowledge }) => knowledge?.state === 'scanned' && knowledge.stale !== undefined);
  if (stale?.knowledge?.state === 'scanned' && stale.knowledge.stale !== undefined)
    return {
      type,
      status: 'True',
      reason: 'FactsKept',
      message: `Facts of ${stale.reference} are older: ${stale.knowledge.stale}`,
    };
  return { type, status: 'True', reason: 'Scanned', message: 'Xray knows every image.' };
}

function compliant(
  condition: ConditionName,
  reason: 'VulnerabilityFound' | 'LicenseForbidden',
  judgement: Judgement,
): Said {
  const type = COMPLIANCE[condition];
  const { violations, waived, images, open } = judgement;
  const found = violations.filter((violation) => violation.condition === condition);
  const [worst] = found;
  if (worst !== undefined) return { type, status: 'False', reason, message: withCount(worst, found.length) };
  const known =
    open.length === 0 &&
    images.every(({ revision, knowledge }) => revision === 'Previous' || knowledge?.state === 'scanned');
  const [exempt] = waived.filter((violation) => violation.condition === condition);
  if (known && exempt !== undefined)
    return { type, status: 'True', reason: 'Waived', message: `${describeWaived(exempt)}.` };
  return known
    ? { type, status: 'True', reason: 'NoViolation', message: 'No policy is violated.' }
    : { type, status: 'Unknown', reason: 'NotAllKnown', message: 'Not every image is known to Xray.' };
}

function withCount(worst: Violation, count: number): string {
  return count === 1 ? describe(worst) : `${describe(worst)} (and ${count - 1} more)`;
}

function enforced(judgement: Judgement, standing: Standing, wouldRollBackTo: number | undefined): Said {
  const type = 'Enforced';
  const { auditDemand, violations } = judgement;
  const rolledBack = rolledBackText(judgement, standing);
  if (rolledBack !== undefined) return { type, status: 'True', reason: 'RolledBack', message: rolledBack };
  switch (standing.kind) {
    case 'stopped':
      return { type, status: 'True', reason: standing.enforcement.action, message: standing.enforcement.message };
    case 'rolledBack':
      return { type, status: 'True', reason: 'RolledBack', message: standing.enforcement.message };
    case 'deleted':
      return { type, status: 'True', reason: 'Deleted', message: standing.enforcement.message };
    case 'held':
      return { type, status: 'False', reason: standing.reason, message: standing.message };
    case 'running':
      if (auditDemand !== 'Ignore')
        return {
          type,
          status: 'False',
          reason: 'AuditMode',
          message: `${wouldRollBackTo === undefined ? auditDemand : `A rollback to revision ${wouldRollBackTo}`} would be done, were the policy's mode Enforce.`,
        };
      return violations.length > 0
        ? { type, status: 'False', reason: 'NotAsked', message: 'No violation asks for an action on this kind now.' }
        : { type, status: 'True', reason: 'NothingToEnforce', message: 'Nothing has to be stopped.' };
  }
}

function ready({ verdict, violations }: Judgement): Said {
  const [worst] = violations;
  return verdict === 'Compliant'
    ? { type: 'Ready', status: 'True', reason: verdict, message: 'No policy is violated.' }
    : {
        type: 'Ready',
        status: 'False',
        reason: verdict,
        message: worst === undefined ? `The verdict is ${verdict}.` : describe(worst),
      };
}
