// report: readiness + tally → the status of a policy, of either kind.
import { type Condition, withCondition } from '@dot-kube/operator/conditions';
import type { PolicyWorkloads } from '../../api/v1alpha1/types.js';
import { withBrake } from './brake-condition.js';
import type { PolicyTally } from './policy-ledger.js';
import type { PolicyReadiness } from './policy-readiness.js';

export interface PolicyStatus<S> {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly lastValid?: { readonly generation: number; readonly spec: S };
  readonly workloads?: PolicyWorkloads;
  readonly lastEvaluated?: string;
}

export interface PolicyStatusInput<S> {
  readonly generation: number;
  readonly readiness: PolicyReadiness;
  readonly lastValid: PolicyStatus<S>['lastValid'];
  /** Undefined while not every workload has been judged: what was counted before stays. */
  readonly tally: PolicyTally | undefined;
  /** As it is shown. */
  readonly policy: string;
  /** The value of the annotation that approves a generation. */
  readonly approve: string | undefined;
  /** False while this generation makes no sense. */
  readonly isInForce: boolean;
  readonly previous: PolicyStatus<S> | undefined;
  readonly now: Date;
}

export function policyStatus<S>(input: PolicyStatusInput<S>): PolicyStatus<S> {
  const { generation, readiness, lastValid, tally, previous, now } = input;
  const condition = { ...readiness.condition, observedGeneration: generation };
  const conditions = withCondition(previous?.conditions ?? [], condition, now);
  return {
    observedGeneration: generation,
    conditions: tally === undefined ? conditions : withBrake(conditions, { ...input, braked: tally.braked }, now),
    ...(lastValid === undefined ? {} : { lastValid }),
    ...countsOf(tally, previous),
  };
}

type Counted = Pick<PolicyStatus<unknown>, 'workloads' | 'lastEvaluated'>;

function countsOf(tally: PolicyTally | undefined, previous: Counted = {}): Counted {
  const workloads = tally?.workloads ?? previous.workloads;
  const lastEvaluated = secondsText(tally?.lastEvaluated) ?? previous.lastEvaluated;
  return {
    ...(workloads === undefined ? {} : { workloads }),
    ...(lastEvaluated === undefined ? {} : { lastEvaluated }),
  };
}

const EVALUATED_EVERY_MS = 60_000; // a time that moves with each pass would be a write with each pass

/** How long it may wait to write that the policy was evaluated again, where nothing else is new. */
export function evaluatedWaitMs(previous: string | undefined, now: Date): number {
  const before = previous === undefined ? Number.NaN : Date.parse(previous);
  return Number.isNaN(before) ? 0 : Math.max(0, before + EVALUATED_EVERY_MS - now.getTime());
}

function secondsText(time: Date | undefined): string | undefined {
  return time === undefined ? undefined : `${time.toISOString().slice(0, 19)}Z`;
}
