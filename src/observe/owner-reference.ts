// observe: who controls an object. A static pod is owned by its Node (mirror pods); it stands for itself.
import type { OwnerReference } from './observed.js';

interface WithOwners {
  readonly ownerReferences?: readonly (OwnerReference & { readonly controller?: boolean })[];
}

export function controllerOf(metadata: WithOwners | undefined): { owner?: OwnerReference } {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === 'Node') return {};
  const { apiVersion, kind, name, uid } = owner;
  return { owner: { apiVersion, kind, name, uid } };
}
