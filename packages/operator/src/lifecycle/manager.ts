// lifecycle: starts everything in order (servers, caches, parts, controllers) and stops it in reverse.
import { Registry } from 'prom-client';
import type { Store } from '../cache/store.js';
import type { KubeClient } from '../client/kube-client.js';
import { type EventRecorder, eventRecorder } from '../events/recorder.js';
import { exponentialBackOff } from '../queue/work-queue.js';
import { Controller, type ControllerOptions } from '../reconcile/controller.js';
import type { Kept, Resource } from '../resource/resource.js';
import { type FrameworkMetrics, frameworkMetrics } from '../telemetry/metrics.js';
import type { Logger } from '../telemetry/logger.js';
import { type Clock, systemClock } from '../time/clock.js';
import { type Handler, Informer } from '../watch/informer.js';
import { type HttpServer, serve } from './http-server.js';

export interface ManagerOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** `reportingController` of Events, as in `example.com/operator`. */
  readonly name: string;
  /** Which of several replicas this is; usually the pod's name. */
  readonly instance: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly registry?: Registry;
  /** 0 = any free port; none = no server. */
  readonly healthPort?: number;
  readonly metricsPort?: number;
}

/** Something long-running beside the controllers. It starts once the caches are in step and ends when `signal` aborts. */
export interface Part {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

const SYNC_LIMIT_MS = 5 * 60_000;
const DRAIN_LIMIT_MS = 20_000; // of the 30 s that a pod is given to end

type AnyInformer = Pick<Informer<Kept, string>, 'name' | 'isSynced' | 'synced' | 'run'> & {
  readonly store: { readonly size: number };
};

export class Manager {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly registry: Registry;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #options: ManagerOptions;
  readonly #metrics: FrameworkMetrics;
  readonly #informers = new Map<object, AnyInformer>();
  readonly #controllers: Controller[] = [];
  readonly #parts: Part[] = [];
  #state: 'starting' | 'running' | 'stopping' = 'starting';

  constructor(options: ManagerOptions) {
    const {
      client,
      log,
      name,
      instance,
      clock = systemClock,
      random = Math.random,
      registry = new Registry(),
    } = options;
    this.#options = options;
    this.client = client;
    this.registry = registry;
    this.#log = log;
    this.#clock = clock;
    this.#random = random;
    this.events = eventRecorder({ client, clock, controller: name, instance });
    this.#metrics = frameworkMetrics(registry, {
      queueDepths: () => this.#controllers.map((controller) => [controller.name, controller.depth] as const),
      storeSizes: () => [...this.#informers.values()].map((informer) => [informer.name, informer.store.size] as const),
    });
    client.observe(({ method, status, seconds }) => {
      this.#metrics.requested(method, status, seconds);
    });
  }

  /** The cache of a resource; all who name the same `Resource` share one. */
  store<T extends Kept, I extends string>(resource: Resource<T, I>): Store<T, I> {
    return this.#informer(resource).store;
  }

  /** @param handler called for each change, in order; it must not wait for anything */
  watch<T extends Kept, I extends string>(resource: Resource<T, I>, handler: Handler<T>): void {
    this.#informer(resource).on(handler);
  }

