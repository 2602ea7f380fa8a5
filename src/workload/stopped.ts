// workload: whether anything of a workload is to run, by the one field that stops its kind, and who tells what that is.
import type { ObservedTarget } from '../observe/observed.js';

/** Its pod template is where we look for one; of what is not, only its pods tell what they run and which labels they have. */
export function keepsTemplate({
  kind,
  templateContainers,
}: Pick<ObservedTarget, 'kind' | 'templateContainers'>): boolean {
  return kind !== 'Custom' || templateContainers.length > 0;
}

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
