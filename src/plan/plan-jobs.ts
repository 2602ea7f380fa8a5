// plan: what becomes of the Jobs that a CronJob has started and that have not ended. A suspended CronJob starts no more of
// them, but those that run go on: so each is suspended with it, with a note of its own.
import { isOpen, type Judgement } from '../evaluate/verdict.js';
import { isDue } from '../evaluate/violation.js';
import type { ObservedTarget } from '../observe/observed.js';
import type { StartedJob } from '../workload/workload.js';
import { noteOn } from './note.js';
import { type Change, type Demanded, plan, type Plan } from './plan.js';
import type { Surroundings } from './surroundings.js';

export interface JobsInput {
  readonly jobs: readonly StartedJob[];
  /** Of the CronJob. */
  readonly judgement: Judgement;
  /** For the CronJob. */
  readonly planned: Plan;
  readonly surroundings: Surroundings;
  readonly now: Date;
}

export interface JobChange {
  readonly target: ObservedTarget;
  readonly change: Change;
}

export interface JobsPlan {
  readonly changes: readonly JobChange[];
  /** When one that was resumed by somebody is suspended again. */
  readonly until?: Date;
}

/**
 * None is suspended unless its CronJob is. One whose own images still violate stays suspended when its CronJob goes on:
 * it is of a former template.
 */
export function planJobs({ jobs, judgement, planned, surroundings, now }: JobsInput): JobsPlan {
  const stops = planned.kind === 'stopped' || (planned.kind === 'change' && planned.change.kind === 'ScaleDown');
  const plans = jobs.map((job) => ({
    target: job.target,
    plan: plan({
      judgement: demandedOf(job, judgement, now),
      target: job.target,
      note: noteOn(job.target),
      surroundings,
      pods: job.pods,
      now,
    }),
  }));
  const changes = plans.flatMap(({ target, plan: own }) =>
    own.kind === 'change' && (stops || own.change.kind !== 'ScaleDown') ? [{ target, change: own.change }] : [],
  );
  const untils = plans.flatMap(({ plan: own }) => (stops && own.kind === 'backingOff' ? [own.until] : []));
  const [until] = untils.sort((a, b) => a.getTime() - b.getTime());
  return { changes, ...(until === undefined ? {} : { until }) };
}

/** What is asked for of the images of this one Job; deletion is for the CronJob, which takes its Jobs along. */
function demandedOf({ references }: StartedJob, judgement: Judgement, now: Date): Demanded {
  const violations = [...judgement.violations, ...judgement.leftovers].filter(
    (one) => references.has(one.image) && one.mode === 'Enforce' && one.asks !== 'Ignore' && isDue(one, now),
  );
  return {
    demand: violations.length > 0 ? 'ScaleDown' : 'Ignore',
    violations,
    allowsDataLoss: false,
    undecided: judgement.images.some(
      ({ reference, knowledge }) => references.has(reference) && isOpen(knowledge, judgement.applied, 'CronJob'),
    ),
  };
}
