// workload: tells the pods of the revision that is being rolled out from the leftovers of an older one.
import type { ObservedOwner, ObservedPod, ObservedScalable } from '../observe/observed.js';

// Set by the StatefulSet controller on each pod (apps/v1 ControllerRevisionHashLabelKey).
const REVISION_LABEL = 'controller-revision-hash';

export interface PodsByRevision {
  readonly current: readonly ObservedPod[];
  readonly previous: readonly ObservedPod[];
}

/**
 * Sorts a workload's pods. While the workload's controller has not yet seen the newest spec
 * (`status.observedGeneration` lags), every pod belongs to an older one. Kinds that are not acted on have no
 * revisions here: all their pods count as current.
 *
 * @param replicaSets those owned by the Deployment; unused for other kinds
 */
export function podsByRevision(
  scalable: ObservedScalable | undefined,
  pods: readonly ObservedPod[],
  replicaSets: readonly ObservedOwner[],
): PodsByRevision {
  if (scalable === undefined) return { current: pods, previous: [] };
  if (scalable.observedGeneration < scalable.generation) return { current: [], previous: pods };

  const isCurrent = currentTest(scalable, replicaSets);
  return { current: pods.filter(isCurrent), previous: pods.filter((pod) => !isCurrent(pod)) };
}

function currentTest(scalable: ObservedScalable, replicaSets: readonly ObservedOwner[]): (pod: ObservedPod) => boolean {
  switch (scalable.kind) {
    case 'Deployment': {
      const uids = new Set(replicaSets.filter((set) => set.revision === scalable.revision).map((set) => set.uid));
      return (pod) => pod.owner !== undefined && uids.has(pod.owner.uid);
    }
    case 'StatefulSet':
      return (pod) => pod.labels[REVISION_LABEL] === scalable.revision;
  }
}
