// registry: which manifest of an image index a node runs (OCI image specification, image index). Pure.
import type { Digest } from '../workload/digest.js';

/** Of a node: the labels kubernetes.io/os and kubernetes.io/arch. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface IndexEntry {
  readonly digest: Digest;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

/**
 * The manifests that nodes of these platforms may run; no platform given: any node. Of several variants of one architecture
 * (arm v6, v7) which one a node takes its runtime decides, so all of them count. Attestations have the platform `unknown`.
 */
export function manifestsFor(entries: readonly IndexEntry[], platforms: readonly Platform[]): readonly Digest[] {
  const images = entries.filter(({ os, architecture }) => os !== 'unknown' && architecture !== 'unknown');
  const wanted = images.filter(
    ({ os, architecture }) =>
      platforms.length === 0 || platforms.some((one) => one.os === os && one.architecture === architecture),
  );
  return [...new Set(wanted.map(({ digest }) => digest))];
}
