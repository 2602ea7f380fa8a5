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
  const read = counter(registry, {
    name: 'certwatcher_read_certificate_total',
    help: 'How often the certificate was read',
    labels: [],
  });
  const unusable = counter(registry, {
    name: 'certwatcher_read_certificate_errors_total',
    help: 'How often what was read was no certificate to use; the former one stays',
    labels: [],
  });
  return {
    of: requestMetrics(registry),
    certificateRead: (isUsable) => {
      read.inc();
      if (!isUsable) unusable.inc();
    },
  };
}

function requestMetrics(registry: Registry): WebhookMetrics['of'] {
  const underWay = new Map<string, number>();
  const requests = counter(registry, {
    name: 'controller_runtime_webhook_requests_total',
    help: 'Requests by the HTTP status of their answer; 504: none was there in time',
    labels: ['webhook', 'code'],
  });
  const seconds = histogram(registry, {
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'How long an answer took',
    labels: ['webhook'],
    buckets: BUCKETS,
  });
  const verdicts = counter(registry, {
    name: 'controller_runtime_webhook_admission_responses_total',
    help: 'Answers to AdmissionReviews by what they say',
    labels: ['webhook', 'allowed', 'admission_code'],
  });
  const panics = counter(registry, {
    name: 'controller_runtime_webhook_panics_total',
    help: 'Handlers that threw',
    labels: [],
  });
  gauge(
    registry,
    { name: 'controller_runtime_webhook_requests_in_flight', help: 'Requests under way', labels: ['webhook'] },
    () => [...underWay].map(([webhook, count]) => [{ webhook }, count] as const),
  );
  return (webhook) => {
    const count = (by: number): void => {
      underWay.set(webhook, (underWay.get(webhook) ?? 0) + by);
    };
    count(0); // there from the start, as are those: an increase from nothing at all is none to Prometheus
    for (const code of ['200', '500']) requests.inc({ webhook, code }, 0);
    return {
      began: () => {
        count(1);
        return (status, took) => {
          count(-1);
          requests.inc({ webhook, code: String(status) });
          seconds.observe({ webhook }, took);
        };
      },
      decided: (allowed, code) => {
        verdicts.inc({ webhook, allowed: String(allowed), admission_code: String(code) });
      },
      failed: () => {
        panics.inc();
      },
    };
  };
}
