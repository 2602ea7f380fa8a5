// chaos/model: what must hold of the Jobs that a CronJob has started. They are stopped and go on with it, each by its own images.
import { type Action, keyOf } from '../story/world.js';
import type { Model } from './model.js';
import { isAtLeast } from './rules.js';
import type { Judged } from './view.js';
import type { Change, Workload } from './workload.js';

/** What is wrong with a write of the operator to such a Job. */
export function wrongWithJob(
  { before, after, atMs }: Pick<Change, 'before' | 'after' | 'atMs'>,
  cronJob: Workload | undefined,
  model: Model,
): readonly string[] {
  if (before === undefined || cronJob === undefined) return [];
  const wrong =
    after === undefined ? 'it deleted a Job of a CronJob' : wrongWrite({ before, after, cronJob, atMs }, model);
  return wrong === undefined ? [] : [`${(atMs / 1_000).toFixed(3)} s: ${keyOf(before)}: ${wrong}`];
}

interface Write {
  readonly before: Workload;
  readonly after: Workload;
  readonly cronJob: Workload;
  readonly atMs: number;
}

function wrongWrite({ before, after, cronJob, atMs }: Write, model: Model): string | undefined {
  if (after.template !== before.template || after.rest !== before.rest)
    return 'it changed more of a started Job than its suspension';
  const { most, least } = model.bounds(judgedAs(cronJob, before), atMs);
  if (before.replicas > 0 && after.replicas === 0) return wrongSuspension(after, cronJob, most);
  if (after.replicas === 0 || after.note !== undefined) return 'a write to a started Job that decides nothing';
  return least === 'Ignore' ? undefined : `it let a Job go on, though at least ${least} is asked for it`;
}

function wrongSuspension({ note }: Workload, cronJob: Workload, most: Action): string | undefined {
  if (cronJob.replicas > 0) return 'it suspended a Job whose CronJob goes on';
  if (note === undefined) return 'it suspended a Job without a note';
  return isAtLeast(most, 'ScaleDown') ? undefined : `it suspended a Job for which at most ${most} is asked`;
}

/** At rest. @param job one that has not ended */
export function jobUnlikeModel(job: Workload, cronJob: Workload, model: Model, atMs: number): readonly string[] {
  const { most, least } = model.bounds(judgedAs(cronJob, job), atMs);
  const say = (what: string): readonly string[] => [`at rest: ${keyOf(job)} ${what}`];
  const isStopped = cronJob.replicas === 0 && cronJob.note !== undefined;
  if (job.replicas > 0) return isStopped && least !== 'Ignore' ? say(`runs, though ${least} is asked for it`) : [];
  if (job.note === undefined) return say('is suspended without a note');
  return most === 'Ignore' ? say('is suspended, and nothing asks for it') : [];
}

/** By the rules for its CronJob. */
function judgedAs(cronJob: Workload, { images }: Workload): Judged {
  return { ...cronJob, images };
}
