// controllers: what there is of a workload now, put together from the caches and from what its result remembers.
import type { Note } from '../../plan/note.js';
import { digestsNoted, isCutOff, noteInForce, rememberedDigests } from '../../report/result/memory.js';
import { assembleWorkload, type Sighted } from '../../workload/assemble.js';
import type { Workload, WorkloadRef } from '../../workload/workload.js';
import { workloadKindOf } from '../../api/workload-kinds.js';
import type { CustomLookup } from './custom-lookup.js';
import type { StoredResult } from './result-writer.js';
import type { WorkloadLookup } from './workload-lookup.js';

export interface LookedAt {
  readonly workload: Workload;
  /** What it was put together from. */
  readonly sighted: Sighted;
  readonly note: Note | undefined;
  readonly isCutOff: boolean;
}

export interface Lookups {
  readonly lookup: WorkloadLookup;
  readonly customs: CustomLookup;
}

/** @returns gone: there is no such workload (any more); outOfSight: nobody can tell */
export async function lookAt(
  ref: Omit<WorkloadRef, 'uid'>,
  stored: StoredResult | undefined,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<LookedAt | 'gone' | 'outOfSight'> {
  const status = stored?.status;
  const sighted = await sight(ref, stored, lookups, signal);
  if (isOutOfSight(sighted, stored)) return 'outOfSight';
  if (sighted === undefined) return 'gone';
  const note = noteInForce(sighted.target, status);
  const noted = note?.labels === undefined ? sighted : { ...sighted, labelsNoted: note.labels };
  const workload = assembleWorkload(noted, rememberedDigests(status, note), digestsNoted);
  return workload === undefined
    ? 'gone'
    : { workload, sighted, note, isCutOff: isCutOff(sighted.target, note, status) };
}

/** A custom workload that may not be read any more, and has no pods: whether it is still there and stopped, nobody can tell. */
function isOutOfSight(sighted: Sighted | undefined, stored: StoredResult | undefined): boolean {
  return stored !== undefined && sighted?.untouchable !== undefined && sighted.uid === undefined;
}

/** Custom kinds are looked up where there is something to judge, or a result that tells that there was. */
async function sight(
  ref: Omit<WorkloadRef, 'uid'>,
  stored: StoredResult | undefined,
  { lookup, customs }: Lookups,
  signal: AbortSignal,
): Promise<Sighted | undefined> {
  const sighted = lookup.sight(ref);
  if (sighted === undefined || workloadKindOf(ref) !== 'Custom') return sighted;
  return sighted.pods.length > 0 || stored !== undefined ? customs.sight(ref, sighted, signal) : undefined;
}
