// lifecycle: what the probes say. Pure: figures in, problems in words out.

/** What is known of one watch. */
export interface WatchHealth {
  readonly name: string;
  readonly isSynced: boolean;
  /** Why the API server refuses it. */
  readonly trouble: string | undefined;
  /** Since the API server last said something; more than some 70 s, and it is out of reach. */
  readonly silentMs: number;
  /** Since it last did anything. */
  readonly idleMs: number;
}

export interface Figures {
  /** How long the event loop was held, 99th percentile. */
  readonly loopDelaySeconds: number;
  /** How long the time of a leader has been up without his having stopped. */
  readonly leaseOverdueMs: number;
  readonly watches: readonly WatchHealth[];
}

export type State = 'starting' | 'standby' | 'running' | 'stopping';

const LONGEST_LOOP_DELAY_S = 5;
const LONGEST_OVERDUE_MS = 20_000;
const LONGEST_IDLE_MS = 15 * 60_000; // a watch that is asked to end after 10 minutes and is waited for has long moved by then

/** What a restart would put right. */
export function livenessProblems({ loopDelaySeconds, leaseOverdueMs, watches }: Figures): readonly string[] {
  return [
    ...(loopDelaySeconds > LONGEST_LOOP_DELAY_S
      ? [`the event loop was held for ${loopDelaySeconds.toFixed(1)} s`]
      : []),
    ...(leaseOverdueMs > LONGEST_OVERDUE_MS ? [`the lease is overdue by ${Math.round(leaseOverdueMs / 1_000)} s`] : []),
    ...watches.filter(({ idleMs }) => idleMs > LONGEST_IDLE_MS).map(({ name }) => `the watch of ${name} stands still`),
  ];
}

/**
 * Why it cannot do its work, or take over if it stands by.
 *
 * @param serving what is wrong with what every replica serves
 */
export function readinessProblems(
  state: State,
  watches: readonly WatchHealth[],
  serving: readonly string[] = [],
): readonly string[] {
  if (state === 'stopping') return ['stopping'];
  return [
    ...watches.filter(({ isSynced }) => !isSynced).map(({ name }) => `the cache of ${name} is not in step yet`),
    ...watches.flatMap(({ trouble }) => trouble ?? []),
    ...serving,
    ...(state === 'starting' ? ['starting'] : []),
  ];
}
