// resource: where a kind lives in the API server, and the keys of its objects. Pure.

export interface ResourceCoordinates {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface ObjectKey {
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`, or `name` for cluster-scoped kinds. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** The other way round. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { namespace: '', name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function apiVersionOf({ group, version }: Pick<ResourceCoordinates, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Path of all objects of a kind, in one namespace or in all (Kubernetes API concepts, resource URIs). */
export function collectionPath({ group, version, plural, namespaced }: ResourceCoordinates, namespace = ''): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}`;
}

export function objectPath(coordinates: ResourceCoordinates, { namespace, name }: ObjectKey, subresource = ''): string {
  const tail = subresource === '' ? '' : `/${subresource}`;
  return `${collectionPath(coordinates, namespace)}/${encodeURIComponent(name)}${tail}`;
}
