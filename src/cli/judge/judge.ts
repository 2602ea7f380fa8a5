// cli/judge: judges the workloads of manifests by the operator's own evaluation, as if each were seen now for the first time.
import type { Memory } from '../../evaluate/judged-image.js';
import type { Violation } from '../../evaluate/violation.js';
import { evaluate, type Judgement } from '../../evaluate/verdict.js';
import type { ExitCode } from '../exit-code.js';
import type { Facts } from './facts.js';
import type { Rules } from './rules.js';
import type { ManifestWorkload } from './workloads.js';

export interface Judged {
  readonly source: ManifestWorkload;
  readonly judgement: Judgement;
}

const FIRST_SEEN_NOW: Memory = { imageFirstSeen: () => undefined, violationFirstSeen: () => undefined };

export interface JudgeInput {
  readonly sources: readonly ManifestWorkload[];
  readonly rules: Rules;
  readonly facts: Facts;
  readonly now: Date;
}

export function judgeAll({ sources, rules, facts, now }: JudgeInput): readonly Judged[] {
  return sources.flatMap((source, at) => {
    const workload = facts.workloads[at];
    if (workload === undefined) return [];
    const { namespace } = workload.ref;
    const judgement = evaluate({
      workload,
      knowledgeOf: facts.knowledgeOf,
      policies: rules.policiesIn(namespace),
      exceptions: rules.exceptionsIn(namespace),
      memory: FIRST_SEEN_NOW,
      now,
    });
    return [{ source, judgement }];
  });
}

/** What lets a pipeline fail: any violation, or only one that an enforcing policy would act on, in its grace period or after. */
export type FailOn = 'violation' | 'action';

/** Whatever could not be judged is trouble, unless there are violations: a pipeline must not be green by not knowing. */
export function exitCodeOf(judged: readonly Judged[], failOn: FailOn): ExitCode {
  if (judged.some(({ judgement }) => judgement.violations.some((one) => fails(one, failOn)))) return 1;
  return judged.some(isUnjudged) ? 2 : 0;
}

function fails({ mode, asks }: Violation, failOn: FailOn): boolean {
  return failOn === 'violation' || (mode === 'Enforce' && asks !== 'Ignore');
}

/** An image of which nothing is known, where a policy asks for something. */
function isUnjudged({ judgement }: Judged): boolean {
  if (judgement.open.length > 0) return true;
  return (
    judgement.applied.some(({ holds }) => holds.length > 0) &&
    judgement.images.some(({ knowledge }) => knowledge?.state === 'unavailable')
  );
}
