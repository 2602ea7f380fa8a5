// telemetry: what controllers and their queues do, under the names that dashboards for controller-runtime already use.
import type { Registry } from 'prom-client';
import type { QueueObserver } from '../queue/work-queue.js';
import type { Controller, PassObserver } from '../reconcile/controller.js';
import type { Outcome } from '../reconcile/result.js';
import { counter, gauge, histogram, type Sample } from './instruments.js';

const PASS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];

// controller-runtime counts a terminal error as an error, and has a counter of its own for it.
const results: Readonly<Record<Outcome, 'success' | 'requeue_after' | 'error'>> = {
  success: 'success',
  requeue_after: 'requeue_after',
  error: 'error',
  terminal_error: 'error',
};

export interface ControllerMetrics {
  passes(controller: string): PassObserver;
  queue(controller: string): QueueObserver;
}

export function controllerMetrics(registry: Registry, controllers: () => readonly Controller[]): ControllerMetrics {
  const passes = passMetrics(registry, controllers);
  const queue = queueMetrics(registry, controllers);
  const retries = counter(registry, {
    name: 'workqueue_retries_total',
    help: 'Keys that were put back because a pass failed',
    labels: ['name', 'controller'],
  });
  return {
    passes: (controller) => ({
      ...passes(controller),
      retried: () => {
        retries.inc({ name: controller, controller });
      },
    }),
    queue,
  };
}

function passMetrics(
  registry: Registry,
  controllers: () => readonly Controller[],
): (controller: string) => Omit<PassObserver, 'retried'> {
  const count = (name: string, help: string) => counter(registry, { name, help, labels: ['controller'] });
  const total = counter(registry, {
    name: 'controller_runtime_reconcile_total',
    help: 'Passes by what came of them',
    labels: ['controller', 'result'],
  });
  const errors = count('controller_runtime_reconcile_errors_total', 'Passes that failed');
  const terminal = count('controller_runtime_terminal_reconcile_errors_total', 'Passes that failed for good');
  const faults = count('controller_runtime_reconcile_panics_total', 'Passes that ended in a fault of the program');
  const timeouts = count('controller_runtime_reconcile_timeouts_total', 'Passes that took longer than they may');
  const seconds = histogram(registry, {
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a pass took',
    labels: ['controller'],
    buckets: PASS_BUCKETS,
  });
  const each = (name: string, help: string, of: (controller: Controller) => number): void => {
    gauge(registry, { name, help, labels: ['controller'] }, () =>
      controllers().map((controller) => [{ controller: controller.name }, of(controller)] as const),
    );
  };
  each('controller_runtime_max_concurrent_reconciles', 'Passes that may run at once', (c) => c.limits.concurrency);
  each('controller_runtime_active_workers', 'Passes that run now', (c) => c.activePasses);
  return (controller) => {
    // There from the start, at 0: an increase from nothing at all is none to Prometheus.
    for (const one of [errors, terminal, faults, timeouts]) one.inc({ controller }, 0);
    for (const result of new Set(Object.values(results))) total.inc({ controller, result }, 0);
    return {
      passed: (outcome, took) => {
        total.inc({ controller, result: results[outcome] });
        seconds.observe({ controller }, took);
        if (outcome === 'error' || outcome === 'terminal_error') errors.inc({ controller });
        if (outcome === 'terminal_error') terminal.inc({ controller });
      },
      timedOut: () => {
        timeouts.inc({ controller });
      },
      programFault: () => {
        faults.inc({ controller });
      },
    };
  };
}

function queueMetrics(registry: Registry, controllers: () => readonly Controller[]): ControllerMetrics['queue'] {
  const labels = ['name', 'controller'] as const;
  const adds = counter(registry, { name: 'workqueue_adds_total', help: 'Keys that came to wait', labels });
  const waited = histogram(registry, {
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waited to be worked on',
    labels,
    buckets: QUEUE_BUCKETS,
  });
  const worked = histogram(registry, {
    name: 'workqueue_work_duration_seconds',
    help: 'How long a key was worked on',
    labels,
    buckets: QUEUE_BUCKETS,
  });
  gauge(
    registry,
    { name: 'workqueue_depth', help: 'Keys that wait, by priority', labels: [...labels, 'priority'] },
    () => controllers().flatMap(depths),
  );
  const working = (name: string, help: string, of: (seconds: readonly number[]) => number): void => {
    gauge(registry, { name, help, labels }, () =>
      controllers().map((c) => [{ name: c.name, controller: c.name }, of(c.queue.workingSeconds())] as const),
    );
  };
  working('workqueue_unfinished_work_seconds', 'Time spent so far on keys that are being worked on', (all) =>
    all.reduce((sum, seconds) => sum + seconds, 0),
  );
  working('workqueue_longest_running_processor_seconds', 'The longest time so far on one key', (all) =>
    Math.max(0, ...all),
  );
  return (controller) => {
    const where = { name: controller, controller };
    return {
      added: () => {
        adds.inc(where);
      },
      taken: (seconds) => {
        waited.observe(where, seconds);
      },
      worked: (seconds) => {
        worked.observe(where, seconds);
      },
    };
  };
}

function depths({ name, queue }: Controller): Sample<'name' | 'controller' | 'priority'>[] {
  return queue.depths().map(([priority, depth]) => [{ name, controller: name, priority: String(priority) }, depth]);
}
