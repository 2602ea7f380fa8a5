// chaos/simulated: the history of a StatefulSet as its controller keeps it: an object for each pod template that it has had.
import type { JsonObject, OwnerReference, Stored } from './objects.js';
import type { Kind, ObjectStore } from './store.js';

export const controllerRevisions: Kind = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
};

/** One that the set goes back to becomes the newest. @returns the name of that of this template */
export function keepRevision(
  store: ObjectStore,
  owner: OwnerReference & { readonly namespace: string },
  template: JsonObject,
  manager: string,
): string {
  const { namespace, ...ownerReference } = owner;
  const own = store.list(controllerRevisions, namespace).filter((one) => isOwnedBy(one, owner));
  const newest = Math.max(0, ...own.map(numberOf));
  const name = `${owner.name}-${textHash(JSON.stringify(template))}`;
  const known = own.find(({ metadata }) => metadata.name === name);
  if (known === undefined) {
    const data = { spec: { template: { ...template, $patch: 'replace' } } };
    const body = { metadata: { ownerReferences: [ownerReference] }, revision: newest + 1, data };
    store.create(controllerRevisions, { namespace, name }, body, manager);
  } else if (numberOf(known) < newest) {
    const next = (before: Stored): Stored => ({ ...before, revision: newest + 1 });
    store.change(controllerRevisions, { namespace, name }, { manager, next });
  }
  return name;
}

function isOwnedBy({ metadata }: Stored, { uid }: OwnerReference): boolean {
  return metadata.ownerReferences?.[0]?.uid === uid;
}

function numberOf({ revision }: Stored): number {
  return Number(revision);
}

function textHash(text: string): string {
  let hash = 0;
  for (const sign of text) hash = Math.imul(hash, 31) + (sign.codePointAt(0) ?? 0);
  return (hash >>> 0).toString(16);
}
