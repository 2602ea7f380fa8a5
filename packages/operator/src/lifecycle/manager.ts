// lifecycle: declares what an operator is made of, starts it in order (servers, what every replica serves, caches, lease, controllers
// and parts) and stops it in reverse.
import { Registry } from 'prom-client';
import { Interner } from '../cache/interner.js';
import type { Handler } from '../cache/shared-cache.js';
import type { Origin, Store } from '../cache/store.js';
import type { KubeClient } from '../client/kube-client.js';
import { StatusPace } from '../client/status-pace.js';
import { type Answer, Writer } from '../client/writer.js';
import { type EventRecorder, Recorder } from '../events/recorder.js';
import { type ElectionOptions, Elector } from '../leader/elector.js';
import { retryLimiter } from '../queue/rate-limiter.js';
import { type ControllerHost, ControllerBuilder } from '../reconcile/builder.js';
import { Controller } from '../reconcile/controller.js';
import { collectionPath, type ResourceCoordinates } from '../resource/coordinates.js';
import type { Kept, Resource, WireObject } from '../resource/resource.js';
import { type ControllerMetrics, controllerMetrics } from '../telemetry/controller-metrics.js';
import { informerMetrics } from '../telemetry/informer-metrics.js';
import type { Logger } from '../telemetry/logger.js';
import {
  type LoopDelay,
  leaderMetrics,
  processMetrics,
  standardProcessMetrics,
  watchLoopDelay,
} from '../telemetry/process-metrics.js';
import { requestMetrics } from '../telemetry/request-metrics.js';
import type { Tracing } from '../telemetry/tracing.js';
import { type Clock, systemClock } from '../time/clock.js';
import { Informer, type InformerObserver } from '../watch/informer.js';
import { type State, livenessProblems, readinessProblems, type WatchHealth } from './health.js';
import { type HttpServer, serve } from './http-server.js';
import { Serving } from './serving.js';
import { type Part, type ServingPart, work } from './work.js';

export interface ManagerOptions {
  readonly client: KubeClient;
  readonly log: Logger;
  /** `reportingController` of Events and start of field managers, as in `example.com/operator`. */
  readonly name: string;
  /** Which of several replicas this is; usually the pod's name. */
  readonly instance: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly registry?: Registry;
  /** Each pass is a trace, each of its requests to the API server a part of it; nothing is traced by default. */
  readonly tracing?: Tracing;
  /** 0 = any free port; none = no server. */
  readonly healthPort?: number;
  readonly metricsPort?: number;
  /** Of several replicas only the one that holds the lease works; the others keep their caches ready. None = no lease. */
  readonly leaderElection?: ElectionOptions;
  /** How often all is looked at again although nothing has changed; 10 hours, ± 10 %, by default. */
  readonly resyncMs?: number;
}

const SYNC_LIMIT_MS = 5 * 60_000;
const RESYNC_MS = 10 * 3_600_000;

type AnyInformer = Pick<
  Informer<Kept, string>,
  | 'name'
  | 'coordinates'
  | 'wrote'
  | 'wroteUnasked'
  | 'known'
  | 'size'
  | 'isSynced'
  | 'isInstalled'
  | 'synced'
  | 'syncSeconds'
  | 'lastHeardMs'
  | 'lastActiveMs'
  | 'trouble'
  | 'run'
>;

type Defaults = Required<Pick<ManagerOptions, 'clock' | 'random' | 'registry' | 'resyncMs'>>;

