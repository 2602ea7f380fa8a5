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

export function frameworkMetrics(registry: Registry, { queueDepths, storeSizes }: Gauges): FrameworkMetrics {
  const registers = [registry];
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Passes by controller and what came of them',
    labelNames: ['controller', 'result'],
    registers,
  });
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a pass took',
    labelNames: ['controller'],
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method and status; code 0 means that no answer came',
    labelNames: ['method', 'code'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long the API server took until the first byte',
    labelNames: ['method'],
    registers,
  });
  const relists = new Counter({
    name: 'dotkube_informer_relists_total',
    help: 'Whole lists after the first one',
    labelNames: ['watch', 'reason'],
    registers,
  });
  const restarts = new Counter({
    name: 'dotkube_informer_restarts_total',
    help: 'Watches that broke and were taken up again',
    labelNames: ['watch', 'reason'],
    registers,
  });
  gauge(registry, 'workqueue_depth', 'Keys that wait', 'controller', queueDepths);
  gauge(registry, 'dotkube_informer_objects', 'Objects in the cache', 'watch', storeSizes);
  return {
    reconciled: (controller, result, took) => {
      total.inc({ controller, result });
      seconds.observe({ controller }, took);
    },
    requested: (method, status, took) => {
      requests.inc({ method, code: String(status) });
      requestSeconds.observe({ method }, took);
    },
    relisted: (watch, reason) => {
      relists.inc({ watch, reason });
    },
    restarted: (watch, reason) => {
      restarts.inc({ watch, reason });
    },
  };
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  label: string,
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
