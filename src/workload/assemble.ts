// workload: puts a workload together from what is observed of it, whatever its kind.
import type { ObservedOwner, ObservedPod, ObservedScalable } from '../observe/observed.js';
import { imagesOf, type RememberedDigests } from './images.js';
import { podsByRevision } from './revision.js';
import type { Puller, Workload, WorkloadRef } from './workload.js';

/** Everything observed that belongs to one workload. */
export interface Sighted {
  readonly ref: Omit<WorkloadRef, 'uid'>;
  readonly scalable: ObservedScalable | undefined;
  /** Those whose chain of owners ends at the workload. */
  readonly pods: readonly ObservedPod[];
  /** Those between the workload and its pods. */
  readonly owners: readonly ObservedOwner[];
  /** The uid that the pods' owner references name, for kinds that are not watched themselves. */
  readonly uid: string | undefined;
}

/** @returns undefined when there is no such workload (any more) */
export function assembleWorkload(
  { ref, scalable, pods, owners, uid }: Sighted,
  remembered: RememberedDigests,
): Workload | undefined {
  const knownUid = scalable?.uid ?? uid;
  if (knownUid === undefined) return undefined;
  const running = pods.filter(({ finished }) => !finished);
  const images = imagesOf(scalable, podsByRevision(scalable, running, owners), remembered);
  return {
    ref: { ...ref, uid: knownUid },
    labels: scalable?.templateLabels ?? pods[0]?.labels ?? {},
    images,
    nodes: [...new Set(running.flatMap(({ nodeName }) => nodeName ?? []))],
    puller: pullerOf(ref.namespace, scalable, running),
    ...(scalable === undefined ? {} : { scalable }),
  };
}

function pullerOf(namespace: string, scalable: ObservedScalable | undefined, pods: readonly ObservedPod[]): Puller {
  const ofPods = pods.flatMap(({ pullSecrets }) => pullSecrets ?? []);
  const pullSecrets = [...new Set([...ofPods, ...(scalable?.templatePullSecrets ?? [])])].sort();
  const serviceAccount =
    pods.length > 0 || scalable === undefined ? '' : (scalable.templateServiceAccount ?? 'default');
  return { namespace, pullSecrets, serviceAccount };
}
