// cli/explain: reads what has to do with one workload, as far as the caller may read it.
import { clusterXrayPolicies, xrayExceptions, xrayPolicies } from '../../api/v1alpha1/coordinates.js';
import type { EffectivePolicy } from '../../evaluate/effective-policy.js';
import { coversNamespace } from '../../evaluate/tiers.js';
import type { Reader } from '../in-cluster.js';
import { podLabels, workloadKind } from '../pod-template.js';
import {
  compiledClusterPolicy,
  compiledException,
  compiledPolicy,
  namespaceCoordinates,
  type StoredClusterPolicy,
  type StoredException,
  type StoredNamespace,
  type StoredPolicy,
  type StoredResult,
} from '../stored.js';
import type { ExplainInput } from './explanation.js';

/** @throws KubeApiError for any failure but what is forbidden, which becomes a note */
export async function inputFor(
  { spec, status }: StoredResult,
  namespace: string,
  reader: Reader,
  now: Date,
): Promise<ExplainInput> {
  const { apiVersion, kind, name } = spec.workloadRef;
  const known = workloadKind(apiVersion, kind);
  const object = known && (await reader.get<object>(known.coordinates, namespace, name));
  const labels = known && object && podLabels(object, known);
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
    workload: { kind, namespace, name },
    apiVersion,
    labels,
    status: status ?? {},
    policies: policies.flatMap(({ inForce }) => inForce ?? []).filter((policy) => coversNamespace(policy, place)),
    exceptions: stored.map(compiledException).flatMap((one) => (one.ok ? [one.exception] : [])),
    notes: [
      ...reader.notes,
      ...(labels === undefined
        ? [`the pod template of ${kind} ${name} cannot be read, so nobody can tell here which policies select it`]
        : []),
      ...policies.flatMap(invalid),
    ],
    now,
  };
}

function invalid({ title, newest, inForce }: EffectivePolicy & { readonly title: string }): readonly string[] {
  if (newest.ok) return [];
  const instead = inForce === undefined ? 'it holds nowhere' : 'its last valid form is in force';
  return [`${title} makes no sense, so ${instead}: ${newest.message}`];
}
