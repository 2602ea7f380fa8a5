// plan: how much may newly be stopped within a window before somebody has to approve (DESIGN 4.5). Plain figures in, an answer out.
//
// Stops that the platform asks for, and those that only a team's own policies ask for, are counted apart, so that no team can use
// the brake up, or set it off, to get round the platform's floor.

export interface BrakeRules {
  /** Of the workloads that could be stopped; 100 takes the brake off. */
  readonly sharePercent: number;
  /** So many may always be stopped, however small the cluster or the namespace is. */
  readonly floor: number;
  readonly windowMs: number;
}

/** Where things stand in the cluster or in a namespace. */
export interface Extent {
  readonly where: 'cluster' | 'namespace';
  /** Workloads that could be stopped, stopped ones included. */
  readonly population: number;
  /** Newly stopped within the window without approval, or let go and about to be. */
  readonly stopped: number;
  /** Those that are to be stopped now or soon, and were not let go. */
  readonly wanting: number;
}

type Limits = Pick<BrakeRules, 'sharePercent' | 'floor'>;

export function allowance({ sharePercent, floor }: Limits, population: number): number {
  if (sharePercent >= 100) return Number.POSITIVE_INFINITY;
  return Math.max(floor, Math.floor((population * sharePercent) / 100));
}

/** All of them or none: a wave that is too big is not begun. */
export function isWithin({ population, stopped, wanting }: Extent, limits: Limits): boolean {
  return stopped + wanting <= allowance(limits, population);
}

/** While more may be waiting to be judged, nobody knows how big the wave is. */
export const GATHER_MS = 30_000;
/** What stays within the floor, whatever comes, waits no longer than this. */
const GATHER_FEW_MS = 100;
/** After a start everything is due at once, and answers come in batches. */
const GATHER_FEW_AT_START_MS = 5_000;

/** How long a stop waits at most for the rest of its wave to be judged. */
export function gatherMs(extents: readonly Extent[], { floor }: Limits, isStarting: boolean): number {
  const isFew = extents.every(({ stopped, wanting }) => stopped + wanting <= floor);
  if (!isFew) return GATHER_MS;
  return isStarting ? GATHER_FEW_AT_START_MS : GATHER_FEW_MS;
}
