// cli: the policies and exceptions of the cluster that hold in a namespace, compiled as the operator does, as far as the caller may
// read them.
import { clusterXrayPolicies, xrayExceptions, xrayPolicies } from '../api/v1alpha1/coordinates.js';
import type { EffectivePolicy } from '../evaluate/effective-policy.js';
import type { Exception } from '../evaluate/exception.js';
import type { Policy } from '../evaluate/policy.js';
import { coversNamespace } from '../evaluate/tiers.js';
import type { Reader } from './in-cluster.js';
import {
  compiledClusterPolicy,
  compiledException,
  compiledPolicy,
  namespaceCoordinates,
  type StoredClusterPolicy,
  type StoredException,
  type StoredNamespace,
  type StoredPolicy,
} from './stored.js';

export interface RulesInForce {
  /** Those that cover the namespace. */
  readonly policies: readonly Policy[];
  /** Those of the namespace. */
  readonly exceptions: readonly Exception[];
  /** Policies that make no sense. */
  readonly notes: readonly string[];
}

/** @throws KubeApiError for any failure but what is forbidden, which becomes a note of the reader */
export async function rulesInForce(namespace: string, reader: Reader): Promise<RulesInForce> {
  const observed = await reader.get<StoredNamespace>(namespaceCoordinates, '', namespace);
  const place = { name: namespace, labels: observed?.metadata.labels ?? { 'kubernetes.io/metadata.name': namespace } };
  const ofCluster = await reader.list<StoredClusterPolicy>(clusterXrayPolicies);
  const ofTeam = await reader.list<StoredPolicy>(xrayPolicies, namespace);
  const stored = await reader.list<StoredException>(xrayExceptions, namespace);
  const policies = [
    ...ofCluster.map((policy) => ({
      title: `ClusterXrayPolicy ${policy.metadata.name}`,
      ...compiledClusterPolicy(policy),
    })),
    ...ofTeam.map((policy) => ({
      title: `XrayPolicy ${namespace}/${policy.metadata.name}`,
      ...compiledPolicy(policy),
    })),
  ];
  return {
    policies: policies.flatMap(({ inForce }) => inForce ?? []).filter((policy) => coversNamespace(policy, place)),
    exceptions: stored.map(compiledException).flatMap((one) => (one.ok ? [one.exception] : [])),
    notes: policies.flatMap(invalid),
  };
}

function invalid({ title, newest, inForce }: EffectivePolicy & { readonly title: string }): readonly string[] {
  if (newest.ok) return [];
  const instead = inForce === undefined ? 'it holds nowhere' : 'its last valid form is in force';
  return [`${title} makes no sense, so ${instead}: ${newest.message}`];
}
