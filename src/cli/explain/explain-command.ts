// cli/explain: the command `explain`: reads what has to do with one workload, and has it explained.
import { clusterXrayPolicies, xrayExceptions, xrayPolicies } from '../../api/v1alpha1/coordinates.js';
import type { EffectivePolicy } from '../../evaluate/effective-policy.js';
import { coversNamespace } from '../../evaluate/tiers.js';
import { CLUSTER_OPTIONS, type Command, type Given, NAMESPACE, outputOption } from '../command.js';
import type { ExitCode } from '../exit-code.js';
import { usage } from '../given.js';
import { inCluster, Reader } from '../in-cluster.js';
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
import { paintFor } from '../style.js';
import { resultNamed } from '../workload-named.js';
import type { World } from '../world.js';
import { explain, type ExplainInput } from './explanation.js';
import { textExplanation } from './explain-text.js';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell why a workload stands where it does: policies, violations, exceptions, what was done',
  usage: 'explain [KIND/]NAME [-n NAMESPACE] [OPTIONS]',
  maxArguments: 1,
  options: [NAMESPACE, outputOption(['text', 'json']), ...CLUSTER_OPTIONS],
  details: 'Exit code 1: the workload has violations that no exception waives.',
  run: async (given, world) => runExplain(given, world),
};

async function runExplain(given: Given, world: World): Promise<ExitCode> {
  const [name] = given.arguments;
  if (name === undefined) throw usage(explainCommand, 'name a workload, as in deployment/web');
  const input = await inCluster(given, world, async (cluster) => {
    const namespace = given.text('namespace') ?? cluster.namespace;
    const reader = new Reader(cluster);
    const result = await resultNamed(name, namespace, cluster);
    return inputFor(result, namespace, reader, world.now());
  });
  const explanation = explain(input);
  world.out.write(
    given.text('output') === 'json'
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : textExplanation(explanation, paintFor(world.out, world.environment)),
  );
  return explanation.violations.length > 0 ? 1 : 0;
}

async function inputFor(
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
