// enforce: stops a workload of a custom kind by its scale subresource. Discovery does not tell which field of the object holds
// the replicas, so note and replicas can't go in one write; each order below leaves a cut-off half that the next pass mends.
import { isApiError, KubeApiError } from '@dot-kube/operator';
import type { ObservedTarget } from '../observe/observed.js';
import { NOTE_ANNOTATION } from '../api/note-annotation.js';
import { type Note, noteText, WORKLOAD_FIELD_MANAGER } from '../plan/note.js';
import { annotationsOfRelease, annotationsOfStop } from '../plan/pause-flux.js';
import { patch, type WorkloadClient } from './patch.js';

const fieldManager = WORKLOAD_FIELD_MANAGER;

/** The note comes first: replicas are never lost. Cut off after it, the workload runs on with a note, and is stopped by the next pass. */
export async function scaleDownCustom(
  note: Note,
  target: ObservedTarget,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  await patch(target, { note: noteText(note), annotations: annotationsOfStop(note) }, client, signal);
  if (note.before.by !== 'replicas') return;
  // Its controller writes to it all the time; that the replicas are still those of the note is what matters.
  const body = [
    { op: 'test', path: '/spec/replicas', value: note.before.replicas },
    { op: 'replace', path: '/spec/replicas', value: 0 },
  ];
  try {
    await client.patch(
      target.coordinates,
      target,
      { type: 'json', body, subresource: 'scale', fieldManager },
      { signal },
    );
  } catch (cause) {
    // So the API server says that the test failed.
    if (isApiError(cause, 'Invalid')) throw new KubeApiError(cause.status, 'Conflict', cause.message, { cause });
    throw cause;
  }
}

/** The note comes last: cut off before that, the next pass finds the replicas that it names, written by us, and takes it off. */
export async function restoreCustom(
  note: Note,
  target: ObservedTarget,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  const { uid, resourceVersion, coordinates, stop } = target;
  const isBack = stop.by === 'replicas' && stop.replicas > 0;
  if (note.before.by === 'replicas' && !isBack) {
    const body = { metadata: { resourceVersion }, spec: { replicas: note.before.replicas } };
    await client.patch(coordinates, target, { type: 'merge', body, subresource: 'scale', fieldManager }, { signal });
  }
  const body = { metadata: { uid, annotations: { [NOTE_ANNOTATION]: null, ...annotationsOfRelease(note, target) } } };
  await client.patch(coordinates, target, { type: 'merge', body, fieldManager }, { signal });
}
