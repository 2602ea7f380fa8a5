// reconcile: takes keys off the queue and runs the reconciler, with one switch over what may come of it.
import { type AddOptions, type BackOff, WorkQueue } from '../queue/work-queue.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';

/** `requeueAfterMs`: look again then; nothing: wait for a change. A thrown error is retried, slower each time. */
export interface Result {
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  /** Aborts when the operator stops, or the pass takes longer than it may. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export type Reconciler = (key: string, context: ReconcileContext) => Promise<Result>;

/** Retrying changes nothing: it is logged and counted, and the key waits for a change. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconciler;
  /** Keys worked on at once; 4 by default. One key is never worked on twice at once. */
  readonly concurrency?: number;
  /** 60 s by default. */
  readonly timeoutMs?: number;
}

export type Outcome = 'success' | 'requeue_after' | 'error' | 'terminal_error';

export interface ControllerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly backOff: BackOff;
  readonly onOutcome: (outcome: Outcome, seconds: number) => void;
}

export class Controller {
  readonly name: string;
  readonly #options: Required<ControllerOptions>;
  readonly #ports: ControllerPorts;
  readonly #queue: WorkQueue;

  constructor(options: ControllerOptions, ports: ControllerPorts) {
    this.#options = { concurrency: 4, timeoutMs: 60_000, ...options };
    this.name = options.name;
    this.#ports = { ...ports, log: ports.log.child({ controller: options.name }) };
    this.#queue = new WorkQueue(ports.clock);
  }

  get depth(): number {
    return this.#queue.depth;
  }

  enqueue(key: string, options: AddOptions = {}): void {
    this.#queue.add(key, options);
  }

  /** Works until `signal` aborts; then takes no more keys, and resolves once those under way have ended. */
  async run(signal: AbortSignal): Promise<void> {
    const close = (): void => {
      this.#queue.close();
    };
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    await Promise.all(Array.from({ length: this.#options.concurrency }, async () => this.#work(signal)));
    signal.removeEventListener('abort', close);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      await this.#pass(key, signal);
      this.#queue.done(key);
    }
  }

  async #pass(key: string, signal: AbortSignal): Promise<void> {
    const { clock, log, onOutcome } = this.#ports;
    const startedMs = clock.monotonicMs();
    const outcome = await this.#attempt(key, signal, log.child({ key }));
    onOutcome(outcome, (clock.monotonicMs() - startedMs) / 1_000);
  }

  async #attempt(key: string, signal: AbortSignal, log: Logger): Promise<Outcome> {
    const { clock, backOff } = this.#ports;
    const late = new AbortController();
    const timer = clock.timer(this.#options.timeoutMs, () => {
      late.abort(new Error(`the pass took longer than ${this.#options.timeoutMs} ms`));
    });
    try {
      const { requeueAfterMs } = await this.#options.reconcile(key, {
        signal: AbortSignal.any([signal, late.signal]),
        log,
      });
      backOff.forget(key);
      if (requeueAfterMs === undefined) return 'success';
      this.#queue.add(key, { afterMs: Math.max(1, requeueAfterMs) });
      return 'requeue_after';
    } catch (error) {
      if (error instanceof TerminalError) {
        log.error(`not retried: ${error.message}`, { error });
        return 'terminal_error';
      }
      const afterMs = backOff.failed(key);
      if (!signal.aborted) log.warn(`failed, tried again in ${Math.round(afterMs)} ms: ${messageOf(error)}`, { error });
      this.#queue.add(key, { afterMs });
      return 'error';
    } finally {
      timer.cancel();
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
