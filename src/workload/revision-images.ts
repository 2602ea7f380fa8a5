// workload: which images a former revision would run, each with its digest. Its pods tell while there are any; afterwards only what
// is remembered of this very revision, or a reference that carries the digest.
import type { ObservedContainer, ObservedPod, TemplateContainer } from '../observe/observed.js';
import { digestOfImageId, digestOfReference } from './digest.js';
import { grouped, type RememberedDigests, type Sighting } from './images.js';
import type { WorkloadImage } from './workload.js';

export interface RevisionEvidence {
  /** Of the revision's pod template. */
  readonly containers: readonly TemplateContainer[];
  /** Those of the revision that have not ended. */
  readonly pods: readonly ObservedPod[];
  /** The digests that the revision is remembered to have run. */
  readonly remembered: RememberedDigests;
  /** Of the workload as it stands. */
  readonly images: readonly WorkloadImage[];
}

/**
 * What is injected into pods counts too. A tag that pods of the current revision run as well is also what they run: it may have
 * moved since the revision ran.
 *
 * @returns undefined unless every image is known by digest
 */
export function revisionImages(evidence: RevisionEvidence): readonly WorkloadImage[] | undefined {
  const { containers, pods, remembered } = evidence;
  const seen = pods.flatMap((pod) => pod.containers.flatMap(sightingIn));
  const untold = containers.filter(({ name, kind }) => !seen.some((one) => one.name === name && one.kind === kind));
  const declared = untold.map(({ name, kind, image }): Sighting => {
    const digest = digestOfReference(image) ?? remembered.get(image);
    return { name, kind, reference: image, ...(digest === undefined ? {} : { digest }) };
  });
  if (declared.some(({ digest }) => digest === undefined)) return undefined;
  const known = [...seen, ...declared, ...injected(evidence, seen)];
  return grouped([...known, ...known.flatMap((one) => moved(one, evidence))], 'Current');
}

function sightingIn({ name, kind, image, imageId }: ObservedContainer): readonly Sighting[] {
  const digest = digestOfImageId(imageId);
  return digest === undefined || kind === 'EphemeralContainer' ? [] : [{ name, kind, reference: image, digest }];
}

/** What the revision is remembered to have run beside its template. */
function injected({ containers, remembered }: RevisionEvidence, seen: readonly Sighting[]): readonly Sighting[] {
  if (seen.length > 0) return [];
  return [...remembered]
    .filter(([reference]) => !containers.some(({ image }) => image === reference))
    .map(([reference, digest]) => ({ name: 'unknown', kind: 'Container', reference, digest }));
}

function moved({ name, kind, reference, digest }: Sighting, { images }: RevisionEvidence): readonly Sighting[] {
  if (digestOfReference(reference) !== undefined) return [];
  return images.flatMap((image) => {
    if (image.revision !== 'Current' || image.reference !== reference) return [];
    return image.digest === undefined || image.digest === digest
      ? []
      : [{ name, kind, reference, digest: image.digest }];
  });
}
