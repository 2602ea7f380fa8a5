// report: what a policy says of the brake: how many of its stops it holds, whether its present form was approved, and that an
// approval of an older one does not count. Said only where there is something to say.
import { type Condition, withCondition } from '@dot-kube/operator/conditions';
import { APPROVE_ANNOTATION } from '../../api/approve-annotation.js';
import type { EventDraft } from '../event-draft.js';
import { approvalText } from '../brake-wording.js';
import { BRAKE_ENGAGED } from '../result/held-reasons.js';

export interface BrakeInput {
  /** As it is shown: `namespace/name` of an XrayPolicy, the name of a ClusterXrayPolicy. */
  readonly policy: string;
  readonly generation: number;
  /** The annotation's value. */
  readonly approve: string | undefined;
  /** False while this generation makes no sense, and an older form is in force. */
  readonly isInForce: boolean;
  /** Workloads that it wants stopped and that the brake holds. */
  readonly braked: number;
}

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

export function withBrake(conditions: readonly Condition[], input: BrakeInput, now: Date): readonly Condition[] {
  const said = saidOf(input);
  if (said === undefined) return conditions.filter(({ type }) => type !== BRAKE_ENGAGED);
  return withCondition(conditions, { type: BRAKE_ENGAGED, ...said, observedGeneration: input.generation }, now);
}

function saidOf(input: BrakeInput): Said | undefined {
  const { policy, generation, approve, isInForce, braked } = input;
  const isApproved = isInForce && approve === String(generation);
  if (braked > 0) {
    const stale = approve === undefined || isApproved ? '' : ` ${staleText(input)}`;
    const message = `${braked} of its workloads are not stopped until somebody approves: ${approvalText({ policy, generation })}.${stale}`;
    return { status: 'True', reason: 'ApprovalNeeded', message };
  }
  if (approve === undefined) return undefined;
  if (!isApproved) return { status: 'False', reason: 'ApprovalStale', message: staleText(input) };
  const message = `Generation ${generation} was approved: the brake holds nothing that it asks for.`;
  return { status: 'False', reason: 'Approved', message };
}

function staleText({ generation, approve = '', isInForce }: BrakeInput): string {
  const why = isInForce ? `the policy is at generation ${generation}` : `generation ${generation} is not in force`;
  return `The annotation ${APPROVE_ANNOTATION}="${approve.slice(0, 32)}" does not count: ${why}.`;
}

/** Told once each time that the brake comes to hold something of the policy. */
export function brakeEvent(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): EventDraft | undefined {
  const engaged = engagedIn(after);
  if (engaged === undefined || engagedIn(before) !== undefined) return undefined;
  const { message, lastTransitionTime } = engaged;
  return { type: 'Warning', reason: BRAKE_ENGAGED, action: 'Hold', note: message, once: lastTransitionTime };
}

function engagedIn(conditions: readonly Condition[] = []): Condition | undefined {
  return conditions.find(({ type, status }) => type === BRAKE_ENGAGED && status === 'True');
}
