// plan: what is written to stop a kind of workload and keep it, and to let it go back.
import { NO_NODE_LABEL } from '../api/note-annotation.js';
import type { Before } from './note.js';

/** A merge patch of the spec that stops it. */
export function stoppedSpec({ by }: Before): object {
  switch (by) {
    case 'replicas':
      return { replicas: 0 };
    case 'suspend':
      return { suspend: true };
    case 'nodeSelector':
      return { template: { spec: { nodeSelector: { [NO_NODE_LABEL]: 'true' } } } };
  }
}

/** A merge patch of the spec that takes the stop off again. */
export function restoredSpec(before: Before): object {
  switch (before.by) {
    case 'replicas':
      return { replicas: before.replicas };
    case 'suspend':
      return { suspend: false };
    case 'nodeSelector':
      return { template: { spec: { nodeSelector: { [NO_NODE_LABEL]: null } } } };
  }
}
