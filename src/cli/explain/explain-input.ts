// cli/explain: reads what has to do with one workload, as far as the caller may read it.
import type { Reader } from '../in-cluster.js';
import { podLabels, workloadKind } from '../pod-template.js';
import { rulesInForce } from '../rules-in-force.js';
import type { StoredResult } from '../stored.js';
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
  const { policies, exceptions, notes } = await rulesInForce(namespace, reader);
  return {
    workload: { kind, namespace, name },
    apiVersion,
    labels,
    status: status ?? {},
    policies,
    exceptions,
    notes: [
      ...reader.notes,
      ...(labels === undefined
        ? [`the pod template of ${kind} ${name} cannot be read, so nobody can tell here which policies select it`]
        : []),
      ...notes,
    ],
    now,
  };
}
