// reconcile: takes keys off the queue and runs the reconciler, with one switch over what may come of it.
import { randomUUID } from 'node:crypto';
import type { RateLimiter } from '../queue/rate-limiter.js';
import { KubeApiError } from '../client/api-error.js';
import { type AddOptions, type QueueObserver, type Taken, WorkQueue } from '../queue/work-queue.js';
import type { Logger } from '../telemetry/logger.js';
import { type Span, type Tracing, untraced } from '../telemetry/tracing.js';
import type { Clock } from '../time/clock.js';
import { isProgramFault, type Outcome, type Result, TerminalError } from './result.js';

/** One pass, as the queue knows it: a key, whatever it stands for. */
export interface KeyPass {
  readonly key: string;
  /** Aborts when the pass takes longer than it may, when the operator stops and will not wait, or leads no more. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /**
   * Says that it is known what is to be done about the key, and only the doing is left: for those who act once all is decided
   * (`Controller.undecided`). At the end of the pass it is known in any case.
   */
  readonly decided: () => void;
}

export type KeyReconciler = (pass: KeyPass) => Promise<Result>;

export interface PassLimits {
  /** Keys worked on at once. One key is never worked on twice at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** Hears of every pass: for metrics. */
export interface PassObserver {
  passed(outcome: Outcome, seconds: number): void;
  timedOut(): void;
  programFault(): void;
  retried(): void;
}

export interface ControllerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limiter: RateLimiter;
  readonly passes: PassObserver;
  readonly queue: QueueObserver;
  /** Nothing is traced by default. */
  readonly tracing?: Tracing;
}

export interface StopSignals {
  /** No more keys are given out; passes under way may end. */
  readonly stop: AbortSignal;
  /** Passes under way are to end now. */
  readonly abort: AbortSignal;
}

export class Controller {
  readonly name: string;
  readonly limits: PassLimits;
  readonly #reconcile: KeyReconciler;
  readonly #ports: ControllerPorts;
  readonly #queue: WorkQueue;
  readonly #underWay = new Set<AbortController>();

  constructor(name: string, limits: PassLimits, reconcile: KeyReconciler, ports: ControllerPorts) {
    this.name = name;
    this.limits = limits;
    this.#reconcile = reconcile;
    this.#ports = { ...ports, log: ports.log.child({ controller: name }) };
    this.#queue = new WorkQueue(ports.clock, ports.queue);
  }

  /** For metrics. */
  get queue(): Pick<WorkQueue, 'depths' | 'workingSeconds'> {
    return this.#queue;
  }

  /**
   * How many keys of a higher priority than `above` are due, and no pass has decided yet what is to be done about them: those that
   * wait, and those whose pass is under way and has not said so.
   */
  undecided(above?: number): number {
    return this.#queue.undecided(above);
  }

  get activePasses(): number {
    return this.#underWay.size;
  }

  enqueue(key: string, options: AddOptions = {}): void {
    this.#queue.add(key, options);
  }

  /** The event that brought the key was the echo of what the pass itself has just written. */
  takeBack(key: string, cause: string): void {
    this.#queue.takeBack(key, cause);
  }

  /** Works until `stop` aborts; resolves once those passes that were under way have ended. */
  async run({ stop, abort }: StopSignals): Promise<void> {
    const close = (): void => {
      this.#queue.close();
    };
    const abortAll = (): void => {
      close();
      for (const pass of this.#underWay) pass.abort(abort.reason);
    };
    stop.addEventListener('abort', close, { once: true });
    abort.addEventListener('abort', abortAll, { once: true });
    if (stop.aborted || abort.aborted) close();
    await Promise.all(Array.from({ length: this.limits.concurrency }, async () => this.#work(abort)));
    stop.removeEventListener('abort', close);
    abort.removeEventListener('abort', abortAll);
  }

  async #work(abort: AbortSignal): Promise<void> {
    for (let taken = await this.#queue.take(); taken !== undefined; taken = await this.#queue.take()) {
      await this.#pass(taken, abort);
      this.#queue.done(taken.key); // only now: what goes on beyond its time keeps its key
    }
  }

  async #pass(taken: Taken, abort: AbortSignal): Promise<void> {
    const { clock, log, passes } = this.#ports;
    const startedMs = clock.monotonicMs();
    const pass = new AbortController();
    const timer = clock.timer(this.limits.timeoutMs, () => {
      passes.timedOut();
      pass.abort(new Error(`the pass took longer than ${this.limits.timeoutMs} ms`));
    });
    this.#underWay.add(pass);
    if (abort.aborted) pass.abort(abort.reason); // its key was given out just before
    const outcome = await this.#traced(taken.key, async (span, id) =>
      this.#attempt(taken, pass.signal, { span, log: log.child({ key: taken.key, reconcileID: id }) }),
    );
    this.#underWay.delete(pass);
    timer.cancel();
    passes.passed(outcome, (clock.monotonicMs() - startedMs) / 1_000);
  }

  /** The same id is in each line of the pass and in its trace. */
  async #traced(key: string, pass: (span: Span, id: string) => Promise<Outcome>): Promise<Outcome> {
    const { tracing = untraced } = this.#ports;
    const id = randomUUID();
    const attributes = { 'reconcile.controller': this.name, 'reconcile.key': key, 'reconcile.id': id };
    return tracing.begin(`reconcile ${this.name}`, attributes, async (span) => {
      const outcome = await pass(span, id);
      span.set({ 'reconcile.result': outcome });
      return outcome;
    });
  }

  async #attempt({ key, priority }: Taken, signal: AbortSignal, { log, span }: Telling): Promise<Outcome> {
    const { limiter } = this.#ports;
    try {
      const { requeueAfterMs } = await this.#reconcile({ key, signal, log, decided: this.#decided(key) });
      if (Number.isNaN(requeueAfterMs)) throw new RangeError('requeueAfterMs is no number');
      limiter.forget(key);
      if (requeueAfterMs === undefined) return 'success';
      this.#queue.add(key, { priority, afterMs: Math.max(1, requeueAfterMs) });
      return 'requeue_after';
    } catch (error) {
      span.fail(reasonOf(error));
      if (isProgramFault(error)) this.#ports.passes.programFault();
      if (error instanceof TerminalError) {
        limiter.forget(key);
        log.error(`not retried: ${error.message}`, { error });
        return 'terminal_error';
      }
      this.#retry({ key, priority }, error, log);
      return 'error';
    }
  }

  #decided(key: string): () => void {
    return () => {
      this.#queue.decided(key);
    };
  }

  #retry({ key, priority }: Taken, error: unknown, log: Logger): void {
    const afterMs = this.#ports.limiter.failed(key);
    this.#ports.passes.retried();
    log.warn(`failed, tried again in ${Math.round(afterMs)} ms: ${messageOf(error)}`, { error });
    this.#queue.add(key, { priority, afterMs });
  }
}

interface Telling {
  readonly log: Logger;
  readonly span: Span;
}

/** A word: a message may quote a server. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) return error instanceof KubeApiError ? error.reason : error.name;
  return 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
