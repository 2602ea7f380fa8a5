// cli/dashboard: the things that the page shows, as lines small enough that ten thousand can be held and sent. Pure; the same
// types stand at both ends of the connection.
import type { Kept } from '@dot-kube/operator';
import type { PolicyKind } from '../../api/v1alpha1/types.js';
import {
  type ConnectionState,
  connectionOf,
  type PolicyState,
  policyOf,
  type StandingWorkload,
  workloadOf,
} from '../status/overview.js';
import type { StoredConnection, StoredException, StoredResult } from '../stored.js';

export interface WorkloadLine extends StandingWorkload {
  /** The name of its result, in the same namespace. */
  readonly result: string;
  /** Changes with everything that its result says. */
  readonly version: string;
  readonly message: string;
  /** Those whose rules it breaks, or would break if no exception waived it. */
  readonly policies: readonly string[];
  readonly images: readonly string[];
}

export interface ExceptionLine {
  readonly name: string;
  /** Changes with what it waives. */
  readonly version: string;
}

export type Item =
  | { readonly kind: 'Workload'; readonly id: string; readonly line: WorkloadLine }
  | { readonly kind: 'Policy'; readonly id: string; readonly line: PolicyState & { readonly version: string } }
  | { readonly kind: 'Connection'; readonly id: string; readonly line: ConnectionState }
  | { readonly kind: 'Exception'; readonly id: string; readonly line: ExceptionLine };

/** What the server tells a page. */
export interface Update {
  /** It is all there is: what the page had before is gone. */
  readonly whole: boolean;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly put: readonly Item[];
  /** Ids. */
  readonly gone: readonly string[];
  /** All that could not be read, or is not kept up to date. */
  readonly notes: readonly string[];
}

/** What the cache keeps of each object. */
export interface Shown extends Kept {
  readonly item: Item;
}

export function workloadItem(result: StoredResult): Item {
  const { metadata, status = {} } = result;
  const asking = [...(status.violations ?? []), ...(status.waived ?? [])];
  return {
    kind: 'Workload',
    id: `Workload ${metadata.namespace ?? ''}/${metadata.name}`,
    line: {
      ...workloadOf(result),
      result: metadata.name,
      version: metadata.resourceVersion,
      message: status.message ?? '',
      policies: [...new Set(asking.map(({ policy }) => policy))].sort(),
      images: [...new Set((status.images ?? []).map(({ reference }) => reference))],
    },
  };
}

/** A policy's counts of workloads change all the time; what it says changes with its generation. */
export function policyItem(kind: PolicyKind, object: Parameters<typeof policyOf>[1] & Generation): Item {
  const line = policyOf(kind, object);
  return {
    kind: 'Policy',
    id: `${kind} ${line.name}`,
    line: { ...line, version: String(object.metadata.generation) },
  };
}

export function connectionItem(connection: StoredConnection): Item {
  return { kind: 'Connection', id: `Connection ${connection.metadata.name}`, line: connectionOf(connection) };
}

export function exceptionItem({ metadata, status }: StoredException & Generation): Item {
  const name = `${metadata.namespace ?? ''}/${metadata.name}`;
  const state = status?.conditions?.find(({ type }) => type === 'Ready')?.reason ?? '';
  return { kind: 'Exception', id: `Exception ${name}`, line: { name, version: `${metadata.generation} ${state}` } };
}

interface Generation {
  readonly metadata: { readonly generation: number };
}
