// enforce: carries out one change with one write. It decides nothing; what came of it is a value for report.
import { KubeApiError, type KubeClient } from '@dot-kube/operator';
import type { ObservedTarget } from '../observe/observed.js';
import { NOTE_ANNOTATION } from '../observe/note-annotation.js';
import { noteText, WORKLOAD_FIELD_MANAGER } from '../plan/note.js';
import type { Change } from '../plan/plan.js';
import { restoredSpec, stoppedSpec } from './stop-fields.js';

export type Outcome =
  | { readonly kind: 'done' }
  /** The workload is not what was looked at any more: look again, nothing was changed. */
  | { readonly kind: 'outdated' }
  | { readonly kind: 'failed'; readonly message: string; readonly cause: unknown };

export type WorkloadClient = Pick<KubeClient, 'patch' | 'delete'>;

/** @throws the signal's reason when told to stop; every other failure is an {@link Outcome}. */
export async function enforce(
  change: Change,
  target: ObservedTarget,
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
  target: ObservedTarget,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  switch (change.kind) {
    case 'ScaleDown':
      return patch(target, { note: noteText(change.note), spec: stoppedSpec(change.note.before) }, client, signal);
    case 'Restore':
      return patch(target, { note: null, spec: restoredSpec(change.note.before) }, client, signal);
    case 'Forget':
      return patch(target, { note: null }, client, signal);
    case 'Delete':
      await client.delete(
        target.coordinates,
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
  readonly spec?: object;
}

// The stop and its note go in one write, and only onto the very object that was looked at (DESIGN 4.2).
async function patch(
  target: ObservedTarget,
  { note, spec }: Write,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  const body = {
    metadata: {
      uid: target.uid,
      resourceVersion: target.resourceVersion,
      annotations: { [NOTE_ANNOTATION]: note },
    },
    ...(spec === undefined ? {} : { spec }),
  };
  const write = { type: 'merge', body, fieldManager: WORKLOAD_FIELD_MANAGER } as const;
  await client.patch(target.coordinates, target, write, { signal });
}

function outcomeOf(cause: unknown, change: Change, { coordinates, namespace, name }: ObservedTarget): Outcome {
  if (cause instanceof KubeApiError && (cause.reason === 'Conflict' || cause.reason === 'NotFound'))
    return { kind: 'outdated' };
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${change.kind} of ${coordinates.kind} ${namespace}/${name} failed: ${why}. It is tried again; check that the operator may patch and delete ${coordinates.plural}.`;
  return { kind: 'failed', message, cause };
}
