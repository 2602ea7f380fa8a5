// report: since when there is what a result tells of. Grace periods count from it, so it has to survive a restart.
import type { RememberedViolations, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import type { Memory } from '../evaluate/judged-image.js';
import type { Violation } from '../evaluate/violation.js';
import { parseTime, storedId } from './wording.js';

export function memoryOf(status: XrayScanResultStatus | undefined): Memory {
  const images = new Map(status?.images?.map((image) => [imageKey(image.reference, image.digest), image.firstSeen]));
  const violations = new Map(violationsOf(status));
  return {
    imageFirstSeen: (reference, digest) => parseTime(images.get(imageKey(reference, digest))),
    violationFirstSeen: ({ condition, id }, image) =>
      violations.size === 0 ? undefined : parseTime(violations.get(violationKey({ condition, id, image }))),
  };
}

function violationsOf({ violations = [], waived = [], remembered = [] }: XrayScanResultStatus = {}): [
  string,
  string,
][] {
  const listed = [...violations, ...waived].map((one): [string, string] => [violationKey(one), one.firstSeen]);
  const others = remembered.flatMap(({ firstSeen, condition, image, ids }) =>
    ids.map((id): [string, string] => [violationKey({ condition, id, image }), firstSeen]),
  );
  return [...listed, ...others];
}

const MAX_REMEMBERED = 2000; // ids of some 16 characters each: 40 KiB
const MAX_GROUPS = 200;

/**
 * What a result has to remember of the violations that it does not list. Those with a grace period come first: theirs
 * would begin anew if it were forgotten since when they are there.
 */
export function rememberedViolations(
  listed: readonly Violation[],
  unlisted: readonly Violation[],
): readonly RememberedViolations[] {
  const known = new Set(listed.map(violationKey));
  const others = new Map(
    unlisted.filter((one) => !known.has(violationKey(one))).map((one) => [violationKey(one), one]),
  );
  const hasGrace = ({ firstSeen, dueAt }: Violation): boolean => dueAt > firstSeen;
  const first = [...others.values()].sort((a, b) => Number(hasGrace(b)) - Number(hasGrace(a))).slice(0, MAX_REMEMBERED);
  const groups = Map.groupBy(first, ({ firstSeen, condition, image }) =>
    [firstSeen.toISOString(), condition, image].join(' '),
  );
  return [...groups.values()].slice(0, MAX_GROUPS).flatMap((group) => {
    const [one] = group;
    if (one === undefined) return [];
    const { firstSeen, condition, image } = one;
    return [{ firstSeen: firstSeen.toISOString(), condition, image, ids: group.map(({ id }) => storedId(id)).sort() }];
  });
}

function imageKey(reference: string, digest: string | undefined): string {
  return `${reference} ${digest ?? ''}`;
}

interface Known {
  readonly condition: string;
  readonly id: string;
  readonly image: string;
}

function violationKey({ condition, id, image }: Known): string {
  return `${condition} ${storedId(id)} ${image}`;
}
