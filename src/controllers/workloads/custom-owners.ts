// controllers: the owners of kinds that are not watched, as they were when they were read: who stands above and below whom.
import type { OwnerReference } from '../../observe/observed.js';
import { workloadKey, type WorkloadRef } from '../../workload/workload.js';

type NamedRef = Omit<WorkloadRef, 'uid'>;

export class CustomOwners {
  readonly #above = new Map<string, { readonly uid: string; readonly owner: OwnerReference }>();
  readonly #below = new Map<string, Map<string, NamedRef>>();

  /** @param uid of the one below */
  put(ref: NamedRef, uid: string, owner: OwnerReference): void {
    this.remove(ref);
    const key = workloadKey(ref);
    this.#above.set(key, { uid, owner });
    const above = workloadKey(aboveOf(ref, owner));
    const below = this.#below.get(above) ?? new Map<string, NamedRef>();
    this.#below.set(above, below.set(key, ref));
  }

  remove(ref: NamedRef): void {
    const key = workloadKey(ref);
    const known = this.#above.get(key);
    if (known === undefined) return;
    this.#above.delete(key);
    const above = workloadKey(aboveOf(ref, known.owner));
    const below = this.#below.get(above);
    below?.delete(key);
    if (below?.size === 0) this.#below.delete(above);
  }

  /** @returns undefined where nobody stands above, as far as is known */
  ownerOf(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): OwnerReference | undefined {
    const known = this.#above.get(workloadKey({ apiVersion, kind, namespace, name }));
    return known?.uid === uid ? known.owner : undefined;
  }

  /** As those below it name it. */
  uidOf(ref: NamedRef): string | undefined {
    const [below] = this.#below.get(workloadKey(ref))?.keys() ?? [];
    return below === undefined ? undefined : this.#above.get(below)?.owner.uid;
  }

  /** Those below it that are not watched either; itself comes first. */
  withBelow(ref: NamedRef): readonly NamedRef[] {
    const all = new Map([[workloadKey(ref), ref]]);
    for (const [key] of all)
      for (const [below, found] of this.#below.get(key) ?? []) if (!all.has(below)) all.set(below, found);
    return [...all.values()];
  }
}

function aboveOf({ namespace }: NamedRef, { apiVersion, kind, name }: OwnerReference): NamedRef {
  return { apiVersion, kind, namespace, name };
}
