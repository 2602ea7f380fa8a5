// telemetry: requests to the API server, under client-go's names.
import type { Registry } from 'prom-client';
import type { RequestObserver } from '../client/sender.js';
import { counter, histogram } from './instruments.js';

const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]; // as client-go

export function requestMetrics(registry: Registry): RequestObserver {
  const total = counter(registry, {
    name: 'rest_client_requests_total',
    help: 'Requests to the API server; code 0 means that no answer came',
    labels: ['code', 'method', 'host'],
  });
  const seconds = histogram(registry, {
    name: 'rest_client_request_duration_seconds',
    help: 'How long the API server took until the first byte',
    labels: ['verb', 'host'],
    buckets: BUCKETS,
  });
  const retries = counter(registry, {
    name: 'rest_client_request_retries_total',
    help: 'Requests that were sent again',
    labels: ['code', 'verb', 'host'],
  });
  return {
    answered: ({ method, status, seconds: took, host }) => {
      total.inc({ code: String(status), method, host });
      seconds.observe({ verb: method, host }, took);
    },
    retried: ({ method, status, host }) => {
      retries.inc({ code: String(status), verb: method, host });
    },
  };
}
