// controllers: writes to workloads. What the API server answers stands in the cache at once: a pass that comes before the
// watch has brought it would else decide by what was, and be refused.
import type { Kept, Manager, ObjectKey, Resource, Writer } from '@dot-kube/operator';
import type { WorkloadClient, WorkloadPatch } from '../enforce/patch.js';
import {
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../observe/resources.js';
import { WORKLOAD_FIELD_MANAGER } from '../plan/note.js';

/** Custom kinds are not watched, and are written to as any other object. */
export function workloadWrites(manager: Manager): WorkloadClient {
  const watched = [
    ...[deployments, statefulSets, daemonSets, cronJobs].map(through),
    ...[replicaSets, replicationControllers, jobs].map(through),
  ];
  const { client } = manager;
  return {
    get: client.get.bind(client),
    delete: client.delete.bind(client),
    patch: async (coordinates, key, write, { signal }) => {
      const kind = watched.find(({ group, plural }) => group === coordinates.group && plural === coordinates.plural);
      return kind === undefined
        ? client.patch(coordinates, key, write, { signal })
        : kind.patch(manager.writer(WORKLOAD_FIELD_MANAGER, signal), key, write);
    },
  };
}

interface Through {
  readonly group: string;
  readonly plural: string;
  readonly patch: (writer: Writer, key: ObjectKey, write: WorkloadPatch) => Promise<Kept>;
}

function through<T extends Kept, I extends string>(resource: Resource<T, I>): Through {
  const { group, plural } = resource.coordinates;
  return { group, plural, patch: async (writer, key, write) => writer.patch(resource, key, write) };
}
