// evaluate: which workloads a change of a policy, an exception or a namespace's labels can make a difference for: those that
// it selected before or selects now, and no others. From the old and the new form to keys.
import type { Exception } from './exception.js';
import type { LabelIndex } from './label-index.js';
import type { Policy } from './policy.js';
import { coversNamespace, type ObservedNamespace } from './tiers.js';
import type { WorkloadIndex } from './workload-index.js';

/** The form in force before a change and after it; undefined where there is none. The same one: nothing changed. */
export interface Change<T> {
  readonly before: T | undefined;
  readonly now: T | undefined;
}

export interface World {
  readonly namespaces: Pick<LabelIndex<ObservedNamespace>, 'select'>;
  readonly workloads: Pick<WorkloadIndex, 'selected'>;
}

export function reachOfPolicy(change: Change<Policy>, { namespaces, workloads }: World): ReadonlySet<string> {
  return keysOf(change, (policy) =>
    namesOfCovered(policy, namespaces).flatMap((name) => workloads.selected(name, policy.workloads)),
  );
}

export function reachOfException(
  change: Change<Exception>,
  { workloads }: Pick<World, 'workloads'>,
): ReadonlySet<string> {
  return keysOf(change, (exception) =>
    workloads
      .selected(exception.namespace, exception.workloads)
      .filter((workload) => exception.holdsFor(workload) && workload.images.some(exception.holdsForImage)),
  );
}

/** @param policies of the cluster */
export function reachOfNamespace(
  { before, now }: Change<ObservedNamespace>,
  policies: Iterable<Policy>,
  { workloads }: Pick<World, 'workloads'>,
): ReadonlySet<string> {
  const keys = new Set<string>();
  const name = now?.name ?? before?.name;
  if (name === undefined) return keys;
  for (const policy of policies)
    if (covers(policy, before) !== covers(policy, now))
      for (const { key } of workloads.selected(name, policy.workloads)) keys.add(key);
  return keys;
}

function covers(policy: Policy, namespace: ObservedNamespace | undefined): boolean {
  return namespace !== undefined && coversNamespace(policy, namespace);
}

/** The namespaces that a policy covers. */
export function namesOfCovered({ namespaces }: Policy, known: World['namespaces']): readonly string[] {
  return typeof namespaces === 'string' ? [namespaces] : known.select(namespaces).map(({ name }) => name);
}

function keysOf<T>({ before, now }: Change<T>, selected: (of: T) => Iterable<{ key: string }>): ReadonlySet<string> {
  const keys = new Set<string>();
  if (before === now) return keys;
  for (const form of [before, now]) if (form !== undefined) for (const { key } of selected(form)) keys.add(key);
  return keys;
}
