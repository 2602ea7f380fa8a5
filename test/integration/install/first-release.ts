// What the first release leaves in a cluster while it has workloads stopped: its notes on them, and its results, as it wrote them.
import { readFileSync } from 'node:fs';
import type { WorkloadReference } from '../../../src/api/v1alpha1/types.js';
import { kubectl } from '../../cluster/kubectl.js';
import { aWorkload, type ScalableKind } from '../../builders/manifests.js';
import { read } from '../../cluster/live.js';
import { apply } from '../harness.js';

const STATE = 'test/fixtures/first-release/stopped.json';
/** In the fixture, where the uid of the result's workload belongs. */
const UID = 'UID-OF-THE-WORKLOAD';
const BY_THE_OPERATOR = '--field-manager=kubexray-operator';

interface Left {
  readonly workloads: readonly {
    readonly kind: ScalableKind;
    readonly name: string;
    readonly image: string;
    /** Absent: it runs. */
    readonly note?: string;
    readonly status: object;
  }[];
}

/** Makes the workloads, stops those that it had stopped, and stores its results. */
export async function leaveAsTheFirstRelease(namespace: string): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the fixture of this function
  const { workloads } = JSON.parse(readFileSync(STATE, 'utf8')) as Left;
  for (const { kind, name, image, note, status } of workloads) {
    await apply(aWorkload(namespace, { kind, name, image, replicas: 3 }));
    const { uid } = (await read<{ metadata: { uid: string } }>(kind, namespace, name)).metadata;
    if (note !== undefined) {
      const patch = { metadata: { annotations: { 'kubexray.io/stopped': note } }, spec: { replicas: 0 } };
      await kubectl([
        ...['patch', kind, name, '-n', namespace, '--type=merge', BY_THE_OPERATOR],
        ...['-p', JSON.stringify(patch)],
      ]);
    }
    await store(namespace, `${kind.toLowerCase()}-${name}`, { apiVersion: 'apps/v1', kind, name, uid }, status);
  }
}

async function store(namespace: string, name: string, workloadRef: WorkloadReference, status: object): Promise<void> {
  const result = { apiVersion: 'kubexray.io/v1alpha1', kind: 'XrayScanResult', metadata: { namespace, name } };
  const apply = ['apply', '--server-side', '--validate=strict', BY_THE_OPERATOR, '-f', '-'];
  await kubectl(apply, { input: JSON.stringify({ ...result, spec: { workloadRef } }) });
  const input = JSON.stringify({ ...result, status }).replaceAll(UID, workloadRef.uid);
  await kubectl([...apply, '--subresource=status'], { input });
}
