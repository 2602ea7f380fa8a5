// controllers: what is told of each request to Xray: how many and how long, a line in the log, and a part of the trace that it belongs to.
import { type Clock, counter, histogram, type Logger, type Manager, type Tracing } from '@dot-kube/operator';
import type { Around, XrayCall } from '../../scan/xray/transport.js';
import { XrayError } from '../../scan/xray/xray-error.js';

export interface XrayWatch {
  readonly registry: Manager['registry'];
  readonly log: Logger;
  readonly tracing: Tracing;
  readonly clock: Clock;
}

const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const OK = 'Ok';

/** What came of a request, in one word; `Aborted`: it was no longer wanted. */
interface Ended {
  readonly outcome: string;
  readonly status?: number;
}

export function aroundXray({ registry, log, tracing, clock }: XrayWatch): Around {
  const measure = measures(registry);
  return async ({ call, id, method }, send) =>
    tracing.within(`xray ${call}`, { 'http.request.method': method, 'xray.request.id': id }, async (span) => {
      const startedMs = clock.monotonicMs();
      const end = ({ outcome, status }: Ended): void => {
        const seconds = (clock.monotonicMs() - startedMs) / 1_000;
        measure(call, outcome, seconds);
        if (status !== undefined) span.set({ 'http.response.status_code': status });
        if (outcome !== OK) span.fail(outcome);
        const fields = { requestID: id, call, outcome, seconds: Math.round(seconds * 1_000) / 1_000 };
        if (outcome === OK || outcome === 'Aborted') log.debug('Xray was asked', fields);
        else log.warn('Xray was asked, and did not answer as it should', fields);
      };
      try {
        const answer = await send();
        end({ outcome: OK });
        return answer;
      } catch (error) {
        end(endedBy(error, call));
        throw error;
      }
    });
}

/** That a server lacks a call, or does not know an artifact, is an answer. */
function endedBy(error: unknown, call: XrayCall): Ended {
  if (!(error instanceof XrayError)) return { outcome: 'Aborted' };
  const { code, status } = error;
  const isAnswer = status === 404 && call !== 'version';
  return { outcome: isAnswer ? OK : code, ...(status === undefined ? {} : { status }) };
}

function measures(registry: Manager['registry']): (call: XrayCall, outcome: string, seconds: number) => void {
  const total = counter(registry, {
    name: 'kubexray_xray_requests_total',
    help: 'Requests to Xray, by what was asked and what came of it.',
    labels: ['call', 'outcome'],
  });
  const duration = histogram(registry, {
    name: 'kubexray_xray_request_duration_seconds',
    help: 'How long Xray took, until its whole answer was read.',
    labels: ['call'],
    buckets: BUCKETS,
  });
  return (call, outcome, seconds) => {
    total.inc({ call, outcome });
    duration.observe({ call }, seconds);
  };
}
