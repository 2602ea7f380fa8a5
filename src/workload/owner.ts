// workload: from a pod, or what stands above it, to the workload on top, by ownerReferences only; names are never split.
import type { OwnerReference } from '../observe/observed.js';
import type { WorkloadRef } from './workload.js';

/** Who controls the one that is referred to; undefined where nobody does, or that very one (by its uid) is not known. */
export type FindOwner = (namespace: string, reference: OwnerReference) => OwnerReference | undefined;

export interface Owned {
  readonly namespace: string;
  readonly owner: OwnerReference | undefined;
  readonly itself: WorkloadRef;
}

// Pod → Job → CronJob is the longest chain of the built-in kinds; the limit only guards against a loop.
const MAX_OWNERS = 8;

/**
 * The top owner. Static pods are owned by their Node and bare pods by nobody: both stand for themselves. An owner of which
 * nobody can tell who owns it ends the walk: it is the top as far as anybody can tell.
 */
export function topOwner({ namespace, owner, itself }: Owned, findOwner: FindOwner): WorkloadRef {
  let top = itself;
  let next = owner;
  for (let step = 0; next !== undefined && step < MAX_OWNERS; step++) {
    top = { apiVersion: next.apiVersion, kind: next.kind, namespace, name: next.name, uid: next.uid };
    next = findOwner(namespace, next);
  }
  return top;
}
