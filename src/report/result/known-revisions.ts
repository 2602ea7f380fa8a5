// report: which digests the last revisions that complied ran. Kept where a policy may ask for a rollback: once the pods of a revision
// are gone, only this tells what its tags had meant.
import type { KnownRevision, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { Judgement } from '../../evaluate/verdict.js';
import { type Digest, parseDigest } from '../../workload/digest.js';
import type { RememberedDigests } from '../../workload/images.js';

const MAX_REVISIONS = 3;
/** A revision with more, or with a tag that its pods have two digests for, is not remembered: a part would say nothing of it. */
const MAX_IMAGES = 20;

/** @param revision the name of what keeps the current one; undefined while that is not known */
export function knownRevisions(
  { verdict, applied, images }: Pick<Judgement, 'verdict' | 'applied' | 'images'>,
  revision: string | undefined,
  previous: Pick<XrayScanResultStatus, 'knownRevisions'> | undefined,
): Pick<XrayScanResultStatus, 'knownRevisions'> {
  if (!applied.some(({ policy }) => policy.rollsBack)) return {};
  const before = previous?.knownRevisions ?? [];
  const own = currentImages(images);
  if (revision === undefined || !isAllKnown(own)) return listed(before);
  const others = before.filter(({ name }) => name !== revision);
  // What a known revision runs now counts, whatever the verdict: a tag of it may have moved to something bad.
  const counts = verdict === 'Compliant' || others.length < before.length;
  if (!counts || !isClear(own)) return listed(others);
  return listed([{ name: revision, images: own.flatMap(imageOf) }, ...others]);
}

function isAllKnown(images: Judgement['images']): boolean {
  return images.length > 0 && images.every(({ digest }) => digest !== undefined);
}

function isClear(images: Judgement['images']): boolean {
  return images.length <= MAX_IMAGES && new Set(images.map(({ reference }) => reference)).size === images.length;
}

function currentImages(images: Judgement['images']): Judgement['images'] {
  return images.filter(
    ({ revision, containers }) =>
      revision === 'Current' && containers.some(({ kind }) => kind !== 'EphemeralContainer'),
  );
}

function imageOf({ reference, digest }: Judgement['images'][number]): KnownRevision['images'] {
  return digest === undefined ? [] : [{ reference, digest }];
}

/** By the name of what keeps the revision. */
export function digestsOfRevision(
  name: string,
  status: Pick<XrayScanResultStatus, 'knownRevisions'> | undefined,
): RememberedDigests {
  const known = status?.knownRevisions?.find((one) => one.name === name);
  return new Map(
    (known?.images ?? []).flatMap(({ reference, digest }): [string, Digest][] => {
      const parsed = parseDigest(digest);
      return parsed.ok ? [[reference, parsed.digest]] : [];
    }),
  );
}

function listed(revisions: readonly KnownRevision[]): Pick<XrayScanResultStatus, 'knownRevisions'> {
  return revisions.length === 0 ? {} : { knownRevisions: revisions.slice(0, MAX_REVISIONS) };
}
