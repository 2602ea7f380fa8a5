// workload: from a pod to the workload on top of it, by ownerReferences only; names are never split.
import type { ObservedOwner, ObservedPod, OwnerReference } from '../observe/observed.js';
import type { WorkloadRef } from './workload.js';

/** Looks an intermediate owner up by namespace and reference; answers only if the uid is the same. */
export type FindOwner = (namespace: string, reference: OwnerReference) => ObservedOwner | undefined;

// Pod → Job → CronJob is the longest chain of the built-in kinds; the limit only guards against a loop.
const MAX_OWNERS = 8;

/**
 * The top owner of a pod. Static pods are owned by their Node and bare pods by nobody: both stand for themselves.
 * An owner that is not watched (an Argo Rollout, say) ends the walk: it is the top as far as anybody can tell.
 */
export function topOwner(pod: ObservedPod, findOwner: FindOwner): WorkloadRef {
  const { namespace } = pod;
  let top: WorkloadRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.name, uid: pod.uid };
  let next = pod.owner;
  for (let step = 0; next !== undefined && step < MAX_OWNERS; step++) {
    top = { apiVersion: next.apiVersion, kind: next.kind, namespace, name: next.name, uid: next.uid };
    next = findOwner(namespace, next)?.owner;
  }
  return top;
}
