// chaos/model: what must hold of the whole at rest, once all faults have ended and all has settled.
import { type Action, keyOf } from '../story/world.js';
import type { Line } from './history.js';
import type { Audit, Invariants } from './invariants.js';
import { notedReplicas } from './notes.js';
import { isAtLeast } from './rules.js';
import type { Workload } from './workload.js';

/** What the operator says of a workload. */
export interface Said {
  readonly verdict: string | undefined;
  readonly action: string | undefined;
  readonly history: readonly Line[];
}

export interface AtRest extends Invariants {
  readonly audit: Audit;
  readonly atMs: number;
}

/** What is not as it must be once all faults have ended and all has settled. */
export function unlikeModel(
  workloads: readonly Workload[],
  saidOf: (workload: Workload) => Said | undefined,
  at: Omit<AtRest, 'fail'>,
): readonly string[] {
  return workloads.flatMap((workload) => {
    const said = saidOf(workload);
    const wrong = unlikeAsked(workload, said, at);
    const found = wrong === undefined ? [] : [`at rest: ${wrong}`];
    const verdict = at.model.verdict(workload, at.atMs);
    if (said === undefined) return [...found, `at rest: ${stands(workload, 'it has no result')}`];
    if (verdict === undefined || verdict === said.verdict) return found;
    return [...found, `at rest: ${stands(workload, `its result says ${String(said.verdict)}, and it is ${verdict}`)}`];
  });
}

/** @returns undefined where it stands as somebody could believe that it has to */
export function unlikeAsked(
  workload: Workload,
  said: Said | undefined,
  { model, audit, isProtected, atMs, brake }: Omit<AtRest, 'fail'>,
): string | undefined {
  const { most, least } = model.bounds(workload, atMs);
  const wanted = audit.wantedOf(workload);
  const believable = (['Ignore', 'ScaleDown', 'Delete'] as const).filter(
    (action) => isAtLeast(most, action) && isAtLeast(action, least),
  );
  const owner = { wanted, isProtected };
  const isHeld = said?.action === 'Held' && workload.replicas === wanted;
  const isFine =
    (brake !== undefined && isAsApproved({ workload, isHeld, least }, model.leastApproved(workload, atMs), owner)) ||
    believable.some((action) => isAsAsked(workload, action, owner));
  return isFine
    ? undefined
    : stands(workload, `${least} to ${most} is asked, ${String(wanted)} replicas were last set`);
}

/** Of workloads that are gone, other than by the operator's hand. @param results each by namespace and name */
export function resultsLeft(
  workloads: readonly Workload[],
  results: readonly { readonly name: string; readonly action: string | undefined }[],
): readonly string[] {
  const names = new Set(workloads.map(({ kind, namespace, name }) => `${namespace}/${kind.toLowerCase()}-${name}`));
  return results
    .filter(({ name, action }) => !names.has(name) && action !== 'Deleted')
    .map(({ name, action }) => `at rest: the result ${name} has no workload, and says ${String(action)}`);
}

interface Held {
  readonly workload: Workload;
  readonly isHeld: boolean;
  readonly least: Action;
}

/** What the brake holds is as what is approved has it; what is stopped already stays so while its deletion is held. */
function isAsApproved({ workload, isHeld, least }: Held, approved: Action, owner: Owner): boolean {
  if (isHeld) return isAsAsked(workload, approved, owner);
  return least === 'Delete' && approved !== 'Delete' && isAsAsked(workload, 'ScaleDown', owner);
}

interface Owner {
  readonly wanted: number | undefined;
  readonly isProtected: (namespace: string) => boolean;
}

function isAsAsked(workload: Workload, action: Action, { wanted, isProtected }: Owner): boolean {
  const { kind, replicas, note, claims, namespace } = workload;
  const runs = replicas === wanted && note === undefined;
  const isStopped = replicas === 0 && notedReplicas(note) === wanted;
  if (action === 'Ignore' || isProtected(namespace)) return runs;
  if (action === 'Delete') return claims.whenDeleted === 'Delete' && (replicas === wanted || isStopped); // else it is gone
  return claims.whenScaled === 'Delete' || kind === 'Pod' ? runs : isStopped; // a Pod has nothing to take away
}

function stands(workload: Workload, why: string): string {
  const { replicas, note } = workload;
  return `${keyOf(workload)} stands at ${replicas} replicas ${note === undefined ? 'without' : 'with'} a note; ${why}`;
}
