// controllers: when a workload is looked at again though nothing tells of a change: a time comes, or nothing would tell.
import type { Result } from '@dot-kube/operator';
import type { Judgement } from '../../evaluate/verdict.js';
import type { Contention } from '../../plan/contention.js';
import type { Plan } from '../../plan/plan.js';
import type { JobsPlan } from '../../plan/plan-jobs.js';
import type { Workload } from '../../workload/workload.js';

interface Passed {
  readonly workload: Workload;
  readonly judgement: Pick<Judgement, 'nextAt'>;
  readonly planned: Plan;
  readonly contention: Contention | undefined;
  readonly jobs: JobsPlan;
  /** When the brake, or its turn, wants it looked at again. */
  readonly againMs: number | undefined;
  readonly now: Date;
}

// No watch tells of a custom workload: while it is stopped no pod does either, and a right may be given at any time.
const STOPPED_CUSTOM_MS = 30_000;
/** How soon it is tried again what nobody gave the right for. */
export const NOT_PERMITTED_MS = 5 * 60_000;

/** @param isPermitted no right was missing for what was to be done */
export function untilNext(passed: Passed, isPermitted: boolean): Result {
  const { judgement, planned, contention, jobs, againMs, now } = passed;
  const backOff = planned.kind === 'backingOff' ? planned.until : undefined;
  const times = [judgement.nextAt, backOff, contention?.until, jobs.until]
    .filter((time) => time !== undefined)
    .map((time) => Math.max(0, time.getTime() - now.getTime()));
  const all = [...times, ...customMs(passed, isPermitted), ...(againMs === undefined ? [] : [againMs])];
  return all.length === 0 ? {} : { requeueAfterMs: Math.min(...all) };
}

function customMs({ workload, planned }: Passed, isPermitted: boolean): readonly number[] {
  if (!isPermitted || (planned.kind === 'refused' && planned.reason === 'NotPermitted')) return [NOT_PERMITTED_MS];
  const isStop = planned.kind === 'stopped' || (planned.kind === 'change' && planned.change.kind === 'ScaleDown');
  return isStop && workload.target?.kind === 'Custom' ? [STOPPED_CUSTOM_MS] : [];
}
