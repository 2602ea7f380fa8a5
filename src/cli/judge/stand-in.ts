// cli/judge: a digest for each image whose reference pins none, since only digests are judged. It is never shown.
import { createHash } from 'node:crypto';
import { type Digest, isDigest } from '../../workload/digest.js';
import type { Workload } from '../../workload/workload.js';

export interface StandIns {
  readonly workloads: readonly Workload[];
  /** By their references. */
  readonly digests: ReadonlyMap<string, Digest>;
}

export function withStandIns(workloads: readonly Workload[]): StandIns {
  const digests = new Map<string, Digest>();
  const replaced = workloads.map((workload) => ({
    ...workload,
    images: workload.images.map((image) => {
      if (image.digest !== undefined) return image;
      const digest = standInFor(image.reference);
      digests.set(image.reference, digest);
      return { ...image, digest };
    }),
  }));
  return { workloads: replaced, digests };
}

function standInFor(reference: string): Digest {
  const text = `sha256:${createHash('sha256').update(`unpinned ${reference}`).digest('hex')}`;
  if (!isDigest(text)) throw new Error(`${text} is no digest`);
  return text;
}
