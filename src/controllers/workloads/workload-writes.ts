// controllers: writes to workloads. What the API server answers stands in the cache at once, where the kind is watched: a pass
// that comes before the watch has brought it would else decide by what was, and be refused.
import type { Manager } from '@dot-kube/operator';
import type { WorkloadClient } from '../../enforce/patch.js';
import { WORKLOAD_FIELD_MANAGER } from '../../plan/note.js';

export function workloadWrites(manager: Manager): WorkloadClient {
  const { client } = manager;
  return {
    get: client.get.bind(client),
    delete: client.delete.bind(client),
    patch: async (coordinates, key, write, { signal }) =>
      manager.writer(WORKLOAD_FIELD_MANAGER, signal).patchAt(coordinates, key, write),
  };
}
