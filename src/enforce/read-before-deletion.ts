// enforce: reads the workload that is about to be deleted, whole: the caches keep a small part of it, and its result is to keep
// the manifest. Only of the very object that was looked at, which is the one that the deletion takes.
import { isApiError } from '@dot-kube/operator';
import type { ObservedTarget } from '../observe/observed.js';
import { type Failure, failureOf, type WorkloadReader } from './enforce.js';

export type Read = { readonly kind: 'read'; readonly object: Readonly<Record<string, unknown>> } | Failure;

/** @throws the signal's reason when told to stop; what can't be read comes back as the reason why it is not deleted */
export async function readBeforeDeletion(
  target: ObservedTarget,
  client: WorkloadReader,
  signal: AbortSignal,
): Promise<Read> {
  const { coordinates, uid, resourceVersion } = target;
  try {
    const object = await client.get<Whole>(coordinates, target, { signal });
    const isSame = object.metadata.uid === uid && object.metadata.resourceVersion === resourceVersion;
    return isSame ? { kind: 'read', object } : { kind: 'outdated' };
  } catch (cause) {
    signal.throwIfAborted();
    if (isApiError(cause, 'NotFound')) return { kind: 'outdated' };
    return failureOf(cause, 'Delete', target);
  }
}

interface Whole extends Readonly<Record<string, unknown>> {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}
