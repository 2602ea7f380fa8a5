// controllers: reads and writes XrayScanResults; one for each workload, found by its name.
import type { KubeClient, Store } from '@dot-kube/operator';
import { API_VERSION, xrayScanResults } from '../api/v1alpha1/coordinates.js';
import type { XrayScanResult, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import type { ObservedObject } from '../observe/observed.js';
import { resultName } from '../report/result-name.js';
import type { Workload, WorkloadRef } from '../workload/workload.js';

const FIELD_MANAGER = 'kubexray-operator';

export type ObservedResult = ObservedObject & XrayScanResult;

export interface StoredResult extends XrayScanResult {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
}

interface WrittenResult extends XrayScanResult {
  readonly metadata: { readonly resourceVersion: string; readonly generation: number };
}

interface Written {
  readonly resourceVersion: string;
  readonly result: StoredResult;
}

export class ResultWriter {
  readonly #store: Store<ObservedResult>;
  readonly #client: Pick<KubeClient, 'patch' | 'delete'>;
  // What was written and the watch has not brought back yet: a pass must see what the pass before it wrote.
  readonly #ahead = new Map<string, Written>();

  constructor(store: Store<ObservedResult>, client: Pick<KubeClient, 'patch' | 'delete'>) {
    this.#store = store;
    this.#client = client;
  }

  read(ref: Omit<WorkloadRef, 'uid'>): StoredResult | undefined {
    const key = { namespace: ref.namespace, name: resultName(ref) };
    const text = `${key.namespace}/${key.name}`;
    const cached = this.#store.get(key);
    const ahead = this.#ahead.get(text);
    if (ahead === undefined) return cached;
    if (cached !== undefined && isAtLeast(cached.resourceVersion, ahead.resourceVersion)) {
      this.#ahead.delete(text);
      return cached;
    }
    return ahead.result;
  }

  /** Makes sure that the workload has its result, with the uid that it has now. */
  async ensure({ ref }: Workload, signal: AbortSignal): Promise<StoredResult> {
    const existing = this.read(ref);
    if (existing?.spec.workloadRef.uid === ref.uid) return existing;
    const { apiVersion, kind, name, uid } = ref;
    return this.#apply(
      ref.namespace,
      resultName(ref),
      { spec: { workloadRef: { apiVersion, kind, name, uid } } },
      signal,
    );
  }

  async writeStatus(result: StoredResult, status: XrayScanResultStatus, signal: AbortSignal): Promise<void> {
    await this.#apply(result.namespace, result.name, { status }, signal);
  }

  async remove({ namespace, name }: StoredResult, signal: AbortSignal): Promise<void> {
    this.#ahead.delete(`${namespace}/${name}`);
    await this.#client.delete(xrayScanResults, { namespace, name }, {}, { signal });
  }

  async #apply(namespace: string, name: string, part: object, signal: AbortSignal): Promise<StoredResult> {
    const subresource = 'status' in part ? { subresource: 'status' as const } : {};
    const body = { apiVersion: API_VERSION, kind: xrayScanResults.kind, metadata: { namespace, name }, ...part };
    const written = await this.#client.patch<WrittenResult>(
      xrayScanResults,
      { namespace, name },
      { type: 'apply', body, fieldManager: FIELD_MANAGER, force: true, ...subresource },
      { signal },
    );
    const { resourceVersion, generation } = written.metadata;
    const result: StoredResult = {
      namespace,
      name,
      generation,
      spec: written.spec,
      ...(written.status === undefined ? {} : { status: written.status }),
    };
    this.#ahead.set(`${namespace}/${name}`, { resourceVersion, result });
    return result;
  }
}

// Resource versions of built-in and custom resources are ordered numbers (Kubernetes API concepts, since 1.35).
function isAtLeast(version: string, other: string): boolean {
  return version.length === other.length ? version >= other : version.length > other.length;
}