  controller(options: ControllerOptions): Controller {
    const controller = new Controller(options, {
      clock: this.#clock,
      log: this.#log,
      backOff: exponentialBackOff(this.#random),
      onOutcome: (outcome, seconds) => {
        this.#metrics.reconciled(options.name, outcome, seconds);
      },
    });
    this.#controllers.push(controller);
    return controller;
  }

  addPart(part: Part): void {
    this.#parts.push(part);
  }

  /**
   * Runs until `signal` aborts, then stops in order: not ready, no new keys, passes under way (at most 20 s), parts,
   * caches, servers.
   *
   * @throws Error when a cache is not in step within 5 minutes, or a part ends before it was told to
   */
  async start(signal: AbortSignal): Promise<void> {
    const servers = await this.#serve();
    const caches = new AbortController();
    const watching = [...this.#informers.values()].map(async (informer) => informer.run(caches.signal));
    try {
      await this.#sync(signal);
      if (!signal.aborted) await this.#work(signal);
    } finally {
      this.#state = 'stopping';
      caches.abort();
      await Promise.all(watching);
      await Promise.all(servers.map(async (server) => server.close()));
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    this.#state = 'running';
    const stop = new AbortController();
    const stopParts = new AbortController();
    const parts = this.#parts.map(async (part) => this.#runPart(part, stopParts.signal));
    const passes = Promise.all(this.#controllers.map(async (controller) => controller.run(stop.signal)));
    const told = aborted(signal);
    try {
      await Promise.race([told.promise, ...parts]);
    } finally {
      told.forget();
      this.#state = 'stopping';
      stop.abort(new Error('the operator stops'));
      await this.#atMost(DRAIN_LIMIT_MS, passes, 'passes under way');
      stopParts.abort(new Error('the operator stops'));
      await this.#atMost(DRAIN_LIMIT_MS, Promise.allSettled(parts), 'parts');
    }
  }

  async #runPart(part: Part, signal: AbortSignal): Promise<void> {
    await part.run(signal);
    if (!signal.aborted) throw new Error(`${part.name} ended although nobody told it to`);
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const late = this.#clock.sleep(SYNC_LIMIT_MS, AbortSignal.any([signal, done.signal])).then(() => {
      const missing = [...this.#informers.values()].filter(({ isSynced }) => !isSynced).map(({ name }) => name);
      throw new Error(`not in step within 5 minutes: ${missing.join(', ')}. May the operator list and watch them?`);
    });
    const all = Promise.all([...this.#informers.values()].map(async ({ synced }) => synced));
    try {
      await Promise.race([all, late]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      done.abort(new Error('in step'));
      await Promise.allSettled([late]);
    }
  }

  async #atMost(ms: number, work: Promise<unknown>, what: string): Promise<void> {
    const done = new AbortController();
    const late = this.#clock.sleep(ms, done.signal).then(
      () => {
        this.#log.warn(`${what} did not end within ${ms} ms; stopping without them`);
      },
      () => undefined,
    );
    await Promise.race([work, late]);
    done.abort(new Error('ended'));
    await late;
  }

  async #serve(): Promise<HttpServer[]> {
    const { healthPort, metricsPort } = this.#options;
    const health = {
      '/healthz': () => ({ status: 200, body: 'ok\n' }),
      '/readyz': () =>
        this.#state === 'running' ? { status: 200, body: 'ok\n' } : { status: 503, body: `${this.#state}\n` },
    };
    const metrics = {
      '/metrics': async () => ({
        status: 200,
        body: await this.registry.metrics(),
        contentType: this.registry.contentType,
      }),
    };
    const servers: HttpServer[] = [];
    if (healthPort !== undefined) servers.push(await serve(health, healthPort));
    if (metricsPort !== undefined) servers.push(await serve(metrics, metricsPort));
    return servers;
  }

  #informer<T extends Kept, I extends string>(resource: Resource<T, I>): Informer<T, I> {
    const known = this.#informers.get(resource);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what is found under a resource was made for it, four lines below
    if (known !== undefined) return known as unknown as Informer<T, I>;
    const informer = new Informer<T, I>(resource, {
      client: this.client,
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      onRelist: (reason) => {
        this.#metrics.relisted(informer.name, reason);
      },
      onRestart: (reason) => {
        this.#metrics.restarted(informer.name, reason);
      },
    });
    this.#informers.set(resource, informer);
    return informer;
  }
}

function aborted(signal: AbortSignal): { promise: Promise<void>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const listener = (): void => {
    resolve(undefined);
  };
  if (signal.aborted) listener();
  signal.addEventListener('abort', listener, { once: true });
  return {
    promise,
    forget: () => {
      signal.removeEventListener('abort', listener);
    },
  };
}
