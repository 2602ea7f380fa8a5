// enforce: pauses and resumes the KEDA ScaledObjects of a workload. They are listed when that is due and never watched: a stop is
// rare. Each write may be repeated; the stop comes before the pause and the release after the resumption, so that a workload
// that KEDA holds at zero always has a note of ours.
import { isApiError, type KubeClient, type ResourceCoordinates } from '@dot-kube/operator';
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { managersOf } from '../observe/managed-fields.js';
import type { ObservedTarget } from '../observe/observed.js';
import { WORKLOAD_FIELD_MANAGER } from '../plan/note.js';
import { type Annotations, PAUSED_REPLICAS, pauseOf, resumeOf, type ScaledObject } from '../plan/pause-keda.js';

export type PauseClient = Pick<KubeClient, 'list' | 'patch'>;

const scaledObjects: ResourceCoordinates = {
  group: 'keda.sh',
  version: 'v1alpha1',
  plural: 'scaledobjects',
  kind: 'ScaledObject',
  namespaced: true,
};

/** @throws KubeApiError */
export async function pauseKeda(target: ObservedTarget, client: PauseClient, signal: AbortSignal): Promise<void> {
  await writeAll(target.namespace, (one) => pauseOf(one, target), client, signal);
}

/** @param uid of the workload @throws KubeApiError */
export async function resumeKeda(
  { namespace, uid }: Pick<ObservedTarget, 'namespace' | 'uid'>,
  client: PauseClient,
  signal: AbortSignal,
): Promise<void> {
  await writeAll(namespace, (one) => resumeOf(one, uid), client, signal);
}

async function writeAll(
  namespace: string,
  annotationsOf: (one: ScaledObject) => Annotations | undefined,
  client: PauseClient,
  signal: AbortSignal,
): Promise<void> {
  for (const one of await listed(namespace, client, signal)) {
    const annotations = annotationsOf(one);
    if (annotations === undefined) continue;
    const { uid, resourceVersion } = one.metadata;
    const body = { metadata: { uid, resourceVersion, annotations } };
    const write = { type: 'merge', body, fieldManager: WORKLOAD_FIELD_MANAGER } as const;
    await client.patch(scaledObjects, one.metadata, write, { signal });
  }
}

async function listed(namespace: string, client: PauseClient, signal: AbortSignal): Promise<readonly ScaledObject[]> {
  try {
    const all = await client.list<ScaledObject & { readonly metadata: V1ObjectMeta }>(scaledObjects, {
      namespace,
      signal,
    });
    return all.map(({ metadata, spec }) => ({
      metadata,
      ...(spec === undefined ? {} : { spec }),
      pauseManagers: managersOf(metadata, ['f:metadata', 'f:annotations', `f:${PAUSED_REPLICAS}`]),
    }));
  } catch (error) {
    if (isApiError(error, 'NotFound')) return []; // there is no KEDA
    throw error;
  }
}
