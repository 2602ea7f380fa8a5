// cli: the objects of the cluster as they are read, and the operator's own compilation of them.
import type { ResourceCoordinates } from '@dot-kube/operator';
import type {
  ClusterXrayPolicy,
  ResultViolation,
  ResultWaived,
  XrayConnection,
  XrayException,
  XrayPolicy,
  XrayScanResult,
} from '../api/v1alpha1/types.js';
import type { Breach } from '../evaluate/breach.js';
import { effectivePolicy, type EffectivePolicy } from '../evaluate/effective-policy.js';
import { type CompiledException, compileException } from '../evaluate/exception.js';
import { compileClusterPolicy, compilePolicy } from '../evaluate/policy.js';

interface Metadata {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly creationTimestamp: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export type StoredPolicy = XrayPolicy & Metadata;
export type StoredClusterPolicy = ClusterXrayPolicy & Metadata;
export type StoredException = XrayException & Metadata;
export type StoredResult = XrayScanResult & Metadata;
export type StoredConnection = XrayConnection & Metadata;
export type StoredNamespace = Metadata;

export const namespaceCoordinates: ResourceCoordinates = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

export function compiledPolicy({ metadata, spec, status }: StoredPolicy): EffectivePolicy {
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  return effectivePolicy((one: typeof spec) => compilePolicy(key, one), spec, status?.lastValid?.spec);
}

export function compiledClusterPolicy({ metadata, spec, status }: StoredClusterPolicy): EffectivePolicy {
  return effectivePolicy((one: typeof spec) => compileClusterPolicy(metadata, one), spec, status?.lastValid?.spec);
}

export function compiledException({ metadata, spec }: StoredException): CompiledException {
  const { namespace = '', name, creationTimestamp } = metadata;
  return compileException({ namespace, name, creationTimestamp }, spec);
}

/** What an exception is held against, from what a result lists. */
export function breachOf({
  condition,
  id,
  aliases = [],
}: ResultViolation | ResultWaived): Pick<Breach, 'condition' | 'id' | 'vulnerability'> {
  if (condition !== 'Security') return { condition, id };
  const names = [id, ...aliases];
  const vulnerability = {
    id: names.find((name) => name.startsWith('XRAY-')) ?? id,
    cves: names.filter((name) => name.startsWith('CVE-')),
  };
  return { condition, id, vulnerability };
}
