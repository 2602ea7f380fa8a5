// workload: puts a workload together from what is observed of it, whatever its kind.
import type { ObservedOwner, ObservedPod, ObservedTarget } from '../observe/observed.js';
import { imagesOf, type RememberedDigests } from './images.js';
import { podsByRevision } from './revision.js';
import type { Puller, Workload, WorkloadRef } from './workload.js';

/** Everything observed that belongs to one workload. */
export interface Sighted {
  readonly ref: Omit<WorkloadRef, 'uid'>;
  readonly target: ObservedTarget | undefined;
  /** Those whose chain of owners ends at the workload. */
  readonly pods: readonly ObservedPod[];
  /** Those between the workload and its pods. */
  readonly owners: readonly ObservedOwner[];
  /** The uid that the pods' owner references name, for kinds that are not watched themselves. */
  readonly uid: string | undefined;
}

/** @returns undefined when there is no such workload (any more) */
export function assembleWorkload(
  { ref, target, pods, owners, uid }: Sighted,
  remembered: RememberedDigests,
): Workload | undefined {
  const knownUid = target?.uid ?? uid;
  if (knownUid === undefined) return undefined;
  const running = pods.filter(({ finished }) => !finished);
  const images = imagesOf(target, podsByRevision(target, running, owners), remembered);
  return {
    ref: { ...ref, uid: knownUid },
    labels: target?.templateLabels ?? pods[0]?.labels ?? {},
    images,
    nodes: [...new Set(running.flatMap(({ nodeName }) => nodeName ?? []))],
    puller: pullerOf(ref.namespace, target, running),
    ...(target === undefined ? {} : { target }),
  };
}

function pullerOf(namespace: string, target: ObservedTarget | undefined, pods: readonly ObservedPod[]): Puller {
  const ofPods = pods.flatMap(({ pullSecrets }) => pullSecrets ?? []);
  const pullSecrets = [...new Set([...ofPods, ...(target?.templatePullSecrets ?? [])])].sort();
  const serviceAccount = pods.length > 0 || target === undefined ? '' : (target.templateServiceAccount ?? 'default');
  return { namespace, pullSecrets, serviceAccount };
}
