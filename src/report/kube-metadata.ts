// report: what Xray is told of a workload, where the connection asks for it: which images run, and whether they were stopped. Pure.
import { createHash } from 'node:crypto';
import type { Standing } from './result/standing.js';
import type { KubeMetadata } from '../scan/xray/kube-metadata.js';
import type { Workload } from '../workload/workload.js';

/** @returns undefined while no digest of the current revision is known: there is nothing to tell yet */
export function kubeMetadataOf({ ref, images }: Workload, standing: Standing): KubeMetadata | undefined {
  const current = images.flatMap(({ reference, digest, revision }) =>
    revision === 'Current' && digest !== undefined ? [{ reference, digest }] : [],
  );
  if (current.length === 0) return undefined;
  return {
    namespace: ref.namespace,
    workload: ref.name,
    action: actionOf(standing),
    images: current.toSorted((a, b) => compare(a.reference, b.reference) || compare(a.digest, b.digest)),
  };
}

/** Tells whether the same was told before, to the same Xray for the same cluster. */
export function fingerprintOf(
  metadata: KubeMetadata,
  place: { readonly url: string; readonly clusterUrl: string },
): string {
  const text = JSON.stringify([place.url, place.clusterUrl, metadata]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function actionOf({ kind }: Standing): KubeMetadata['action'] {
  switch (kind) {
    case 'stopped':
      return 'scaledown';
    case 'deleted':
      return 'delete';
    case 'running':
    case 'rolledBack':
    case 'held':
      return '';
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
