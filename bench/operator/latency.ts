// bench/operator: from a pod that turns out to run another image, which Xray knows, to the result that tells of it.
import { never, pods } from './kinds.js';
import { type Quantiles, quantilesOf } from './records.js';
import { digestOf, imageOf, isBad, nameOf, namespaceOf, PROXY_IMAGE, referenceOf, SHARED_BY } from './shape.js';
import type { Sight } from './sight.js';
import { sleep, type Stage, until } from './stage.js';

const BETWEEN_MS = 50;
const WITHIN_MS = 30_000;

/** 20 changes a second, each of another workload, as far as there are any. The API server's own time for both writes is in it. */
export async function podToResult({ client, shape }: Stage, sight: Sight, atMost: number): Promise<Quantiles> {
  const toldMs = new Map<string, number>();
  for (let workload = SHARED_BY + 1; toldMs.size < atMost && workload < shape.workloads; workload++) {
    const other = imageOf(workload) + 1;
    if (isBad(imageOf(workload)) || isBad(other)) continue;
    const key = { namespace: namespaceOf(workload), name: `${nameOf(workload)}-7c9d4b8f6-0` };
    const containerStatuses = [
      running('web', referenceOf(imageOf(workload)), digestOf(referenceOf(other))),
      running('proxy', PROXY_IMAGE, digestOf(PROXY_IMAGE)),
    ];
    toldMs.set(`${key.namespace}/${nameOf(workload)}`, performance.now());
    await client.patch(
      pods,
      key,
      { type: 'merge', subresource: 'status', fieldManager: 'kubelet', body: { status: { containerStatuses } } },
      { signal: never },
    );
    await sleep(BETWEEN_MS);
  }
  const tookMs = (key: string, told: number): number => (sight.resultLastMs.get(key) ?? 0) - told;
  await until('all results tell of it', WITHIN_MS, () => [...toldMs].every(([key, told]) => tookMs(key, told) > 0));
  return quantilesOf([...toldMs].map(([key, told]) => tookMs(key, told)));
}

function running(name: string, image: string, digest: string): object {
  return {
    name,
    image,
    imageID: `${image.replace(/:[^:]*$/, '')}@${digest}`,
    ready: true,
    restartCount: 0,
    state: { running: {} },
  };
}
