// plan: whether a workload is rolled back instead of being scaled down, and to which of its former revisions. Pure.
import type { Mode } from '../api/v1alpha1/types.js';
import type { JudgedImage, Judgement } from '../evaluate/verdict.js';
import { isDue, type Violation } from '../evaluate/violation.js';
import type { ObservedRevision, ObservedTarget } from '../observe/observed.js';
import { isStopped } from '../workload/stopped.js';
import type { WorkloadImage } from '../workload/workload.js';
import { isQuiet } from './contention.js';
import { type PutBack, WORKLOAD_FIELD_MANAGER } from './note.js';
import type { RevisionName } from './rollback-note.js';

/** Of a first stop for which a rollback is asked. */
export type RollbackOption =
  | { readonly kind: 'to'; readonly from: RevisionName; readonly to: ObservedRevision }
  /** `putBack`: what was rolled back was brought back by somebody. */
  | { readonly kind: 'none'; readonly why: string; readonly putBack?: PutBack };

/**
 * Everybody who asks for the stop under this mode agrees to a rollback: it is milder than a stop, since bad pods run on until the good
 * ones are ready, so one who does not say so is not overruled. And whoever asks for Delete wants nothing of it kept.
 */
export function asksRollback(violations: readonly Violation[], mode: Mode, now: Date): boolean {
  const asking = violations.filter((one) => one.mode === mode && one.asks !== 'Ignore' && isDue(one, now));
  return asking.length > 0 && asking.every(({ asks, rollsBack }) => asks === 'ScaleDown' && rollsBack);
}

/** Which mode asks for a rollback, if any does: where something is enforced, what an audit would do is not told. */
export function rollbackMode({ demand, auditDemand, violations }: Judgement, now: Date): Mode | undefined {
  if (demand !== 'Ignore') return asksRollback(violations, 'Enforce', now) ? 'Enforce' : undefined;
  return auditDemand !== 'Ignore' && asksRollback(violations, 'Audit', now) ? 'Audit' : undefined;
}

/** Whether its kind has a history of revisions to go back in, and it is there to be rolled back. */
export function hasHistory(target: ObservedTarget | undefined): target is ObservedTarget {
  return (target?.kind === 'Deployment' || target?.kind === 'StatefulSet') && !isStopped(target);
}

/** As the workload's note or its result tells of it. */
export interface FormerRollback {
  readonly at: string;
  readonly digests: readonly string[];
}

/** @returns undefined where nothing stands against it */
export function whyNot(
  target: ObservedTarget,
  last: FormerRollback | undefined,
  violations: readonly Violation[],
  now: Date,
): Extract<RollbackOption, { kind: 'none' }> | undefined {
  if (target.rollsOutByHand === true)
    return none(
      target.kind === 'Deployment'
        ? 'the Deployment is paused, so its pods would stay'
        : 'the strategy of the StatefulSet is OnDelete, so its pods would stay',
    );
  if (last === undefined || !isBroughtBack(last, violations, now)) return undefined;
  const manager = target.templateManager === WORKLOAD_FIELD_MANAGER ? '' : (target.templateManager ?? '');
  const putBack = { manager, times: 1, inARow: 1, since: last.at, at: now.toISOString() };
  return { ...none('it was rolled back before, and somebody brought the same image back'), putBack };
}

/** By the images and not by the revision: tools that render anew give each try another template. */
function isBroughtBack({ at, digests }: FormerRollback, violations: readonly Violation[], now: Date): boolean {
  const asking = violations.filter((one) => one.mode === 'Enforce' && one.asks !== 'Ignore' && isDue(one, now));
  return asking.length > 0 && !isQuiet({ at }, now) && asking.every(({ digest }) => digests.includes(digest));
}

export interface Candidate {
  readonly revision: ObservedRevision;
  /** Absent where not every image is known by digest. */
  readonly images?: readonly WorkloadImage[];
  /** The API server did not take it. */
  readonly isRefused: boolean;
}

/** How a former revision would be judged now, were it the current one. */
export type JudgeRevision = (
  images: readonly WorkloadImage[],
  labels: Readonly<Record<string, string>>,
) => Pick<Judgement, 'verdict' | 'undecided' | 'images'>;

export type Choice =
  | { readonly kind: 'to'; readonly revision: ObservedRevision }
  /** What Xray knows of one of them is being asked. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'none'; readonly why: string };

/**
 * The newest that complies now. Not knowing is not compliant.
 *
 * @param candidates the newest first, without the current one
 */
export function chooseRevision(
  candidates: readonly Candidate[],
  judge: JudgeRevision,
  isBeingAsked: (image: JudgedImage) => boolean,
): Choice {
  const not = { refused: 0, unknown: 0, violating: 0 };
  for (const { revision, images, isRefused } of candidates) {
    if (isRefused) not.refused++;
    else if (images === undefined) not.unknown++;
    else {
      const { verdict, undecided, images: judged } = judge(images, revision.templateLabels);
      if (judged.some(isBeingAsked)) return { kind: 'asking' };
      if (verdict === 'Compliant' && !undecided) return { kind: 'to', revision };
      if (verdict === 'Violating') not.violating++;
      else not.unknown++;
    }
  }
  return { kind: 'none', why: whyNone(not) };
}

interface Counts {
  readonly refused: number;
  readonly unknown: number;
  readonly violating: number;
}

function whyNone({ refused, unknown, violating }: Counts): string {
  const parts = [
    ...(violating === 0 ? [] : [`${violating} ${violating === 1 ? 'breaks' : 'break'} a rule`]),
    ...(unknown === 0 ? [] : [`${unknown} would run images that nobody can tell or that Xray does not know`]),
    ...(refused === 0 ? [] : [`${refused} ${refused === 1 ? 'is' : 'are'} refused by the API server`]),
  ];
  return parts.length === 0 ? 'its history holds no former revision' : `of its former revisions, ${parts.join(', ')}`;
}

function none(why: string): Extract<RollbackOption, { kind: 'none' }> {
  return { kind: 'none', why };
}