export class Manager {
  readonly client: KubeClient;
  readonly #recorder: Recorder;
  readonly registry: Registry;
  readonly #options: ManagerOptions & Defaults;
  readonly #metrics: {
    readonly controllers: ControllerMetrics;
    readonly informers: (watch: string) => InformerObserver;
  };
  readonly #informers = new Map<object, AnyInformer>();
  readonly #controllers: Controller[] = [];
  readonly #parts: Part[] = [];
  readonly #serving: ServingPart[] = [];
  readonly #interner = new Interner();
  readonly #elector: Elector | undefined;
  readonly #loop: LoopDelay;
  readonly #pace: StatusPace<Answer>;
  #state: State | 'declaring' = 'declaring';

  constructor(options: ManagerOptions) {
    const { client, clock = systemClock, random = Math.random, registry = new Registry(), log } = options;
    const { name, instance } = options;
    this.#options = { resyncMs: RESYNC_MS, ...options, clock, random, registry };
    this.client = client;
    this.registry = registry;
    this.#recorder = new Recorder({ client, clock, log, controller: name, instance });
    this.#loop = watchLoopDelay(clock);
    this.#pace = new StatusPace(clock);
    this.#metrics = {
      controllers: controllerMetrics(registry, () => this.#controllers),
      informers: informerMetrics(registry, clock, () => [...this.#informers.values()]),
    };
    client.observe(requestMetrics(registry));
    if (options.tracing !== undefined) client.trace(options.tracing);
    processMetrics(registry, this.#loop);
    standardProcessMetrics(registry, clock);
    if (options.leaderElection === undefined) return;
    const elector = new Elector(options.leaderElection, { client: client.urgent, clock, random, log });
    this.#elector = elector;
    client.guardWrites(() => elector.isLeading);
    leaderMetrics(registry, () => [{ name: elector.name }, Number(elector.isLeading)]);
  }

  get events(): EventRecorder {
    return this.#recorder;
  }

  /** How each watch stands at the moment: what the probes go by. */
  get watches(): readonly WatchHealth[] {
    const nowMs = this.#options.clock.monotonicMs();
    return [...this.#informers.values()].map(({ name, isSynced, trouble, lastHeardMs, lastActiveMs }) => ({
      name,
      isSynced,
      trouble,
      silentMs: nowMs - lastHeardMs,
      idleMs: nowMs - lastActiveMs,
    }));
  }

  /** The cache of a resource; all who name the same `Resource` share one. */
  store<T extends Kept, I extends string>(resource: Resource<T, I>): Store<T, I> {
    return this.#informer(resource).store;
  }

  /** @param handler called for each change, in order; it must not wait for anything */
  watch<T extends Kept, I extends string>(resource: Resource<T, I>, handler: Handler<T>): void {
    this.#informer(resource).on(handler);
  }

  /**
   * Whether the API server has the kind of a watched resource, as of the last list or the question that is asked of an
   * `optional` one every 30 seconds. False until the first answer.
   */
  isInstalled<T extends Kept, I extends string>(resource: Resource<T, I>): boolean {
    return this.#informer(resource).isInstalled;
  }

  /** Begins the declaration of a controller, which ends with `reconcile`. */
  controller(name: string): ControllerBuilder {
    return new ControllerBuilder<never>({ name, host: this.#host, primary: undefined, attached: [], options: {} });
  }

  /**
   * Typed writes whose answers are in the cache at once.
   *
   * @param fieldManager at most 128 characters
   * @param origin told with what the caches say of these writes, so that a pass need not come back for what it wrote itself
   */
  writer(fieldManager: string, signal: AbortSignal, origin?: Origin): Writer {
    return new Writer({
      client: this.client,
      fieldManager,
      signal,
      pace: this.#pace,
      ...(origin === undefined ? {} : { origin }),
      wrote: (resource, wire, from) => this.#wrote(resource, wire, from),
      wroteAt: (coordinates, wire, from) => {
        for (const informer of this.#informersOf(coordinates)) informer.wroteUnasked(wire, from);
      },
      known: (coordinates, key) => this.#informersOf(coordinates).map((informer) => informer.known(key)),
      now: () => this.#options.clock.now(),
    });
  }

  addPart(part: Part): void {
    this.#parts.push(part);
  }

  /** On every replica, as web hooks are; what is wrong with it is said by `/readyz`. */
  addServing(part: ServingPart): void {
    this.#serving.push(part);
  }

  /**
   * Runs until `signal` aborts, then stops in order: not ready, no new keys, passes under way (at most 20 s), parts,
   * caches, what every replica serves, Events that wait (at most 2 s), lease, servers.
   *
   * @throws LeadershipLost when the lease could not be kept; end the process then
   * @throws Error when a port is taken, a cache is not in step within 5 minutes, or a part ends before it was told to
   */
  async start(signal: AbortSignal): Promise<void> {
    this.#state = 'starting';
    const { log } = this.#options;
    const servers: HttpServer[] = [];
    const serving = new Serving(this.#serving, log);
    const stop = AbortSignal.any([signal, serving.broken]);
    const caches = new AbortController();
    const watching: Promise<void>[] = [];
    try {
      await this.#serve(servers);
      serving.begin(); // before the caches: what they list may have to be converted by a web hook
      for (const informer of this.#informers.values()) watching.push(informer.run(caches.signal));
      await this.#sync(stop);
      log.info('the caches are in step', { ports: servers.map(({ port }) => port) });
      if (!stop.aborted) await this.#lead(stop);
      serving.broken.throwIfAborted();
    } finally {
      this.#state = 'stopping';
      caches.abort(new Error('the operator stops'));
      await Promise.all(watching);
      await serving.end();
      await this.#recorder.close();
      await this.#elector?.release();
      this.#loop.stop();
      await Promise.all(servers.map(async (server) => server.close()));
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#state = 'standby';
    await this.#elector?.acquire(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    this.#state = 'running';
    const keep = new AbortController();
    const lost = this.#elector?.keep(keep.signal) ?? new Promise<never>(() => undefined);
    try {
      const { clock, log } = this.#options;
      const onStopping = (): void => {
        this.#state = 'stopping';
      };
      await work({ controllers: this.#controllers, parts: this.#parts, lost, clock, log, onStopping }, signal);
    } finally {
      keep.abort(new Error('the work is done'));
      if (this.#elector !== undefined) await Promise.allSettled([lost]);
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const done = new AbortController();
    const late = clock.sleep(SYNC_LIMIT_MS, AbortSignal.any([signal, done.signal])).then(() => {
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

  async #serve(servers: HttpServer[]): Promise<void> {
    const { healthPort, metricsPort } = this.#options;
    const answerOf = (problems: readonly string[]) =>
      problems.length === 0 ? { status: 200, body: 'ok\n' } : { status: 503, body: `${problems.join('\n')}\n` };
    const health = {
      '/healthz': () => answerOf(this.#liveness()),
      '/readyz': () => {
        const serving = this.#serving.flatMap(({ problem }) => problem ?? []);
        return answerOf(
          readinessProblems(this.#state === 'declaring' ? 'starting' : this.#state, this.watches, serving),
        );
      },
    };
    const metrics = {
      '/metrics': async () => ({
        status: 200,
        body: await this.registry.metrics(),
        contentType: this.registry.contentType,
      }),
    };
    if (healthPort !== undefined) servers.push(await serve(health, healthPort));
    if (metricsPort !== undefined) servers.push(await serve(metrics, metricsPort));
  }

  #liveness(): readonly string[] {
    return livenessProblems({
      loopDelaySeconds: this.#loop.p99Seconds(),
      leaseOverdueMs: this.#elector?.overdueMs ?? 0,
      watches: this.watches,
    });
  }

  readonly #host: ControllerHost = {
    watch: (resource, handler) => {
      this.watch(resource, handler);
    },
    watchEchoes: (resource, handler) => {
      this.#informer(resource).onEcho(handler);
    },
    store: (resource) => this.store(resource),
    writerFor: (controller, signal, origin) => this.writer(`${this.#options.name}/${controller}`, signal, origin),
    start: (name, limits, retries, reconcile) => {
      const { clock, log, random, tracing } = this.#options;
      const controller = new Controller(name, limits, reconcile, {
        clock,
        log,
        limiter: retryLimiter(retries, () => clock.monotonicMs(), random),
        passes: this.#metrics.controllers.passes(name),
        queue: this.#metrics.controllers.queue(name),
        ...(tracing === undefined ? {} : { tracing }),
      });
      this.#controllers.push(controller);
      return controller;
    },
  };

  // Of another version the same object has other fields.
  #informersOf(coordinates: ResourceCoordinates): readonly AnyInformer[] {
    const path = collectionPath(coordinates);
    return [...this.#informers.values()].filter((informer) => collectionPath(informer.coordinates) === path);
  }

  // What nobody watches has no cache, and none is begun for a write.
  #wrote<T extends Kept, I extends string>(resource: Resource<T, I>, wire: WireObject, origin?: Origin): T {
    return this.#informers.has(resource) ? this.#informer(resource).wrote(wire, origin) : resource.keep(wire);
  }

  #informer<T extends Kept, I extends string>(resource: Resource<T, I>): Informer<T, I> {
    const known = this.#informers.get(resource);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what is found under a resource was made for it, below
    if (known !== undefined) return known as unknown as Informer<T, I>;
    if (this.#state !== 'declaring') throw new Error(`${resource.name}: declare what is watched before start()`);
    const { clock, log, random, resyncMs } = this.#options;
    const informer = new Informer<T, I>(resource, {
      client: this.client,
      clock,
      random,
      log,
      interner: this.#interner,
      observer: this.#metrics.informers(resource.name),
      resyncMs,
    });
    this.#informers.set(resource, informer);
    return informer;
  }
}
