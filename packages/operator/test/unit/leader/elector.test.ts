/* eslint-disable @typescript-eslint/no-unsafe-type-assertion -- the server in small answers with what its caller expects */
import { describe, expect, test } from '@jest/globals';
import { KubeApiError } from '../../../src/client/api-error.js';
import { Elector, LeadershipLost } from '../../../src/leader/elector.js';
import type { LeaseSpec } from '../../../src/leader/lease-record.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';

interface StoredLease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: LeaseSpec;
}

interface Body {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec: LeaseSpec;
}

/** One Lease with the API server's rules: optimistic locking, and no answer while it is down. */
class LeaseServer {
  lease: StoredLease | undefined;
  isDown = false;
  writes = 0;
  requests = 0;
  /** Called once a write is in; what it throws is what the client gets. */
  onPut: (() => void) | undefined;

  readonly client = {
    get: async <O>(): Promise<O> => {
      this.#answer();
      if (this.lease === undefined) throw new KubeApiError(404, 'NotFound', 'there is none');
      return this.lease as O;
    },
    create: async <O>(_: unknown, __: unknown, body: unknown): Promise<O> => {
      this.#answer();
      if (this.lease !== undefined) throw new KubeApiError(409, 'AlreadyExists', 'there is one');
      return this.#put(body as Body) as O;
    },
    update: async <O>(_: unknown, __: unknown, body: unknown): Promise<O> => {
      this.#answer();
      const isNewest = (body as Body).metadata.resourceVersion === this.lease?.metadata.resourceVersion;
      if (!isNewest) throw new KubeApiError(409, 'Conflict', 'it was changed');
      return this.#put(body as Body) as O;
    },
  };

  #answer(): void {
    this.requests++;
    if (this.isDown) throw new KubeApiError(0, 'Unreachable', 'down');
  }

  #put({ spec }: Body): StoredLease {
    this.lease = { metadata: { resourceVersion: String(++this.writes) }, spec };
    this.onPut?.();
    return this.lease;
  }
}

function replica(server: LeaseServer, identity: string, clock: FakeClock): Elector {
  const ports = { client: server.client, clock, random: () => 0.5, log: silentLogger };
  return new Elector({ name: 'op', namespace: 'ns', identity }, ports);
}

const never = new AbortController().signal;

/** Lets time go on in small steps until the promise settles. @returns how long that took */
async function settles(promise: Promise<unknown>, clock: FakeClock, atMostMs = 60_000): Promise<number> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  const startMs = clock.monotonicMs();
  await eventually(
    () => {
      if (!settled && clock.monotonicMs() - startMs < atMostMs) clock.advance(100);
      expect(settled).toBe(true);
    },
    { everyMs: 1 },
  );
  return clock.monotonicMs() - startMs;
}

