// report: since when there is what a result tells of. Grace periods count from it, so it has to survive a restart.
import type { RememberedViolations, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { JudgedImage, Memory } from '../../evaluate/judged-image.js';
import type { Violation } from '../../evaluate/violation.js';
import { parseTime, storedId } from '../wording.js';

export function memoryOf(status: XrayScanResultStatus | undefined): Memory {
  const images = new Map(status?.images?.map((image) => [imageKey(image.reference, image.digest), image.firstSeen]));
  const violations = new Map(violationsOf(status));
  const carried = new Map(carriedDigests(status));
  const listed = new Set(status?.images?.map(({ reference }) => reference));
  // An image for which the list has no room is still remembered as one that is not scanned.
  const unlisted = (image: string): string | undefined =>
    listed.has(image) ? undefined : violations.get(violationKey({ ...UNSCANNED, image }));
  return {
    imageFirstSeen: (reference, digest) => {
      const key = imageKey(reference, digest);
      return parseTime(images.get(key) ?? carried.get(key) ?? unlisted(reference));
    },
    violationFirstSeen: ({ condition, id }, image) =>
      violations.size === 0 ? undefined : parseTime(violations.get(violationKey({ condition, id, image }))),
  };
}

const UNSCANNED = { condition: 'Unscanned', id: 'unscanned' } as const;

/** Those of images that are about to run again, as carriedOver keeps them. */
function carriedDigests({ remembered = [] }: XrayScanResultStatus = {}): [string, string][] {
  return remembered
    .filter(({ condition }) => condition === 'Unscanned')
    .flatMap(({ firstSeen, image, ids }) =>
      ids.map((digest): [string, string] => [imageKey(image, digest), firstSeen]),
    );
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
/** As many as the schema takes. */
export const MAX_GROUPS = 200;

/**
 * What a result has to remember of the violations that it does not list, those of older revisions among them. Those with a
 * grace period come first: theirs would begin anew if it were forgotten since when they are there.
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
  return grouped(
    first.map(({ firstSeen, condition, image, id }) => ({
      firstSeen: firstSeen.toISOString(),
      condition,
      image,
      ids: [storedId(id)],
    })),
  ).slice(0, MAX_GROUPS);
}

/** What was seen at one time, by one rule, of one image, stands together. */
function grouped(all: readonly RememberedViolations[]): readonly RememberedViolations[] {
  const groups = Map.groupBy(all, ({ firstSeen, condition, image }) => [firstSeen, condition, image].join(' '));
  return [...groups.values()].flatMap((group) => {
    const [one] = group;
    if (one === undefined) return [];
    const { firstSeen, condition, image } = one;
    const ids = new Set(group.flatMap((each) => each.ids));
    return [{ firstSeen, condition, image, ids: [...ids].sort().slice(0, MAX_REMEMBERED) }];
  });
}

/**
 * What the result said against images of which nobody can say now whether it still holds: pods that are about to run the
 * very same image would else set the grace period of each of its violations back. That an image is not scanned counts from
 * when the digest was first seen, and a tag may have moved to another: so that digest is kept, and counts if it is the same.
 */
export function carriedOver(
  previous: XrayScanResultStatus | undefined,
  images: readonly JudgedImage[],
): readonly RememberedViolations[] {
  const open = new Set(images.filter(isOpen).map(({ reference }) => reference));
  if (open.size === 0) return [];
  const { violations = [], waived = [], remembered = [], images: before = [] } = previous ?? {};
  const digests = before.flatMap(({ reference: image, digest, firstSeen, revision }) =>
    digest === undefined || revision === 'Previous'
      ? []
      : [{ firstSeen, condition: 'Unscanned' as const, image, ids: [digest] }],
  );
  const listed = [...violations, ...waived].map(({ firstSeen, condition, image, id }) => ({
    firstSeen,
    condition,
    image,
    ids: [id],
  }));
  const found = listed.filter(({ condition }) => condition !== 'Unscanned');
  return grouped([...found, ...remembered, ...digests].filter(({ image }) => open.has(image)));
}

function isOpen({ revision, knowledge }: JudgedImage): boolean {
  return (
    revision === 'Current' &&
    (knowledge === undefined || knowledge.state === 'notAsked' || knowledge.state === 'unavailable')
  );
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
