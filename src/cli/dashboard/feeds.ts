// cli/dashboard: what is watched, and the line that is kept of each object.
import { type Resource, resource, type Scope } from '@dot-kube/operator';
import {
  clusterXrayPolicies,
  xrayConnections,
  xrayExceptions,
  xrayPolicies,
  xrayScanResults,
} from '../../api/v1alpha1/coordinates.js';
import type { StoredClusterPolicy, StoredConnection, StoredException, StoredPolicy, StoredResult } from '../stored.js';
import { connectionItem, exceptionItem, policyItem, type Shown, workloadItem } from './item.js';

export type Feed = Resource<Shown>;

interface Generation {
  readonly metadata: { readonly generation: number };
}

/** @param namespace absent: all */
export function resultsFeed(namespace: string | undefined): Feed {
  return resource<StoredResult>(xrayScanResults)
    .optional()
    .scope(scopeOf(namespace))
    .project((wire) => ({ item: workloadItem(wire) }));
}

/** What is shown beside the results, by whoever may see it. */
export function otherFeeds(namespace: string | undefined): readonly Feed[] {
  const scope = scopeOf(namespace);
  return [
    resource<StoredClusterPolicy & Generation>(clusterXrayPolicies)
      .optional()
      .project((wire) => ({ item: policyItem('ClusterXrayPolicy', wire) })),
    resource<StoredPolicy & Generation>(xrayPolicies)
      .optional()
      .scope(scope)
      .project((wire) => ({ item: policyItem('XrayPolicy', wire) })),
    resource<StoredException & Generation>(xrayExceptions)
      .optional()
      .scope(scope)
      .project((wire) => ({ item: exceptionItem(wire) })),
    resource<StoredConnection>(xrayConnections)
      .optional()
      .project((wire) => ({ item: connectionItem(wire) })),
  ];
}

function scopeOf(namespace: string | undefined): Scope {
  return namespace === undefined ? {} : { namespace };
}
