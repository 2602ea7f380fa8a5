// cli: finds the result of the workload that the user names, with its kind or without.
import type { ResourceCoordinates } from '@dot-kube/operator';
import { xrayScanResults } from '../api/v1alpha1/coordinates.js';
import { Trouble } from './exit-code.js';
import { kindNamed } from './pod-template.js';
import type { StoredResult } from './stored.js';

interface Lists {
  list<O>(coordinates: ResourceCoordinates, namespace?: string): Promise<readonly O[]>;
}

/** @param text `KIND/NAME` or `NAME` @throws Trouble where there is none, or more than one */
export async function resultNamed(text: string, namespace: string, cluster: Lists): Promise<StoredResult> {
  const slash = text.indexOf('/');
  const [kind, name] = slash < 0 ? [undefined, text] : [kindNamed(text.slice(0, slash)), text.slice(slash + 1)];
  const all = await cluster.list<StoredResult>(xrayScanResults, namespace);
  const found = all.filter(({ spec: { workloadRef: ref } }) => ref.name === name && (kind ?? ref.kind) === ref.kind);
  const [one, another] = found;
  if (one === undefined)
    throw new Trouble(
      `there is no result of "${text}" in namespace ${namespace}; does the workload run there, and does the operator? See kubectl get xscan -n ${namespace}`,
    );
  if (another !== undefined) {
    const kinds = found.map(({ spec: { workloadRef: ref } }) => `${ref.kind.toLowerCase()}/${ref.name}`);
    throw new Trouble(`"${text}" could be one of ${kinds.join(', ')}; name it with its kind`);
  }
  return one;
}
