// enforce: carries out one change with one write. It decides nothing; what came of it is a value for report.
import { isApiError } from '@dot-kube/operator';
import type { ObservedTarget } from '../observe/observed.js';
import { type Note, noteText } from '../plan/note.js';
import type { Change } from '../plan/plan.js';
import { restoreCustom, scaleDownCustom } from './custom-scale.js';
import { annotationsOfRelease, annotationsOfStop } from '../plan/pause-flux.js';
import { patch, type WorkloadClient, type Write } from './patch.js';
import { rollBack } from './roll-back.js';
import { restoredSpec, stoppedSpec } from '../plan/stop-fields.js';

export type Outcome =
  | { readonly kind: 'done' }
  /** The API server does not take the pod template of a former revision, as when a rule of the cluster forbids it by now. */
  | { readonly kind: 'refused'; readonly message: string }
  | Failure;

export type Failure =
  /** The workload is not what was looked at any more: look again, nothing was changed. */
  | { readonly kind: 'outdated' }
  /** Nobody gave the right for this custom kind: asking again soon would change nothing. */
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly cause: unknown };

export type { WorkloadClient, WorkloadReader } from './patch.js';

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
    if (change.kind === 'RollBack' && isApiError(cause, 'Invalid', 'Forbidden', 'BadRequest'))
      return { kind: 'refused', message: cause.message };
    return failureOf(cause, change.kind, target);
  }
}

async function carryOut(
  change: Change,
  target: ObservedTarget,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  switch (change.kind) {
    case 'ScaleDown': {
      if (target.kind === 'Custom') return scaleDownCustom(change.note, target, client, signal);
      const annotations = annotationsOfStop(change.note);
      const spec = stoppedSpec(change.note.before);
      return patch(target, { note: noteText(change.note), annotations, spec }, client, signal);
    }
    case 'RollBack':
      return rollBack(change, target, client, signal);
    case 'Restore':
      if (target.kind === 'Custom') return restoreCustom(change.note, target, client, signal);
      return patch(
        target,
        { ...released(change.note, target), spec: restoredSpec(change.note.before) },
        client,
        signal,
      );
    case 'Forget':
      return patch(target, released(change.note, target), client, signal);
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

function released(note: Note, target: ObservedTarget): Write {
  return { note: null, annotations: annotationsOfRelease(note, target) };
}

/** What came of a request that the API server refused. */
export function failureOf(
  cause: unknown,
  act: Change['kind'],
  { kind: custom, coordinates, namespace, name }: ObservedTarget,
): Failure {
  if (isApiError(cause, 'Conflict', 'NotFound')) return { kind: 'outdated' };
  const why = cause instanceof Error ? cause.message : String(cause);
  if (isApiError(cause, 'Forbidden') && custom === 'Custom')
    return {
      kind: 'forbidden',
      message: `${coordinates.kind} ${namespace}/${name} can't be stopped: ${why}. Give the operator the rights of config/rbac/custom-kinds.yaml for ${coordinates.plural}.`,
    };
  const message = `${act} of ${coordinates.kind} ${namespace}/${name} failed: ${why}. It is tried again; check that the operator may get, patch and delete ${coordinates.plural}.`;
  return { kind: 'failed', message, cause };
}
