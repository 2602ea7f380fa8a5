// workload: whether anything of a workload is to run, by the one field that stops its kind.
import type { ObservedTarget } from '../observe/observed.js';

/** Nothing of it is to run, whoever wanted it so. */
export function isStopped({ stop }: Pick<ObservedTarget, 'stop'>): boolean {
  switch (stop.by) {
    case 'replicas':
      return stop.replicas === 0;
    case 'suspend':
      return stop.suspend;
    case 'nodeSelector':
      return stop.matchesNoNode;
    case 'deleteOnly':
    case 'nothing':
      return false;
  }
}