describe('a lease', () => {
  test('is made by the first, and kept by optimistic writes alone', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = replica(server, 'a', clock);
    await elector.acquire(never);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(server.lease?.spec.renewTime).toMatch(/\.\d{6}Z$/);
    const stop = new AbortController();
    const keeping = elector.keep(stop.signal);
    await eventually(() => {
      clock.advance(500);
      expect(server.writes).toBeGreaterThanOrEqual(6);
    });
    expect(elector.isLeading).toBe(true);
    stop.abort();
    await keeping;
    await elector.release();
    expect(server.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(elector.isLeading).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test('that is given back is taken within three seconds', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const [first, second] = [replica(server, 'a', clock), replica(server, 'b', clock)];
    await first.acquire(never);
    const taking = second.acquire(never);
    await first.release();
    expect(await settles(taking, clock)).toBeLessThanOrEqual(3_000);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('that is being given back is held no more, whether or not the answer comes', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = replica(server, 'a', clock);
    await elector.acquire(never);
    const led: boolean[] = [];
    server.onPut = () => {
      led.push(elector.isLeading);
      if (led.length === 1) throw new KubeApiError(0, 'Unreachable', 'the answer was lost');
    };
    await elector.release();
    expect(led).toEqual([false]);
    expect(server.lease?.spec.holderIdentity).toBe('');
  });

  test.each([
    ['there was none', undefined],
    ['it was given back before', { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 3 }],
  ])('that was taken while the wait for it ended is given back, too, where %s', async (_, spec) => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    if (spec !== undefined) server.lease = { metadata: { resourceVersion: 'before' }, spec };
    const [first, second] = [replica(server, 'a', clock), replica(server, 'b', clock)];
    const stop = new AbortController();
    server.onPut = () => {
      server.onPut = undefined;
      stop.abort(new Error('the operator stops'));
      throw stop.signal.reason;
    };
    await expect(first.acquire(stop.signal)).rejects.toThrow('the operator stops');
    expect(server.lease?.spec.holderIdentity).toBe('a');
    expect(first.isLeading).toBe(false);
    await first.release();
    expect(server.lease?.spec.holderIdentity).toBe('');
    expect(await settles(second.acquire(never), clock)).toBeLessThanOrEqual(3_000);
  });

  test('that another holds is not asked for when it is to be given back', async () => {
    const server = new LeaseServer();
    const clock = new FakeClock();
    await replica(server, 'a', clock).acquire(never);
    const second = replica(server, 'b', clock);
    await expect(second.acquire(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
    const before = server.requests;
    await second.release();
    expect(server.requests).toBe(before);
  });

  test('is recorded for no less than it is held', async () => {
    const server = new LeaseServer();
    const ports = { client: server.client, clock: new FakeClock(), random: () => 0, log: silentLogger };
    const times = { leaseMs: 2_400, renewDeadlineMs: 2_300, retryMs: 500 };
    await new Elector({ name: 'op', namespace: 'ns', identity: 'a', ...times }, ports).acquire(never);
    expect(server.lease?.spec.leaseDurationSeconds).toBe(3);
  });

  test('of one who died is taken after 15 s and not before, whatever its times say', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    await replica(server, 'a', clock).acquire(never);
    const { spec, metadata } = server.lease ?? { spec: {}, metadata: { resourceVersion: '' } };
    server.lease = { metadata, spec: { ...spec, renewTime: '1999-01-01T00:00:00.000000Z' } }; // another clock
    const second = replica(server, 'b', clock);
    const took = await settles(second.acquire(never), clock);
    expect(took).toBeGreaterThanOrEqual(15_000);
    expect(took).toBeLessThanOrEqual(16_000);
  });

  test('is lost by the one who cannot renew it before another can take it', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = replica(server, 'a', clock);
    await elector.acquire(never);
    const keeping = elector.keep(never);
    server.isDown = true;
    const took = await settles(keeping, clock);
    await expect(keeping).rejects.toThrow(LeadershipLost);
    expect(took).toBeGreaterThanOrEqual(9_900);
    expect(took).toBeLessThanOrEqual(10_100);
    expect(clock.pending).toBe(0);
  });

  test('is over for a process that was stopped, at the moment at which it goes on', async () => {
    const clock = new FakeClock();
    const elector = replica(new LeaseServer(), 'a', clock);
    await elector.acquire(never);
    expect(elector.isLeading).toBe(true);
    clock.jump(20_000); // no timer of its own has fired yet
    expect(elector.isLeading).toBe(false);
  });

  test('that somebody deleted is made again by the one who holds it, and not taken by another meanwhile', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const [first, second] = [replica(server, 'a', clock), replica(server, 'b', clock)];
    await first.acquire(never);
    const stop = new AbortController();
    const keeping = first.keep(stop.signal);
    const taking = second.acquire(stop.signal);
    await eventually(() => {
      clock.advance(500);
      expect(server.writes).toBeGreaterThanOrEqual(3);
    });
    server.lease = undefined;
    await Promise.allSettled([second.acquire(AbortSignal.abort(new Error('one look')))]);
    expect(second.isLeading).toBe(false);
    await eventually(() => {
      clock.advance(500);
      expect(server.lease?.spec.holderIdentity).toBe('a');
    });
    expect(first.isLeading).toBe(true);
    stop.abort(new Error('the test is over'));
    await Promise.allSettled([keeping, taking]);
  });

  test('that somebody deleted after its holder died is taken in the same time', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    await replica(server, 'a', clock).acquire(never);
    const taking = replica(server, 'b', clock).acquire(never);
    await eventually(() => {
      expect(clock.pending).toBe(1); // it has seen whose it is, and waits
    });
    server.lease = undefined;
    const took = await settles(taking, clock);
    expect(took).toBeGreaterThanOrEqual(15_000);
    expect(took).toBeLessThanOrEqual(16_000);
  });

  test('that another has taken is given up at once', async () => {
    const clock = new FakeClock();
    const server = new LeaseServer();
    const elector = replica(server, 'a', clock);
    await elector.acquire(never);
    const keeping = elector.keep(never);
    server.lease = { metadata: { resourceVersion: '99' }, spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } };
    expect(await settles(keeping, clock)).toBeLessThanOrEqual(2_500);
    await expect(keeping).rejects.toThrow(LeadershipLost);
    await elector.release();
    expect(server.lease.spec.holderIdentity).toBe('b');
  });
});

test('the three times must leave room for a leader to stop', () => {
  const ports = { client: new LeaseServer().client, clock: new FakeClock(), random: () => 0, log: silentLogger };
  expect(() => new Elector({ name: 'n', namespace: 'n', identity: 'i', leaseMs: 10_000 }, ports)).toThrow(RangeError);
  expect(() => new Elector({ name: 'n', namespace: 'n', identity: 'i', retryMs: 9_000 }, ports)).toThrow(RangeError);
});
