// controllers: says of each exception whether it holds and what it waives now, and says once that it ended, when it does.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Result, Store, Writer } from '@dot-kube/operator';
import { API_VERSION, xrayExceptions } from '../../api/v1alpha1/coordinates.js';
import type { XrayExceptionStatus } from '../../api/v1alpha1/types.js';
import type { CompiledException } from '../../evaluate/exception.js';
import { isActive } from '../../evaluate/waiver.js';
import { exceptions } from '../../observe/resources.js';
import { exceptionStatus } from '../../report/policies/exception-status.js';
import type { PolicyLedger } from '../../report/policies/policy-ledger.js';
import { WriteThrottle } from '../../report/write-throttle.js';
import type { ObservedException, PolicyBook } from './policy-book.js';

const MIN_BETWEEN_WRITES_MS = 3_000;

export interface ExceptionPorts {
  readonly store: Pick<Store<ObservedException>, 'get'>;
  readonly book: Pick<PolicyBook, 'exception'>;
  readonly ledger: PolicyLedger;
  readonly writer: (signal: AbortSignal) => Pick<Writer, 'applyStatus'>;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

export class ExceptionController {
  readonly #ports: ExceptionPorts;
  readonly #throttle = new WriteThrottle(MIN_BETWEEN_WRITES_MS);

  constructor(ports: ExceptionPorts) {
    this.#ports = ports;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const { store, book, ledger, clock } = this.#ports;
    const [namespace = '', name = ''] = key.split('/');
    const exception = store.get({ namespace, name });
    const compiled = book.exception({ namespace, name });
    if (exception === undefined || compiled === undefined) {
      this.#throttle.forget(key);
      return {};
    }
    const now = clock.now();
    const { generation, status: previous } = exception;
    const tally = ledger.isSettled ? ledger.exception(key) : undefined;
    const status = exceptionStatus({ generation, compiled, tally, previous, now });
    const isNews = !isDeepStrictEqual(previous, status);
    const waitMs = isNews ? this.#throttle.waitMs(key, clock.monotonicMs()) : 0;
    if (isNews && waitMs === 0) {
      this.#throttle.wrote(key, clock.monotonicMs());
      await this.#write(exception, status, signal);
    }
    return soonest(waitMs, untilEndMs(compiled, now));
  }

  async #write(exception: ObservedException, status: XrayExceptionStatus, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid, spec } = exception;
    const { kind } = xrayExceptions;
    const { reason, message = '' } = status.conditions?.find(({ type }) => type === 'Ready') ?? {};
    if (reason === 'Expired') {
      const regarding = { apiVersion: API_VERSION, kind, namespace, name, uid };
      const event = { type: 'Normal', reason, action: 'Expire', note: message, once: spec.expiresAt } as const;
      await this.#ports.events.record({ regarding, ...event }, signal);
    }
    await this.#ports.writer(signal).applyStatus(exceptions, exception, status, { uid });
  }
}

/** Undefined where it has ended, or never began. */
function untilEndMs(compiled: CompiledException, now: Date): number | undefined {
  if (!compiled.ok || !isActive(compiled.exception, now)) return undefined;
  return compiled.exception.expiresAt.getTime() - now.getTime();
}

function soonest(waitMs: number, endMs: number | undefined): Result {
  if (waitMs === 0) return endMs === undefined ? {} : { requeueAfterMs: endMs };
  return { requeueAfterMs: Math.min(waitMs, endMs ?? waitMs) };
}
