// client: the change of a finalizer as a JSON patch that holds only where the finalizers are still what was seen.

/** A projection that keeps the finalizers. */
export interface Finalized {
  readonly uid: string;
  readonly finalizers: readonly string[];
}

export type FinalizerChange = { readonly add: string } | { readonly remove: string };

export interface JsonPatchStep {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

const PATH = '/metadata/finalizers';

/** @returns undefined where it is so already */
export function finalizerPatch(
  { uid, finalizers }: Finalized,
  change: FinalizerChange,
): readonly JsonPatchStep[] | undefined {
  const next = 'add' in change ? withOne(finalizers, change.add) : finalizers.filter((name) => name !== change.remove);
  if (next.length === finalizers.length) return undefined;
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    // An object without finalizers has no such field; a test against null is then the one that holds.
    { op: 'test', path: PATH, value: finalizers.length === 0 ? null : finalizers },
    { op: 'add', path: PATH, value: next },
  ];
}

function withOne(finalizers: readonly string[], name: string): readonly string[] {
  return finalizers.includes(name) ? finalizers : [...finalizers, name];
}
