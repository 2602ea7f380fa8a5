// evaluate: the workloads as they were judged last, by namespace and labels: what a policy or an exception has to do with.
import type { Workload, WorkloadImage, WorkloadRef } from '../workload/workload.js';
import { LabelIndex } from './label-index.js';
import type { Labels, Selection } from './selector.js';

export interface IndexedWorkload {
  readonly key: string;
  readonly ref: Pick<WorkloadRef, 'kind' | 'namespace' | 'name'>;
  readonly labels: Labels;
  readonly images: readonly IndexedImage[];
}

/** By which exceptions name it. */
type IndexedImage = Pick<WorkloadImage, 'reference' | 'digest'>;

export class WorkloadIndex {
  readonly #byKey = new Map<string, IndexedWorkload>();
  readonly #byNamespace = new Map<string, LabelIndex<IndexedWorkload>>();

  get size(): number {
    return this.#byKey.size;
  }

  put(key: string, { ref, labels, images }: Workload): void {
    const before = this.#byKey.get(key);
    if (before !== undefined && isSame(before, labels, images)) return;
    this.remove(key);
    const workload = { key, ref, labels, images: images.map(named) };
    this.#byKey.set(key, workload);
    const inNamespace = this.#byNamespace.get(ref.namespace) ?? new LabelIndex<IndexedWorkload>();
    this.#byNamespace.set(ref.namespace, inNamespace);
    inNamespace.add(workload);
  }

  remove(key: string): void {
    const workload = this.#byKey.get(key);
    if (workload === undefined) return;
    this.#byKey.delete(key);
    const inNamespace = this.#byNamespace.get(workload.ref.namespace);
    inNamespace?.delete(workload);
    if (inNamespace?.size === 0) this.#byNamespace.delete(workload.ref.namespace);
  }

  selected(namespace: string, selection: Selection): readonly IndexedWorkload[] {
    return this.#byNamespace.get(namespace)?.select(selection) ?? [];
  }
}

function named({ reference, digest }: WorkloadImage): IndexedImage {
  return digest === undefined ? { reference } : { reference, digest };
}

/** A pass makes its images anew each time, and they seldom differ. */
function isSame(before: IndexedWorkload, labels: Labels, images: Workload['images']): boolean {
  return (
    before.labels === labels &&
    before.images.length === images.length &&
    before.images.every(({ reference, digest }, i) => images[i]?.reference === reference && images[i].digest === digest)
  );
}
