// cli/judge: the workloads of manifests, put together by the operator's own stage as if their pods were about to start.
import type { ObservedPod } from '../../observe/observed.js';
import { assembleWorkload } from '../../workload/assemble.js';
import type { Workload } from '../../workload/workload.js';
import { podContainers, podLabels, workloadKind } from '../pod-template.js';
import type { Manifest } from './manifests.js';

export interface ManifestWorkload {
  readonly workload: Workload;
  readonly manifest: Manifest;
  /** The line on which the image of a container is named. */
  readonly lineOf: (container: string) => number;
}

/** Objects of other kinds are none. */
export function workloadsIn(manifests: readonly Manifest[]): readonly ManifestWorkload[] {
  return manifests.flatMap((manifest) => {
    const kind = workloadKind(manifest.apiVersion, manifest.kind);
    if (kind === undefined) return [];
    const containers = podContainers(manifest.object, kind);
    const { apiVersion, namespace, name } = manifest;
    const workload = assembleWorkload(
      {
        ref: { apiVersion, kind: manifest.kind, namespace, name },
        target: undefined,
        pods: [podOf(manifest, podLabels(manifest.object, kind), containers)],
        owners: [],
        uid: 'manifest',
      },
      new Map(),
    );
    if (workload === undefined) return [];
    const paths = new Map(containers.map((container) => [container.name, container.path]));
    return [{ workload, manifest, lineOf: (container) => manifest.lineOf(paths.get(container) ?? []) }];
  });
}

function podOf(
  { namespace, name }: Manifest,
  labels: ObservedPod['labels'],
  containers: readonly Omit<ObservedPod['containers'][number], 'imageId'>[],
): ObservedPod {
  return {
    namespace,
    name,
    uid: 'manifest',
    resourceVersion: '',
    generation: 1,
    creationTimestamp: '',
    labels,
    finished: false,
    containers: containers.map((container) => ({ ...container, imageId: '' })),
  };
}
