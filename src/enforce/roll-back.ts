// enforce: puts the pod template of a former revision back, with the note of it, onto what was looked at, in one write.
import { ROLLED_BACK_ANNOTATION } from '../api/note-annotation.js';
import type { ObservedTarget } from '../observe/observed.js';
import { WORKLOAD_FIELD_MANAGER } from '../plan/note.js';
import type { Change } from '../plan/plan.js';
import { rollbackNoteText } from '../plan/rollback-note.js';
import type { WorkloadClient } from './patch.js';

/** The template is replaced whole: as `kubectl rollout undo` does it for StatefulSets, and what a ControllerRevision holds. */
export async function rollBack(
  { note, template }: Extract<Change, { kind: 'RollBack' }>,
  { coordinates, namespace, name, uid, resourceVersion }: ObservedTarget,
  client: WorkloadClient,
  signal: AbortSignal,
): Promise<void> {
  const annotations = { [ROLLED_BACK_ANNOTATION]: rollbackNoteText(note) };
  const body = {
    metadata: { uid, resourceVersion, annotations },
    spec: { template: { ...template, $patch: 'replace' } },
  };
  const write = { type: 'strategic', body, fieldManager: WORKLOAD_FIELD_MANAGER } as const;
  await client.patch(coordinates, { namespace, name }, write, { signal });
}
