// telemetry: the framework's metrics, under the names that dashboards for controller-runtime and client-go already use.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Outcome } from '../reconcile/controller.js';

export interface FrameworkMetrics {
  readonly reconciled: (controller: string, outcome: Outcome, seconds: number) => void;
  readonly requested: (method: string, status: number, seconds: number) => void;
  readonly relisted: (watch: string, reason: string) => void;
  readonly restarted: (watch: string, reason: string) => void;
}

export interface Gauges {
  /** Read when somebody scrapes. */
  readonly queueDepths: () => Iterable<readonly [controller: string, depth: number]>;
  readonly storeSizes: () => Iterable<readonly [watch: string, size: number]>;
}

const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function frameworkMetrics(registry: Registry, gauges: Gauges): FrameworkMetrics {
  const reconciled = reconcileMetrics(registry);
  const requested = requestMetrics(registry);
  const relists = counter(registry, 'dotkube_informer_relists_total', 'Whole lists after the first one', [
    'watch',
    'reason',
  ]);
  const restarts = counter(registry, 'dotkube_informer_restarts_total', 'Watches that broke and were taken up again', [
    'watch',
    'reason',
  ]);
  gauge(registry, { name: 'workqueue_depth', help: 'Keys that wait', label: 'controller' }, gauges.queueDepths);
  gauge(
    registry,
    { name: 'dotkube_informer_objects', help: 'Objects in the cache', label: 'watch' },
    gauges.storeSizes,
  );
  return {
    reconciled,
    requested,
    relisted: (watch, reason) => {
      relists.inc({ watch, reason });
    },
    restarted: (watch, reason) => {
      restarts.inc({ watch, reason });
    },
  };
}

function reconcileMetrics(registry: Registry): FrameworkMetrics['reconciled'] {
  const total = counter(registry, 'controller_runtime_reconcile_total', 'Passes by controller and what came of them', [
    'controller',
    'result',
  ]);
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a pass took',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS,
    registers: [registry],
  });
  return (controller, result, took) => {
    total.inc({ controller, result });
    seconds.observe({ controller }, took);
  };
}

function requestMetrics(registry: Registry): FrameworkMetrics['requested'] {
  const help = 'Requests to the API server by method and status; code 0 means that no answer came';
  const total = counter(registry, 'rest_client_requests_total', help, ['method', 'code']);
  const seconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long the API server took until the first byte',
    labelNames: ['method'],
    registers: [registry],
  });
  return (method, status, took) => {
    total.inc({ method, code: String(status) });
    seconds.observe({ method }, took);
  };
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

interface GaugeText {
  readonly name: string;
  readonly help: string;
  readonly label: string;
}

function gauge(
  registry: Registry,
  { name, help, label }: GaugeText,
  read: () => Iterable<readonly [string, number]>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect(): void {
      for (const [value, number] of read()) this.set({ [label]: value }, number);
    },
  });
}
