// report: what is said of an exception: whether it holds, and what it waives. One that does nothing must say so.
import { type Condition, withCondition } from '@dot-kube/operator/conditions';
import type { XrayExceptionStatus } from '../../api/v1alpha1/types.js';
import type { CompiledException } from '../../evaluate/exception.js';
import { isActive } from '../../evaluate/waiver.js';
import type { ExceptionTally } from './policy-ledger.js';

export interface ExceptionStatusInput {
  readonly generation: number;
  readonly compiled: CompiledException;
  /** Undefined while not every workload has been judged: what was counted before stays. */
  readonly tally: ExceptionTally | undefined;
  readonly previous: XrayExceptionStatus | undefined;
  readonly now: Date;
}

type Said = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export function exceptionStatus(input: ExceptionStatusInput): XrayExceptionStatus {
  const { generation, tally, previous, now } = input;
  const said = conditionsOf(input);
  const kept = (previous?.conditions ?? []).filter(
    ({ type }) => type !== 'Refused' || said.some((one) => one.type === type),
  );
  const conditions = said.reduce<readonly Condition[]>(
    (all, next) => withCondition(all, { ...next, observedGeneration: generation }, now),
    kept,
  );
  const waives =
    tally === undefined
      ? previous?.waives
      : { workloads: tally.workloads, violations: tally.violations, refused: tally.refused };
  return { observedGeneration: generation, conditions, ...(waives === undefined ? {} : { waives }) };
}

function conditionsOf({ compiled, tally, now }: ExceptionStatusInput): readonly Said[] {
  if (!compiled.ok) {
    const { reason, message } = compiled;
    return [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'Active', status: 'False', reason, message },
      { type: 'Effective', status: 'False', reason, message: 'It waives nothing.' },
    ];
  }
  const { expiresAt } = compiled.exception;
  const until = expiresAt.toISOString();
  if (!isActive(compiled.exception, now)) {
    const message = `It ended at ${until}; delete it, or set a later expiresAt.`;
    return [
      { type: 'Ready', status: 'False', reason: 'Expired', message },
      { type: 'Active', status: 'False', reason: 'Expired', message },
      { type: 'Effective', status: 'False', reason: 'Expired', message: 'It waives nothing any more.' },
    ];
  }
  return [
    readyWhileActive(until, tally),
    { type: 'Active', status: 'True', reason: 'InForce', message: `It holds until ${until}.` },
    effective(tally),
    ...refused(tally),
  ];
}

function readyWhileActive(until: string, tally: ExceptionTally | undefined): Said {
  const type = 'Ready';
  if (tally === undefined || tally.violations > 0)
    return { type, status: 'True', reason: 'Active', message: `It holds until ${until}.` };
  if (tally.refused > 0) return { type, status: 'False', reason: 'RefusedByPolicy', message: refusalText(tally) };
  // In force, and nothing to do: no failure, or whoever waits for it to be ready would wait for a violation to come.
  const message = 'It is in force and waives nothing now: no violation of its namespace is one that it names.';
  return { type, status: 'True', reason: 'WaivesNothing', message };
}

function effective(tally: ExceptionTally | undefined): Said {
  const type = 'Effective';
  if (tally === undefined)
    return { type, status: 'Unknown', reason: 'NotYetJudged', message: 'Not all workloads have been judged yet.' };
  const { violations, workloads } = tally;
  return violations > 0
    ? {
        type,
        status: 'True',
        reason: 'Waives',
        message: `It waives ${violations} violations of ${workloads} workloads.`,
      }
    : {
        type,
        status: 'False',
        reason: 'WaivesNothing',
        message: 'It names no violation that there is, or may waive none.',
      };
}

function refused(tally: ExceptionTally | undefined): readonly Said[] {
  if (tally === undefined || tally.refused === 0) return [];
  return [{ type: 'Refused', status: 'True', reason: 'RefusedByPolicy', message: refusalText(tally) }];
}

function refusalText({ refused, refusal = '' }: ExceptionTally): string {
  return `${refused} violations that it names may not be waived: ${refusal}`;
}
