// webhook: what the server does, under the names that controller-runtime has for it.
import { counter, gauge, histogram, type Registry } from '../telemetry/instruments.js';
import type { HookObserver } from './hook.js';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]; // client_golang's default

export interface WebhookObserver extends HookObserver {
  /** @returns what is to be called with the status of the answer */
  began(): (status: number, seconds: number) => void;
}

export interface WebhookMetrics {
  of(webhook: string): WebhookObserver;
  certificateRead(isUsable: boolean): void;
}

export function webhookMetrics(registry: Registry): WebhookMetrics {
  const count = (name: string, help: string) => counter(registry, { name, help, labels: [] });
  const read = count('certwatcher_read_certificate_total', 'How often the certificate was read');
  const unusable = count(
    'certwatcher_read_certificate_errors_total',
    'How often it could not be used: the former stays',
  );
  const panics = count('controller_runtime_webhook_panics_total', 'Handlers that threw');
  const verdicts = counter(registry, {
    name: 'controller_runtime_webhook_admission_responses_total',
    help: 'Answers to AdmissionReviews by what they say',
    labels: ['webhook', 'allowed', 'admission_code'],
  });
  const requests = requestMetrics(registry);
  return {
    of: (webhook) => ({
      began: requests(webhook),
      decided: (allowed, code) => {
        verdicts.inc({ webhook, allowed: String(allowed), admission_code: String(code) });
      },
      failed: () => {
        panics.inc();
      },
    }),
    certificateRead: (isUsable) => {
      read.inc();
      if (!isUsable) unusable.inc();
    },
  };
}

function requestMetrics(registry: Registry): (webhook: string) => WebhookObserver['began'] {
  const underWay = new Map<string, number>();
  const total = counter(registry, {
    name: 'controller_runtime_webhook_requests_total',
    help: 'Requests by the HTTP status of their answer; 504: there was none in time',
    labels: ['webhook', 'code'],
  });
  const seconds = histogram(registry, {
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'How long an answer took',
    labels: ['webhook'],
    buckets: BUCKETS,
  });
  gauge(
    registry,
    { name: 'controller_runtime_webhook_requests_in_flight', help: 'Requests under way', labels: ['webhook'] },
    () => [...underWay].map(([webhook, count]) => [{ webhook }, count] as const),
  );
  return (webhook) => {
    const add = (count: number): void => {
      underWay.set(webhook, (underWay.get(webhook) ?? 0) + count);
    };
    add(0); // there from the start, as are those: an increase from nothing at all is none to Prometheus
    for (const code of ['200', '500']) total.inc({ webhook, code }, 0);
    return () => {
      add(1);
      return (status, took) => {
        add(-1);
        total.inc({ webhook, code: String(status) });
        seconds.observe({ webhook }, took);
      };
    };
  };
}
