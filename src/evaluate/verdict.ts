// evaluate: workload + what is known + policies + time → verdict. Pure; the same input always gives the same output.
import type { Action } from '../api/v1alpha1/types.js';
import type { Knowledge } from '../scan/knowledge.js';
import type { Workload, WorkloadImage } from '../workload/workload.js';
import { checks, graceMs } from './checks.js';
import type { Policy } from './policy.js';
import { type Breach, byWorst, isDue, strictest, type Violation } from './violation.js';

export type Verdict = 'Compliant' | 'Violating' | 'Unscanned' | 'Pending' | 'Unknown';

export interface JudgedImage extends WorkloadImage {
  /** Absent while the digest is not known. */
  readonly knowledge?: Knowledge;
  readonly firstSeen: Date;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly images: readonly JudgedImage[];
  /** Of the current revision, the worst first; those in grace included. */
  readonly violations: readonly Violation[];
  /** Of older revisions that a rollout leaves behind: reported, never acted on. */
  readonly leftovers: readonly Violation[];
  /** The strictest action that is due and enforced. */
  readonly demand: Action;
  /** The strictest action that is due under `mode: Audit`. */
  readonly auditDemand: Action;
  /** True while an image that an enforcing policy could stop cannot be judged: what stands then stays as it is. */
  readonly undecided: boolean;
  /** When the judgement changes by itself: the next end of a grace period. */
  readonly nextAt?: Date;
}

/** What a workload's result remembers, so that grace periods survive a restart. */
export interface Memory {
  readonly imageFirstSeen: (reference: string, digest: string | undefined) => Date | undefined;
  readonly violationFirstSeen: (breach: Pick<Violation, 'condition' | 'id' | 'image'>) => Date | undefined;
}

export interface EvaluateInput {
  readonly workload: Workload;
  readonly knowledgeOf: (digest: string) => Knowledge;
  /** Those of the workload's namespace; evaluate asks each whether it selects the workload. */
  readonly policies: readonly Policy[];
  readonly memory: Memory;
  readonly now: Date;
}

export function evaluate({ workload, knowledgeOf, policies, memory, now }: EvaluateInput): Judgement {
  const applying = policies.filter((policy) => policy.selects(workload.labels));
  const images = workload.images.map((image) => judgedImage(image, knowledgeOf, memory, now));
  const found = images.flatMap((image) =>
    applying.flatMap((policy) => violationsOf(image, policy, { kind: workload.ref.kind, memory, now })),
  );
  const isCurrent = (violation: Found): boolean => violation.revision === 'Current';
  const violations = found
    .filter(isCurrent)
    .map(({ violation }) => violation)
    .sort(byWorst(now));
  const leftovers = found
    .filter((one) => !isCurrent(one))
    .map(({ violation }) => violation)
    .sort(byWorst(now));
  const current = images.filter(({ revision }) => revision === 'Current');

  const due = violations.filter((violation) => isDue(violation, now));
  const next = nextDue(violations, now);
  return {
    verdict: verdictOf(current, violations, applying, now),
    images,
    violations,
    leftovers,
    demand: strictest(due.filter(({ mode }) => mode === 'Enforce').map(({ asks }) => asks)),
    auditDemand: strictest(due.filter(({ mode }) => mode === 'Audit').map(({ asks }) => asks)),
    undecided: current.some(isUnjudged) && applying.some((policy) => canStop(policy, workload.ref.kind)),
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

interface Found {
  readonly violation: Violation;
  readonly revision: WorkloadImage['revision'];
}

interface Context {
  readonly kind: string;
  readonly memory: Memory;
  readonly now: Date;
}

function violationsOf(image: JudgedImage, policy: Policy, { kind, memory, now }: Context): Found[] {
  const { reference, digest, knowledge, revision } = image;
  if (digest === undefined || knowledge === undefined) return [];
  const breaches = checks.flatMap((check) => check({ reference, knowledge, policy }));
  return breaches.map((breach) => {
    const remembered = memory.violationFirstSeen({ ...breach, image: reference });
    const firstSeen = remembered ?? (breach.condition === 'Unscanned' ? image.firstSeen : now);
    return {
      violation: { ...breach, ...demandOf(breach, policy, kind, firstSeen), image: reference, digest },
      revision,
    };
  });
}

function demandOf(
  { condition }: Breach,
  policy: Policy,
  kind: string,
  firstSeen: Date,
): Pick<Violation, 'policy' | 'mode' | 'asks' | 'firstSeen' | 'dueAt'> {
  const dueAt = new Date(firstSeen.getTime() + graceMs(policy, condition));
  return { policy: policy.name, mode: policy.mode, asks: actionOf(policy, condition, kind), firstSeen, dueAt };
}

function actionOf({ unscanned, security, license }: Policy, condition: Breach['condition'], kind: string): Action {
  switch (condition) {
    case 'Unscanned':
      return unscanned?.actionFor(kind) ?? 'Ignore';
    case 'Security':
      return security?.actionFor(kind) ?? 'Ignore';
    case 'License':
      return license?.actionFor(kind) ?? 'Ignore';
  }
}

function canStop({ mode, unscanned, security, license }: Policy, kind: string): boolean {
  return (
    mode === 'Enforce' &&
    [unscanned, security, license].some((rule) => rule !== undefined && rule.actionFor(kind) !== 'Ignore')
  );
}

// An image whose digest nobody can tell before it runs is not "unjudged": only running it will tell.
function isUnjudged({ knowledge }: JudgedImage): boolean {
  return knowledge?.state === 'notAsked' || knowledge?.state === 'unavailable';
}

/** A proven violation wins over what is not known: it does not go away when the answer comes. */
function verdictOf(
  current: readonly JudgedImage[],
  violations: readonly Violation[],
  applying: readonly Policy[],
  now: Date,
): Verdict {
  if (violations.some(({ condition }) => condition !== 'Unscanned')) return 'Violating';
  if (violations.some((violation) => violation.condition === 'Unscanned' && isDue(violation, now))) return 'Unscanned';
  // Where a policy speaks of unscanned images, its grace and its exemptions decide; elsewhere the plain fact is shown.
  const covered = applying.some(({ unscanned }) => unscanned !== undefined);
  if (!covered && current.some(({ knowledge }) => knowledge?.state === 'unscanned')) return 'Unscanned';
  if (current.some(({ knowledge }) => knowledge?.state === 'unavailable')) return 'Unknown';
  const waiting = current.some(({ knowledge }) => knowledge === undefined || knowledge.state === 'notAsked');
  return waiting || violations.length > 0 ? 'Pending' : 'Compliant';
}

function nextDue(violations: readonly Violation[], now: Date): Date | undefined {
  const times = violations.filter((violation) => !isDue(violation, now)).map(({ dueAt }) => dueAt.getTime());
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
