// enforce: the one write by which a workload is stopped or let go: note and stop together, onto what was looked at.
import type { KubeClient, ObjectKey, Patch, ResourceCoordinates } from '@dot-kube/operator';
import { NOTE_ANNOTATION } from '../api/note-annotation.js';
import type { ObservedTarget } from '../observe/observed.js';
import { WORKLOAD_FIELD_MANAGER } from '../plan/note.js';

export type WorkloadPatch = Patch & { readonly type: 'merge' | 'strategic' | 'json' };

export type WorkloadReader = Pick<KubeClient, 'get'>;

export interface WorkloadClient extends WorkloadReader, Pick<KubeClient, 'delete'> {
  readonly patch: (
    coordinates: ResourceCoordinates,
    key: ObjectKey,
    patch: WorkloadPatch,
    options: { readonly signal: AbortSignal },
  ) => Promise<unknown>;
}

export interface Write {
  readonly note: string | null;
  /** Others that go with it. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly spec?: object;
}

// The stop and its note go in one write, and only onto the very object that was looked at (DESIGN 4.2).
export async function patch(
  target: ObservedTarget,
  { note, annotations, spec }: Write,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    metadata: {
      uid: target.uid,
      resourceVersion: target.resourceVersion,
      annotations: { [NOTE_ANNOTATION]: note, ...annotations },
    },
    ...(spec === undefined ? {} : { spec }),
  };
  const write = { type: 'merge', body, fieldManager: WORKLOAD_FIELD_MANAGER } as const;
  await client.patch(target.coordinates, target, write, { signal });
}
