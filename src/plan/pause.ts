// plan: which controllers are told to leave a stopped workload alone, and what is put back of that when it is let go. Pure.
import type { ObservedTarget } from '../observe/observed.js';
import type { Note, Paused } from './note.js';

export const PAUSABLE = ['KEDA', 'Flux'] as const;
export type Pausable = (typeof PAUSABLE)[number];

const DISABLED = 'disabled'; // kustomize-controller, DisabledValue

/** What a stop notes of it. @param former of the stop that was ended and is made again */
export function pausesOf(
  target: Pick<ObservedTarget, 'stop' | 'fluxReconcile'>,
  former: Note | undefined,
  asked: ReadonlySet<Pausable>,
): Pick<Note, 'paused'> {
  const flux = fluxOf(target, former, asked.has('Flux'));
  const paused: Paused = {
    ...(flux === undefined ? {} : { flux }),
    ...(asked.has('KEDA') && target.stop.by === 'replicas' ? { keda: true as const } : {}),
  };
  return Object.keys(paused).length === 0 ? {} : { paused };
}

/** Where our own `disabled` still stands, what was there before it is in the former note. */
function fluxOf(
  { fluxReconcile }: Pick<ObservedTarget, 'fluxReconcile'>,
  former: Note | undefined,
  isAsked: boolean,
): Paused['flux'] {
  const ours = former?.paused?.flux;
  if (ours !== undefined && fluxReconcile === DISABLED) return ours;
  return isAsked ? { before: fluxReconcile ?? null } : undefined;
}

/** What Flux is told with the stop. @returns undefined: nothing */
export function fluxAtStop({ paused }: Pick<Note, 'paused'>): string | undefined {
  return paused?.flux === undefined ? undefined : DISABLED;
}

/** What Flux is told at the end of it; null takes the annotation off. @returns undefined: what somebody changed is left */
export function fluxAtRelease(
  { paused }: Pick<Note, 'paused'>,
  { fluxReconcile }: Pick<ObservedTarget, 'fluxReconcile'>,
): string | null | undefined {
  return fluxReconcile === DISABLED ? paused?.flux?.before : undefined;
}
