// api: the kinds of workloads that Kubernetes itself has, and where each lives. Policies have a key for each; any other is a custom one.
import type { ResourceCoordinates } from '@dot-kube/operator';

const at = (group: string, kind: string, plural: string): ResourceCoordinates =>
  Object.freeze({ group, version: 'v1', plural, kind, namespaced: true }); // frozen: all that is kept of workloads shares it

export const WORKLOAD_KINDS = {
  Deployment: at('apps', 'Deployment', 'deployments'),
  StatefulSet: at('apps', 'StatefulSet', 'statefulsets'),
  DaemonSet: at('apps', 'DaemonSet', 'daemonsets'),
  ReplicaSet: at('apps', 'ReplicaSet', 'replicasets'),
  ReplicationController: at('', 'ReplicationController', 'replicationcontrollers'),
  Job: at('batch', 'Job', 'jobs'),
  CronJob: at('batch', 'CronJob', 'cronjobs'),
  Pod: at('', 'Pod', 'pods'),
} as const satisfies Readonly<Record<string, ResourceCoordinates>>;

export type BuiltInKind = keyof typeof WORKLOAD_KINDS;

export const BUILT_IN_KINDS: readonly BuiltInKind[] = Object.keys(WORKLOAD_KINDS).filter(isBuiltIn);

/** `Custom`: any kind that is not one of Kubernetes' own. */
export type WorkloadKind = BuiltInKind | 'Custom';

/** The name alone does not tell: others have a `Job`, too (batch.volcano.sh). */
export function workloadKindOf(of: { readonly apiVersion: string; readonly kind: string }): WorkloadKind {
  return isBuiltIn(of.kind) && of.apiVersion === builtInApiVersion(of.kind) ? of.kind : 'Custom';
}

export function builtInApiVersion(kind: BuiltInKind): string {
  const { group, version } = WORKLOAD_KINDS[kind];
  return group === '' ? version : `${group}/${version}`;
}

function isBuiltIn(kind: string): kind is BuiltInKind {
  return Object.hasOwn(WORKLOAD_KINDS, kind);
}
