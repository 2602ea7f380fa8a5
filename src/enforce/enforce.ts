// enforce: carries out one change with one write. It decides nothing; what came of it is a value for report.
import { KubeApiError, type KubeClient, type ResourceCoordinates } from '@dot-kube/operator';
import type { ObservedScalable, ScalableKind } from '../observe/observed.js';
import { NOTE_ANNOTATION } from '../observe/note-annotation.js';
import { noteText, WORKLOAD_FIELD_MANAGER } from '../plan/note.js';
import type { Change } from '../plan/plan.js';

export type Outcome =
  | { readonly kind: 'done' }
  /** The workload is not what was looked at any more: look again, nothing was changed. */
  | { readonly kind: 'outdated' }
  | { readonly kind: 'failed'; readonly message: string; readonly cause: unknown };

export type WorkloadClient = Pick<KubeClient, 'patch' | 'delete'>;

/** Where the kinds that are acted on live in the API. */
const scalableCoordinates: Readonly<Record<ScalableKind, ResourceCoordinates>> = {
  Deployment: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  StatefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet', namespaced: true },
};

/** @throws the signal's reason when told to stop; every other failure is an {@link Outcome}. */
export async function enforce(
  change: Change,
  target: ObservedScalable,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await carryOut(change, target, client, signal);
    return { kind: 'done' };
  } catch (cause) {
    signal.throwIfAborted();
    return outcomeOf(cause, change, target);
  }
}

async function carryOut(
  change: Change,
  target: ObservedScalable,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  switch (change.kind) {
    case 'ScaleDown':
      return patch(target, { note: noteText(change.note), replicas: 0 }, client, signal);
    case 'Restore':
      return patch(target, { note: null, replicas: change.note.replicas }, client, signal);
    case 'Forget':
      return patch(target, { note: null }, client, signal);
    case 'Delete':
      await client.delete(
        scalableCoordinates[target.kind],
        target,
        {
          preconditions: { uid: target.uid, resourceVersion: target.resourceVersion },
          propagationPolicy: 'Background',
        },
        { signal },
      );
  }
}

interface Write {
  readonly note: string | null;
  readonly replicas?: number;
}

// Replicas and note go in one write, and only onto the very object that was looked at (DESIGN 4.2).
async function patch(
  target: ObservedScalable,
  { note, replicas }: Write,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    metadata: {
      uid: target.uid,
      resourceVersion: target.resourceVersion,
      annotations: { [NOTE_ANNOTATION]: note },
    },
    ...(replicas === undefined ? {} : { spec: { replicas } }),
  };
  const coordinates = scalableCoordinates[target.kind];
  await client.patch(coordinates, target, { type: 'merge', body, fieldManager: WORKLOAD_FIELD_MANAGER }, { signal });
}

function outcomeOf(cause: unknown, change: Change, { kind, namespace, name }: ObservedScalable): Outcome {
  if (cause instanceof KubeApiError && (cause.reason === 'Conflict' || cause.reason === 'NotFound'))
    return { kind: 'outdated' };
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${change.kind} of ${kind} ${namespace}/${name} failed: ${why}. It is tried again; check that the operator may patch and delete ${kind.toLowerCase()}s.`;
  return { kind: 'failed', message, cause };
}
