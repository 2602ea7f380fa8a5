// bench/operator: where the kinds live that it reads and writes.
const namespaced = (group: string, version: string, plural: string, kind: string) =>
  ({ group, version, plural, kind, namespaced: true }) as const;
const clusterWide = (group: string, version: string, plural: string, kind: string) =>
  ({ group, version, plural, kind, namespaced: false }) as const;

export const pods = namespaced('', 'v1', 'pods', 'Pod');
export const secrets = namespaced('', 'v1', 'secrets', 'Secret');
export const deployments = namespaced('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = namespaced('apps', 'v1', 'replicasets', 'ReplicaSet');
export const results = namespaced('kubexray.io', 'v1alpha1', 'xrayscanresults', 'XrayScanResult');
export const nodes = clusterWide('', 'v1', 'nodes', 'Node');
export const namespaceKind = clusterWide('', 'v1', 'namespaces', 'Namespace');
export const connections = clusterWide('kubexray.io', 'v1alpha1', 'xrayconnections', 'XrayConnection');
export const clusterPolicies = clusterWide('kubexray.io', 'v1alpha1', 'clusterxraypolicies', 'ClusterXrayPolicy');

export const never: AbortSignal = new AbortController().signal;
