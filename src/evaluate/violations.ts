// evaluate: what of a workload's images breaks which rule of which policy, and which of that an exception waives.
import { actionOf, checks, graceMs } from './checks.js';
import type { Exception } from './exception.js';
import type { JudgedImage, Memory } from './judged-image.js';
import type { Policy } from './policy.js';
import type { AppliedPolicy } from './tiers.js';
import type { Breach } from './breach.js';
import type { Violation, WaivedViolation } from './violation.js';
import { type Waivers, waiversOf } from './waiver.js';

export interface FindInput {
  readonly images: readonly JudgedImage[];
  readonly applied: readonly AppliedPolicy[];
  /** Those that hold for the workload and have not expired. */
  readonly exceptions: readonly Exception[];
  /** Of the workload. */
  readonly kind: string;
  readonly memory: Memory;
  readonly now: Date;
}

export interface FoundViolations {
  readonly violations: readonly Violation[];
  readonly waived: readonly WaivedViolation[];
  readonly leftovers: readonly Violation[];
}

export function findViolations(input: FindInput): FoundViolations {
  const violations: Violation[] = [];
  const waived: WaivedViolation[] = [];
  const leftovers: Violation[] = [];
  for (const image of input.images)
    for (const { violation, waiver, waivedBy } of ofImage(image, input))
      if (image.revision === 'Previous') leftovers.push(...(waiver === undefined ? [violation] : []));
      else if (waiver === undefined) violations.push(violation);
      else waived.push({ ...violation, waiver, waivedBy });
  return { violations, waived, leftovers };
}

interface Found extends Pick<Waivers, 'waiver' | 'waivedBy'> {
  readonly violation: Violation;
}

function ofImage(image: JudgedImage, input: FindInput): readonly Found[] {
  const { reference, digest, knowledge } = image;
  if (digest === undefined || knowledge === undefined) return [];
  const exceptions = input.exceptions.filter((one) => one.holdsForImage(image));
  return input.applied.flatMap(({ policy, holds }) =>
    holds.flatMap((condition) =>
      checks[condition]({ reference, knowledge, policy }).map((breach) => {
        const naming = exceptions.length === 0 ? exceptions : exceptions.filter((one) => one.names(breach));
        const { refused, ...waivers } = naming.length === 0 ? NO_WAIVERS : waiversOf(naming, policy);
        const seen = { image: reference, digest, firstSeen: firstSeenOf(breach, image, input) };
        return { violation: violationOf(breach, policy, { ...seen, kind: input.kind, refused }), ...waivers };
      }),
    ),
  );
}

const NO_WAIVERS: Waivers = { waivedBy: [], refused: [] };

function firstSeenOf(breach: Breach, image: JudgedImage, { memory, now }: FindInput): Date {
  const remembered = memory.violationFirstSeen({ ...breach, image: image.reference });
  return remembered ?? (breach.condition === 'Unscanned' ? image.firstSeen : now);
}

interface Seen extends Pick<Violation, 'image' | 'digest' | 'firstSeen'> {
  readonly kind: string;
  readonly refused: Violation['refusedWaivers'];
}

function violationOf(breach: Breach, policy: Policy, { kind, image, digest, firstSeen, refused }: Seen): Violation {
  return {
    ...breach,
    policyKind: policy.kind,
    policy: policy.name,
    mode: policy.mode,
    image,
    digest,
    asks: actionOf(policy, breach.condition, kind),
    firstSeen,
    dueAt: new Date(firstSeen.getTime() + graceMs(policy, breach.condition)),
    refusedWaivers: refused,
  };
}
