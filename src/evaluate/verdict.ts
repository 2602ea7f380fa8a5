// evaluate: workload + what is known + policies + exceptions + time → verdict. Pure; the same input always gives the same output.
import { type WorkloadKind, workloadKindOf } from '../api/workload-kinds.js';
import type { Action } from '../api/v1alpha1/types.js';
import type { Knowledge } from '../scan/knowledge.js';
import { isStopped } from '../workload/stopped.js';
import type { Workload, WorkloadImage } from '../workload/workload.js';
import { actionOf, outdatedAt, whyOpen } from './checks.js';
import type { Exception } from './exception.js';
import type { JudgedImage, Memory } from './judged-image.js';
import type { Policy } from './policy.js';
import { type AppliedPolicy, appliedTo } from './tiers.js';
import { allowsLoss, byEnd, isDue, isStricter, type Violation, type WaivedViolation, worstFirst } from './violation.js';
import { findViolations, type FoundViolations } from './violations.js';
import { isActive } from './waiver.js';

export type { JudgedImage, Memory } from './judged-image.js';

export type Verdict = 'Compliant' | 'Violating' | 'Unscanned' | 'Pending' | 'Unknown';

export interface Judgement {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  /** Every policy that selects the workload, and which of its rules hold for it. */
  readonly applied: readonly AppliedPolicy[];
  /** Of the current revision, the worst first; those in grace included, those that are waived not. */
  readonly violations: readonly Violation[];
  /** Of the current revision, those that an exception waives, the first to end first. */
  readonly waived: readonly WaivedViolation[];
  /** Of older revisions that a rollout leaves behind: reported, and acted on only where a Job of a CronJob is one. */
  readonly leftovers: readonly Violation[];
  /** Those of older revisions that an exception waives. */
  readonly waivedLeftovers: readonly WaivedViolation[];
  /** The strictest action that is due and enforced. */
  readonly demand: Action;
  /** A policy that asks for it lets volumes go with it. */
  readonly allowsDataLoss: boolean;
  /** The strictest action that is due under `mode: Audit`. */
  readonly auditDemand: Action;
  /** True while an image that an enforcing policy could stop cannot be judged: what stands then stays as it is. */
  readonly undecided: boolean;
  /** Why it cannot be told of scanned images of the current revision whether they break a rule; empty: it can. */
  readonly open: readonly string[];
  /** When the judgement changes by itself: the next end of a grace period, of an exception, or of what an old scan is good for. */
  readonly nextAt?: Date;
}

export interface EvaluateInput {
  readonly workload: Workload;
  readonly knowledgeOf: (digest: string) => Knowledge;
  /** Those that cover the workload's namespace; evaluate asks each whether it selects the workload. */
  readonly policies: readonly Policy[];
  /** Those of the workload's namespace, expired or not. */
  readonly exceptions: readonly Exception[];
  readonly memory: Memory;
  readonly now: Date;
}

export function evaluate(input: EvaluateInput): Judgement {
  const { workload, knowledgeOf, memory, now } = input;
  const kind = workloadKindOf(workload.ref);
  const applied = appliedTo(input.policies, workload.labels);
  const exceptions = input.exceptions.filter((one) => isActive(one, now) && one.holdsFor(workload));
  const images = workload.images.map((image) => judgedImage(image, knowledgeOf, memory, now));
  const found = findViolations({ images, applied, exceptions, kind, memory, now });
  const violations = worstFirst(found.violations, now);
  const asked = demandsOf(violations, now);
  const current = images.filter(({ revision }) => revision === 'Current');
  const open = openRules(current, applied);
  const next = nextChange(found, outdatedTimes(images, applied), now);
  const canStopOne = (one: Rules): boolean => canStop(one, kind);
  return {
    verdict: verdictOf({ current, violations, applied, open }, now),
    images,
    applied,
    violations,
    waived: [...found.waived].sort(byEnd),
    leftovers: worstFirst(found.leftovers, now),
    waivedLeftovers: found.waivedLeftovers,
    demand: asked.Enforce,
    allowsDataLoss: allowsLoss(violations, asked.Enforce, now),
    auditDemand: asked.Audit,
    undecided: (isUnjudged(workload, current) && applied.some(canStopOne)) || open.some(({ by }) => canStopOne(by)),
    open: [...new Set(open.map(({ why }) => why))],
    ...(next === undefined ? {} : { nextAt: next }),
  };
}

function judgedImage(
  image: WorkloadImage,
  knowledgeOf: EvaluateInput['knowledgeOf'],
  memory: Memory,
  now: Date,
): JudgedImage {
  const firstSeen = memory.imageFirstSeen(image.reference, image.digest) ?? now;
  return image.digest === undefined
    ? { ...image, firstSeen }
    : { ...image, firstSeen, knowledge: knowledgeOf(image.digest) };
}

function canStop({ policy, holds }: Rules, kind: WorkloadKind): boolean {
  return policy.mode === 'Enforce' && holds.some((condition) => actionOf(policy, condition, kind) !== 'Ignore');
}

