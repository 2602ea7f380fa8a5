// client: the change of a finalizer as a JSON patch that holds only where the finalizers are still what was seen.
import type { PatchOperation } from './json-patch.js';

/** A projection that keeps the finalizers. */
export interface Finalized {
  readonly uid: string;
  readonly finalizers: readonly string[];
}

export type FinalizerChange = { readonly add: string } | { readonly remove: string };

const PATH = '/metadata/finalizers';

/** @returns undefined where it is so already */
export function finalizerPatch(
  { uid, finalizers }: Finalized,
  change: FinalizerChange,
): readonly PatchOperation[] | undefined {
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
