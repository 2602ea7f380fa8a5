// leader: holds a Lease, so that of several replicas one works. client-go's rules: who has it renews it every 2 s; who
// could not for 10 s leads no more; nobody else takes it before 15 s have passed in which he saw no change of it.
//
// Only the own monotonic clock counts. A process that was stopped and goes on finds that its time is up before it sends
// anything, since `isLeading` is asked just before each write.
import { isApiError, KubeApiError } from '../client/api-error.js';
import type { KubeClient } from '../client/kube-client.js';
import { apiVersionOf, type ObjectKey, type ResourceCoordinates } from '../resource/coordinates.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { givenBack, heldBy, heldForMs, type Lease, type LeaseSpec, observe, type Observed } from './lease-record.js';

export interface ElectionOptions {
  /** Of the Lease. */
  readonly name: string;
  readonly namespace: string;
  /** Of this replica among all others, now and before: the pod's name and something random. */
  readonly identity: string;
  /** After which others may take it; 15 s by default. */
  readonly leaseMs?: number;
  /** After which a leader that could not renew it leads no more; 10 s by default. */
  readonly renewDeadlineMs?: number;
  /** Between two tries; 2 s by default. */
  readonly retryMs?: number;
}

export interface ElectorPorts {
  /** Must be able to write while nobody leads. */
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** This replica leads no more, although nobody told it to stop. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

const leases: ResourceCoordinates = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

const ROOM = 1.2; // client-go's JitterFactor, for which the three times have to leave room
const REQUEST_LIMIT_MS = 5_000;
const SPREAD = 0.1; // standbys do not all ask at once, and still find a lease that is given back within 3 s
const RELEASE_TRIES = 3;

export class Elector {
  readonly #ports: ElectorPorts;
  readonly #options: Required<ElectionOptions>;
  readonly #key: ObjectKey;
  #observed: Observed | undefined;
  /** When the request that last renewed it was begun. */
  #renewedMs: number | undefined;
  /** When the last request was begun by which it may have become ours, whether or not an answer came. */
  #claimedMs: number | undefined;

  /** @throws RangeError where the three times do not leave a leader time to stop before others may take over */
  constructor(options: ElectionOptions, ports: ElectorPorts) {
    this.#ports = ports;
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
    this.#key = { namespace: options.namespace, name: options.name };
    const { leaseMs, renewDeadlineMs, retryMs } = this.#options;
    if (leaseMs <= renewDeadlineMs || renewDeadlineMs <= ROOM * retryMs)
      throw new RangeError('leader election: leaseMs > renewDeadlineMs > 1.2 · retryMs must hold');
  }

  get name(): string {
    return `${this.#key.namespace}/${this.#key.name}`;
  }

  /** True only while no other replica can have taken the lease, by the clock as it stands now. */
  get isLeading(): boolean {
    return this.#leftMs() > 0;
  }

  /** How long the time of this replica has been up, in milliseconds; 0 while it leads, or before it ever did. */
  get overdueMs(): number {
    return this.#renewedMs === undefined ? 0 : Math.max(0, -this.#leftMs());
  }

  /** Resolves once this replica leads. @throws the signal's reason when it aborts first */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#ports;
    const { retryMs, identity } = this.#options;
    for (;;) {
      await this.#try(signal);
      signal.throwIfAborted();
      if (this.isLeading) break;
      // Not later than when it can be taken, so that a dead leader is replaced in time.
      const heldMs = this.#observed === undefined ? 0 : heldForMs(this.#observed, identity, clock.monotonicMs());
      const pauseMs = retryMs * (1 + random() * SPREAD);
      await clock.sleep(heldMs > 0 ? Math.min(pauseMs, heldMs + 1) : pauseMs, signal);
    }
    log.info(`this replica leads: it holds the lease ${this.name}`, { identity });
  }