/** Whether it can't be told of an image what those who could stop a workload of the kind would ask for. */
export function isOpen(knowledge: Knowledge | undefined, applied: readonly Rules[], kind: WorkloadKind): boolean {
  switch (knowledge?.state) {
    case undefined:
    case 'unscanned':
      return false;
    case 'notAsked':
    case 'unavailable':
      return true;
    case 'scanned':
      return knowledge.unconfirmed === true || applied.some((one) => isRuleOpen(one, knowledge, kind));
  }
}

// An image whose digest nobody can tell before it runs is "unjudged" only where it is about to run: nothing else will tell.
function isUnjudged({ target }: Workload, current: readonly JudgedImage[]): boolean {
  const willTell = target !== undefined && !isStopped(target);
  return current.some(({ knowledge }) => {
    switch (knowledge?.state) {
      case undefined:
        return willTell;
      case 'notAsked':
      case 'unavailable':
        return true;
      case 'scanned':
        return knowledge.unconfirmed === true;
      case 'unscanned':
        return false;
    }
  });
}

type Rules = Pick<AppliedPolicy, 'policy' | 'holds'>;

function isRuleOpen({ policy, holds }: Rules, knowledge: Knowledge, kind: WorkloadKind): boolean {
  return holds.some(
    (condition) => canStop({ policy, holds: [condition] }, kind) && whyOpen(condition, knowledge, policy) !== undefined,
  );
}

interface OpenRule {
  readonly why: string;
  /** The rule alone. */
  readonly by: Rules;
}

function openRules(current: readonly JudgedImage[], applied: readonly AppliedPolicy[]): readonly OpenRule[] {
  return applied.flatMap(({ policy, holds }) =>
    holds.flatMap((condition) =>
      current.flatMap(({ knowledge }): OpenRule[] => {
        const why = knowledge === undefined ? undefined : whyOpen(condition, knowledge, policy);
        return why === undefined ? [] : [{ why, by: { policy, holds: [condition] } }];
      }),
    ),
  );
}

function outdatedTimes(images: readonly JudgedImage[], applied: readonly AppliedPolicy[]): readonly Date[] {
  const rules = applied.filter(({ holds }) => holds.includes('Unscanned')).map(({ policy }) => policy.unscanned);
  return rules.flatMap((rule) =>
    images.flatMap(({ reference, knowledge }) => {
      if (knowledge === undefined || rule?.exempts(reference) === true) return [];
      return outdatedAt(knowledge, rule) ?? [];
    }),
  );
}

interface Judged {
  readonly current: readonly JudgedImage[];
  readonly violations: readonly Violation[];
  readonly applied: readonly AppliedPolicy[];
  readonly open: readonly OpenRule[];
}

/** A proven violation wins over what is not known: it does not go away when the answer comes. */
function verdictOf({ current, violations, applied, open }: Judged, now: Date): Verdict {
  if (violations.some(({ condition }) => condition !== 'Unscanned')) return 'Violating';
  if (violations.some((violation) => violation.condition === 'Unscanned' && isDue(violation, now))) return 'Unscanned';
  // Where a policy speaks of unscanned images, its grace and its exemptions decide; elsewhere the plain fact is shown.
  const covered = applied.some(({ holds }) => holds.includes('Unscanned'));
  if (!covered && current.some(({ knowledge }) => knowledge?.state === 'unscanned')) return 'Unscanned';
  if (open.length > 0 || current.some(({ knowledge }) => knowledge?.state === 'unavailable')) return 'Unknown';
  const waiting = current.some(({ knowledge }) => knowledge === undefined || knowledge.state === 'notAsked');
  return waiting || violations.length > 0 ? 'Pending' : 'Compliant';
}

/** The strictest action that is due, for each mode. */
function demandsOf(violations: readonly Violation[], now: Date): Readonly<Record<Violation['mode'], Action>> {
  const strictest: Record<Violation['mode'], Action> = { Enforce: 'Ignore', Audit: 'Ignore' };
  for (const violation of violations) {
    const { mode, asks } = violation;
    if (isDue(violation, now) && isStricter(asks, strictest[mode])) strictest[mode] = asks;
  }
  return strictest;
}

/** Leftovers count: a Job of a former template is stopped when its own grace period ends. */
function nextChange(
  { violations, waived, leftovers, waivedLeftovers }: FoundViolations,
  outdated: readonly Date[],
  now: Date,
): Date | undefined {
  const nowMs = now.getTime();
  let nextMs = Number.POSITIVE_INFINITY;
  const consider = (ms: number): void => {
    if (ms > nowMs && ms < nextMs) nextMs = ms;
  };
  for (const all of [violations, leftovers]) for (const { dueAt } of all) consider(dueAt.getTime());
  for (const all of [waived, waivedLeftovers]) for (const { waiver } of all) consider(waiver.until.getTime());
  for (const time of outdated) consider(time.getTime());
  return Number.isFinite(nextMs) ? new Date(nextMs) : undefined;
}
