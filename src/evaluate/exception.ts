// evaluate: an exception's spec, compiled once into the questions that a waiver asks.
import type { XrayExceptionSpec } from '../api/v1alpha1/types.js';
import type { WorkloadImage, WorkloadRef } from '../workload/workload.js';
import { anyGlob } from './glob.js';
import { contradictoryKey, type Labels, selection, type Selection } from './selector.js';
import type { Breach } from './breach.js';

export interface Exception {
  /** `namespace/name`, as it is shown. */
  readonly name: string;
  readonly namespace: string;
  readonly reason: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly workloads: Selection;
  /** Whether it holds for the workload, by kind, name and labels. */
  readonly holdsFor: (workload: ExemptWorkload) => boolean;
  readonly holdsForImage: (image: Pick<WorkloadImage, 'reference' | 'digest'>) => boolean;
  /** Every id, and every license in lower case, that it says; `unscanned` where it is about that. */
  readonly mentions: readonly string[];
  /** Whether it names what breaks the rule. */
  readonly names: (breach: Pick<Breach, 'condition' | 'id' | 'vulnerability'>) => boolean;
}

export interface ExemptWorkload {
  readonly ref: Pick<WorkloadRef, 'kind' | 'namespace' | 'name'>;
  readonly labels: Labels;
}

export type ExceptionProblem = 'InvalidExpiry' | 'ContradictorySelector';

export type CompiledException =
  | { readonly ok: true; readonly exception: Exception }
  | { readonly ok: false; readonly reason: ExceptionProblem; readonly message: string };

export interface ExceptionKey {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.creationTimestamp`: nobody but the API server sets it. */
  readonly creationTimestamp: string;
}

/** @throws never: what is wrong comes back as a reason and a message that says what to change. */
export function compileException(key: ExceptionKey, spec: XrayExceptionSpec): CompiledException {
  const createdAt = new Date(key.creationTimestamp);
  const expiresAt = new Date(spec.expiresAt);
  if (Number.isNaN(expiresAt.getTime()) || Number.isNaN(createdAt.getTime())) {
    const message = `spec.expiresAt "${spec.expiresAt}" is not a time that can be counted; write it as 2027-01-31T00:00:00Z.`;
    return { ok: false, reason: 'InvalidExpiry', message };
  }
  const contradictory = contradictoryKey(spec.workloadSelector);
  if (contradictory !== undefined) {
    const message = `spec.workloadSelector asks of the label "${contradictory}" what can't be at once, so it selects nothing; remove one of its clauses.`;
    return { ok: false, reason: 'ContradictorySelector', message };
  }
  return { ok: true, exception: { ...compile(key, spec), createdAt, expiresAt } };
}

function compile(
  { namespace, name }: ExceptionKey,
  spec: XrayExceptionSpec,
): Omit<Exception, 'createdAt' | 'expiresAt'> {
  const workloads = selection(spec.workloadSelector);
  const named = spec.workloads && new Set(spec.workloads.map((one) => `${one.kind} ${one.name}`));
  return {
    name: `${namespace}/${name}`,
    namespace,
    reason: spec.reason,
    workloads,
    holdsFor: ({ ref, labels }) =>
      ref.namespace === namespace &&
      (named === undefined || named.has(`${ref.kind} ${ref.name}`)) &&
      workloads.selects(labels),
    holdsForImage: imagesOf(spec.images),
    mentions: mentionsOf(spec),
    names: namesOf(spec),
  };
}

function imagesOf(patterns: readonly string[] | undefined): Exception['holdsForImage'] {
  if (patterns === undefined) return () => true;
  const matches = anyGlob(patterns);
  return ({ reference, digest }) => matches(reference) || (digest !== undefined && matches(digest));
}

function mentionsOf({ vulnerabilities = [], licenses = [], unscanned = false }: XrayExceptionSpec): readonly string[] {
  return [...vulnerabilities, ...licenses.map((name) => name.toLowerCase()), ...(unscanned ? ['unscanned'] : [])];
}

function namesOf({ vulnerabilities, licenses, unscanned = false }: XrayExceptionSpec): Exception['names'] {
  const ids = new Set(vulnerabilities);
  const names = new Set(licenses?.map((name) => name.toLowerCase()));
  return ({ condition, id, vulnerability }) => {
    switch (condition) {
      case 'Unscanned':
        return unscanned;
      case 'License':
        return names.has(id.toLowerCase());
      case 'Security':
        return vulnerability !== undefined && namesWhole(ids, vulnerability);
    }
  };
}

// A CVE that is not named must not slip through with one that is.
function namesWhole(ids: ReadonlySet<string>, { id, cves }: NonNullable<Breach['vulnerability']>): boolean {
  return ids.has(id) || (cves.length > 0 && cves.every((cve) => ids.has(cve)));
}
