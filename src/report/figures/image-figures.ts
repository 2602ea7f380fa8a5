// report: what is known of the images that run, as figures for /metrics. Pure; read when somebody scrapes.
import type { Sample } from '@dot-kube/operator';
import type { Knowledge } from '../../scan/knowledge.js';

const STATES = ['scanned', 'unscanned', 'notAsked', 'unavailable'] as const satisfies readonly Knowledge['state'][];

const LABELS: Readonly<Record<Knowledge['state'], string>> = {
  scanned: 'Scanned',
  unscanned: 'Unscanned',
  notAsked: 'NotAsked',
  unavailable: 'Unavailable',
};

export interface ImageFigures {
  /** Images with different digests, however many pods run them. */
  readonly images: readonly Sample<'state'>[];
  readonly stale: number;
  /** Undefined where no facts are in force. */
  readonly oldestFactsSeconds: number | undefined;
}

export function imageFigures(known: readonly Knowledge[], now: Date): ImageFigures {
  const scanned = known.filter((one) => one.state === 'scanned');
  const oldestMs = scanned.reduce((oldest, { at }) => Math.min(oldest, at.getTime()), Number.POSITIVE_INFINITY);
  return {
    images: STATES.map((state) => [{ state: LABELS[state] }, known.filter((one) => one.state === state).length]),
    stale: scanned.filter(({ stale }) => stale !== undefined).length,
    oldestFactsSeconds: scanned.length === 0 ? undefined : Math.max(0, (now.getTime() - oldestMs) / 1_000),
  };
}
