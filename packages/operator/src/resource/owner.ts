// resource: who controls an object. A projection that keeps it as `owner` can be watched by its owner's controller.
import type { ObjectKey, ResourceCoordinates } from './coordinates.js';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Owned {
  readonly owner?: OwnerReference | undefined;
}

interface WithOwners {
  readonly metadata?: {
    readonly ownerReferences?: readonly (OwnerReference & { readonly controller?: boolean })[];
  };
}

/** The one owner reference that has `controller: true`. */
export function controllerOf({ metadata }: WithOwners): OwnerReference | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, name, uid };
}

/** Where the owner is found, if it is one of that kind; its version does not matter. */
export function ownerKey(
  { namespace, owner }: Owned & Pick<ObjectKey, 'namespace'>,
  { group, kind, namespaced }: ResourceCoordinates,
): ObjectKey | undefined {
  if (owner?.kind !== kind || groupOf(owner.apiVersion) !== group) return undefined;
  return { namespace: namespaced ? namespace : '', name: owner.name };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
