// plan: the annotation by which Flux leaves a stopped workload alone; it goes in the same write as the stop and the release.
import { FLUX_RECONCILE } from '../api/note-annotation.js';
import type { ObservedTarget } from '../observe/observed.js';
import type { Note } from './note.js';
import { fluxAtRelease, fluxAtStop } from './pause.js';

type Annotations = Readonly<Record<string, string | null>>;

export function annotationsOfStop(note: Pick<Note, 'paused'>): Annotations {
  return annotationsOf(fluxAtStop(note));
}

export function annotationsOfRelease(
  note: Pick<Note, 'paused'>,
  target: Pick<ObservedTarget, 'fluxReconcile'>,
): Annotations {
  return annotationsOf(fluxAtRelease(note, target));
}

function annotationsOf(value: string | null | undefined): Annotations {
  return value === undefined ? {} : { [FLUX_RECONCILE]: value };
}
