// telemetry: what the watches do. The names are this framework's own; there are none that others agree upon.
import type { Registry } from 'prom-client';
import type { Clock } from '../time/clock.js';
import type { Informer, InformerObserver } from '../watch/informer.js';
import { counter, gauge } from './instruments.js';

export type InformerFigures = Pick<
  Informer<never, never>,
  'name' | 'size' | 'isSynced' | 'syncSeconds' | 'lastHeardMs' | 'trouble'
>;

export function informerMetrics(
  registry: Registry,
  clock: Clock,
  informers: () => readonly InformerFigures[],
): (watch: string) => InformerObserver {
  figures(registry, clock, informers);
  const { events, suppressed, relists, restarts, demotions, stalls, failures, unkept } = counters(registry);
  return (watch) => ({
    event: (type) => {
      events.inc({ watch, type });
    },
    suppressed: () => {
      suppressed.inc({ watch });
    },
    relist: (reason) => {
      relists.inc({ watch, reason });
    },
    restart: (reason) => {
      restarts.inc({ watch, reason });
      if (reason === 'silent') stalls.inc({ watch });
    },
    demoted: (reason) => {
      demotions.inc({ watch, reason });
    },
    handlerFailed: () => {
      failures.inc({ watch });
    },
    unkept: () => {
      unkept.inc({ watch });
    },
  });
}

function counters(registry: Registry) {
  const events = counter(registry, {
    name: 'dotkube_informer_events_total',
    help: 'What the API server told',
    labels: ['watch', 'type'],
  });
  const suppressed = counter(registry, {
    name: 'dotkube_informer_suppressed_total',
    help: 'Changes of nothing that is kept, of which nobody was told',
    labels: ['watch'],
  });
  const withReason = (name: string, help: string) => counter(registry, { name, help, labels: ['watch', 'reason'] });
  const relists = withReason('dotkube_informer_relists_total', 'Whole lists after the first one');
  const restarts = withReason(
    'dotkube_informer_restarts_total',
    'Lists and watches that broke and were taken up again',
  );
  const demotions = withReason('dotkube_informer_demotions_total', 'Changes from streamed lists to lists in pages');
  const stalls = counter(registry, {
    name: 'dotkube_informer_stalls_total',
    help: 'Connections that had gone silent without being closed',
    labels: ['watch'],
  });
  const failures = counter(registry, {
    name: 'dotkube_informer_handler_failures_total',
    help: 'Handlers that threw',
    labels: ['watch'],
  });
  const unkept = counter(registry, {
    name: 'dotkube_informer_unkept_total',
    help: 'Objects of which the projection, or an index, could make nothing',
    labels: ['watch'],
  });
  return { events, suppressed, relists, restarts, demotions, stalls, failures, unkept };
}

function figures(registry: Registry, clock: Clock, informers: () => readonly InformerFigures[]): void {
  const each = (name: string, help: string, of: (informer: InformerFigures) => number | undefined): void => {
    gauge(registry, { name, help, labels: ['watch'] }, () =>
      informers().flatMap((informer) => {
        const value = of(informer);
        return value === undefined ? [] : [[{ watch: informer.name }, value] as const];
      }),
    );
  };
  each('dotkube_informer_objects', 'Objects in the cache', ({ size }) => size);
  each('dotkube_informer_synced', '1 once the first whole list is in', ({ isSynced }) => Number(isSynced));
  each('dotkube_informer_sync_seconds', 'How long the first whole list took', ({ syncSeconds }) => syncSeconds);
  each('dotkube_informer_degraded', '1 while the API server refuses the watch', ({ trouble }) =>
    Number(trouble !== undefined),
  );
  each(
    'dotkube_informer_last_event_age_seconds',
    'How long the API server has said nothing',
    ({ lastHeardMs }) => (clock.monotonicMs() - lastHeardMs) / 1_000,
  );
}