  /**
   * Renews the lease until `signal` aborts.
   *
   * @throws LeadershipLost once it could not be renewed in time, or somebody else has it
   */
  async keep(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const end = (): void => {
      ended.abort(new Error('there is no more to renew'));
    };
    // That it has ended wakes the sleep below. A race with it would leave something of each of its turns on this promise, which
    // lasts as long as the process.
    const renewing = this.#renew(either).finally(end);
    try {
      for (let leftMs = this.#leftMs(); leftMs > 0 && !either.aborted; leftMs = this.#leftMs())
        await Promise.allSettled([this.#ports.clock.sleep(leftMs, either)]);
    } finally {
      end();
      await renewing;
    }
    if (signal.aborted) return;
    this.#renewedMs = undefined;
    this.#claimedMs = undefined;
    throw new LeadershipLost(
      `the lease ${this.name} was taken, or could not be renewed for ${this.#options.renewDeadlineMs} ms`,
    );
  }

  /** Lets another replica take it at once. Only after everything that writes has ended. Throws nothing. */
  async release(): Promise<void> {
    const never = new AbortController().signal;
    const { clock } = this.#ports;
    const untilMs = (this.#claimedMs ?? Number.NEGATIVE_INFINITY) + this.#options.renewDeadlineMs;
    let isKnown = this.#claimedMs === this.#renewedMs; // else the answer to the last request never came
    this.#renewedMs = undefined; // another may have it as soon as this is sent, whether or not the answer comes
    for (let tries = RELEASE_TRIES; tries > 0 && clock.monotonicMs() < untilMs; tries--)
      try {
        await this.#within(never, async (limit) => this.#giveBack(isKnown, limit));
        break;
      } catch (error) {
        if (isApiError(error, 'NotFound')) break; // somebody deleted it
        this.#ports.log.warn(`the lease ${this.name} could not be given back: ${messageOf(error)}`);
        isKnown = false;
      }
    this.#claimedMs = undefined;
  }

  async #giveBack(isKnown: boolean, signal: AbortSignal): Promise<void> {
    const lease = isKnown ? this.#observed?.lease : await this.#read(signal);
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    await this.#write(lease, givenBack(lease.spec, this.#ports.clock.now()), signal);
  }

  #leftMs(): number {
    if (this.#renewedMs === undefined) return 0;
    return this.#renewedMs + this.#options.renewDeadlineMs - this.#ports.clock.monotonicMs();
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const goesOn = (): boolean => !signal.aborted && this.isLeading;
    while (goesOn()) {
      await Promise.allSettled([this.#ports.clock.sleep(this.#options.retryMs, signal)]);
      if (goesOn()) await this.#try(signal);
    }
  }

  /** One try to take or to renew it; what came of it is told by `isLeading`. Throws nothing. */
  async #try(signal: AbortSignal): Promise<void> {
    try {
      await this.#within(signal, async (limit) => this.#takeOrRenew(limit));
    } catch (error) {
      if (signal.aborted || isApiError(error, 'Conflict', 'AlreadyExists')) return; // another replica was quicker
      this.#ports.log.warn(`the lease ${this.name} could not be read or written: ${messageOf(error)}`);
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<void> {
    // Who leads knows the record, and writes without reading it first.
    if (this.isLeading && this.#observed !== undefined) {
      try {
        await this.#hold(this.#observed.lease, signal);
        return;
      } catch (error) {
        if (!isApiError(error, 'Conflict', 'NotFound')) throw error;
      }
    }
    const lease = await this.#read(signal);
    const { clock } = this.#ports;
    // Where it was deleted, too: who held it goes on with his work until he finds that out.
    const isHeld =
      this.#observed !== undefined && heldForMs(this.#observed, this.#options.identity, clock.monotonicMs()) > 0;
    if (isHeld) this.#renewedMs = undefined;
    else await this.#hold(lease, signal);
  }

  async #hold(before: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const { identity, leaseMs } = this.#options;
    const beganMs = clock.monotonicMs();
    this.#claimedMs = beganMs;
    await this.#write(before, heldBy(before?.spec, { identity, leaseMs, now: clock.now() }), signal);
    this.#renewedMs = beganMs;
  }

  /** @returns undefined where there is none */
  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, clock } = this.#ports;
    try {
      const lease = await client.get<Lease>(leases, this.#key, { signal });
      this.#observed = observe(this.#observed, lease, clock.monotonicMs());
      return lease;
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #write(before: Lease | undefined, spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#ports;
    const kind = { apiVersion: apiVersionOf(leases), kind: leases.kind };
    const written =
      before === undefined
        ? await client.create<Lease>(leases, this.#key.namespace, { ...kind, metadata: this.#key, spec }, { signal })
        : await client.update<Lease>(leases, this.#key, { ...kind, metadata: before.metadata, spec }, { signal });
    this.#observed = observe(this.#observed, written, clock.monotonicMs());
  }

  async #within<R>(signal: AbortSignal, work: (limit: AbortSignal) => Promise<R>): Promise<R> {
    const late = new AbortController();
    const timer = this.#ports.clock.timer(REQUEST_LIMIT_MS, () => {
      late.abort(new KubeApiError(0, 'Timeout', `no answer within ${REQUEST_LIMIT_MS} ms`));
    });
    try {
      return await work(AbortSignal.any([signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
