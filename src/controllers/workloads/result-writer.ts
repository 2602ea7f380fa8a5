// controllers: reads and writes XrayScanResults; one for each workload, found by its name.
import type { Store, Writer } from '@dot-kube/operator';
import type { XrayScanResult, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { ObservedObject } from '../../observe/observed.js';
import { results } from '../../observe/resources.js';
import { resultName } from '../../report/result/result-name.js';
import { type Workload, workloadKey, type WorkloadRef } from '../../workload/workload.js';

export const FIELD_MANAGER = 'kubexray-operator';

export type ObservedResult = ObservedObject & XrayScanResult;

export type StoredResult = Pick<ObservedResult, 'namespace' | 'name' | 'uid' | 'generation' | 'spec' | 'status'>;

export class ResultWriter {
  readonly #store: Store<ObservedResult>;
  readonly #writer: (workload: string, signal: AbortSignal) => Writer;

  /** @param writer puts what it wrote into `store` at once: a pass sees what the pass before it wrote */
  constructor(store: Store<ObservedResult>, writer: (workload: string, signal: AbortSignal) => Writer) {
    this.#store = store;
    this.#writer = writer;
  }

  read(ref: Omit<WorkloadRef, 'uid'>): StoredResult | undefined {
    return this.#store.get({ namespace: ref.namespace, name: resultName(ref) });
  }

  /** Makes sure that the workload has its result, with the uid that it has now. */
  async ensure({ ref }: Workload, signal: AbortSignal): Promise<StoredResult> {
    const existing = this.read(ref);
    if (existing?.spec.workloadRef.uid === ref.uid) return existing;
    const { apiVersion, kind, namespace, name, uid } = ref;
    const spec = { workloadRef: { apiVersion, kind, name, uid } };
    return this.#writer(workloadKey(ref), signal).apply(results, { namespace, name: resultName(ref) }, { spec });
  }

  async writeStatus(result: StoredResult, status: XrayScanResultStatus, signal: AbortSignal): Promise<void> {
    await this.#writer(keyOfResult(result), signal).applyStatus(results, result, status);
  }

  async remove(result: StoredResult, signal: AbortSignal): Promise<void> {
    await this.#writer(keyOfResult(result), signal).delete(results, result);
  }
}

/** Of the workload that it tells of. */
export function keyOfResult({ namespace, spec }: Pick<StoredResult, 'namespace' | 'spec'>): string {
  const { apiVersion, kind, name } = spec.workloadRef;
  return workloadKey({ apiVersion, kind, namespace, name });
}
