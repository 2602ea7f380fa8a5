// telemetry: how the process itself fares: who leads, how long the event loop is held, how much memory is in use.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuUsage, memoryUsage, uptime } from 'node:process';
import { getHeapStatistics } from 'node:v8';
import type { Registry } from 'prom-client';
import type { Clock } from '../time/clock.js';
import { gauge, readCounter, type Sample } from './instruments.js';

/** How long the event loop was held, lately. */
export interface LoopDelay {
  /** The 99th percentile of the last 30 to 60 s, in seconds; read more seldom, of the time since it was read. */
  p99Seconds(): number;
  stop(): void;
}

const RESOLUTION_MS = 20;
const WINDOW_MS = 30_000;

type Delays = Pick<ReturnType<typeof monitorEventLoopDelay>, 'count' | 'percentile' | 'reset' | 'enable' | 'disable'>;

export function watchLoopDelay(
  clock: Pick<Clock, 'monotonicMs'>,
  histogram: Delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
): LoopDelay {
  histogram.enable();
  let windowBeganMs = clock.monotonicMs();
  let before = 0;
  return {
    p99Seconds: () => {
      // The histogram counts from one firing of its timer to the next, the agreed time included.
      const ms = histogram.count === 0 ? 0 : histogram.percentile(99) / 1e6 - RESOLUTION_MS;
      const seconds = Math.max(0, ms) / 1_000;
      if (clock.monotonicMs() - windowBeganMs < WINDOW_MS) return Math.max(before, seconds);
      windowBeganMs = clock.monotonicMs();
      before = seconds;
      histogram.reset();
      return seconds;
    },
    stop: () => {
      histogram.disable();
    },
  };
}

export function processMetrics(registry: Registry, loop: LoopDelay): void {
  gauge(
    registry,
    {
      name: 'dotkube_event_loop_delay_seconds',
      help: 'How long the event loop was held lately, 99th percentile',
      labels: [],
    },
    () => [[{}, loop.p99Seconds()]],
  );
  gauge(registry, { name: 'dotkube_heap_used_bytes', help: 'Heap in use', labels: [] }, () => [
    [{}, getHeapStatistics().used_heap_size],
  ]);
}

/** As Prometheus' own client libraries have them. */
export function standardProcessMetrics(registry: Registry, clock: Pick<Clock, 'now'>): void {
  const startedSeconds = clock.now().getTime() / 1_000 - uptime();
  const each = (name: string, help: string, read: () => number): void => {
    gauge(registry, { name, help, labels: [] }, () => [[{}, read()]]);
  };
  each('process_start_time_seconds', 'When the process started, as Unix time', () => startedSeconds);
  each('process_resident_memory_bytes', 'Memory of the process', () => memoryUsage.rss());
  readCounter(registry, { name: 'process_cpu_seconds_total', help: 'Processor time used' }, () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1e6;
  });
}

export function leaderMetrics(registry: Registry, status: () => Sample<'name'>): void {
  const help = '1 while this replica leads, 0 while it stands by';
  gauge(registry, { name: 'leader_election_master_status', help, labels: ['name'] }, () => [status()]);
}
