/* eslint-disable @typescript-eslint/no-unsafe-type-assertion -- the server in small reads what the recorder sends */
import { afterEach, describe, expect, test } from '@jest/globals';
import { KubeApiError } from '../../../src/client/api-error.js';
import { eventBody, type EventInput } from '../../../src/events/event.js';
import { Recorder } from '../../../src/events/recorder.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { silentLogger } from '../../../src/telemetry/logger.js';

interface Running {
  readonly recorder: Recorder;
  readonly clock: FakeClock;
  /** `create NAME` and `patch NAME COUNT`, in order. */
  readonly sent: string[];
  readonly bodies: Map<string, object>;
  failWith: Error | undefined;
}

const running: Running[] = [];

afterEach(async () => {
  for (const { recorder, clock } of running.splice(0)) {
    const closed = recorder.close();
    clock.advance(5_000);
    await closed;
    expect(clock.pending).toBe(0);
  }
});

function start(): Running {
  const clock = new FakeClock();
  const state = { sent: [] as string[], bodies: new Map<string, object>(), failWith: undefined as Error | undefined };
  const nameOf = new Map<string, string>();
  const short = (name: string): string =>
    nameOf.get(name) ?? (nameOf.set(name, `e${nameOf.size + 1}`), `e${nameOf.size}`);
  const client = {
    create: async (_: unknown, __: string, body: unknown): Promise<never> => {
      const { name } = (body as { metadata: { name: string } }).metadata;
      if (state.failWith !== undefined) throw state.failWith;
      if (state.bodies.has(name)) throw new KubeApiError(409, 'AlreadyExists', 'it is there');
      state.bodies.set(name, body as object);
      state.sent.push(`create ${short(name)}`);
      return undefined as never;
    },
    patch: async (_: unknown, { name }: { name: string }, { body }: { body: unknown }): Promise<never> => {
      if (state.failWith !== undefined) throw state.failWith;
      if (!state.bodies.has(name)) throw new KubeApiError(404, 'NotFound', 'it is gone');
      state.sent.push(`patch ${short(name)} ${(body as { series: { count: number } }).series.count}`);
      return undefined as never;
    },
  };
  const recorder = new Recorder({ client, clock, log: silentLogger, controller: 'example.com/op', instance: 'op-1' });
  const one: Running = Object.assign(state, { recorder, clock });
  running.push(one);
  return one;
}

function about(name: string, change: Partial<EventInput> = {}): EventInput {
  const regarding = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name, uid: `uid-${name}` };
  return { regarding, type: 'Warning', reason: 'Failed', action: 'Try', note: 'it failed', ...change };
}

async function sends({ sent }: Running, ...expected: string[]): Promise<void> {
  await eventually(() => {
    expect(sent).toEqual(expected);
  });
}

const { signal } = new AbortController();

describe('an Event that is recorded', () => {
  test('is written once, however often it is told', async () => {
    const one = start();
    for (const once of ['a', 'a', 'b', 'a']) await one.recorder.record({ ...about('x'), once }, signal);
    expect(one.sent).toEqual(['create e1', 'create e2']);
  });

  test('fails aloud', async () => {
    const one = start();
    one.failWith = new KubeApiError(403, 'Forbidden', 'no');
    await expect(one.recorder.record({ ...about('x'), once: 'a' }, signal)).rejects.toThrow('no');
  });

  test.each(['pod-1', 'system:node', 'Some_Name', `${'a'.repeat(199)}-${'b'.repeat(40)}`, 'a.-b'])(
    'has a name that the API server takes, whatever its object is called: %s',
    async (name) => {
      const one = start();
      await one.recorder.record({ ...about(name), once: '1' }, signal);
      const [made = ''] = one.bodies.keys();
      expect(made).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/); // RFC 1123
      expect(made.length).toBeLessThanOrEqual(253);
    },
  );

  test('has what events.k8s.io/v1 asks for', async () => {
    const one = start();
    const event = about('x', { note: 'ä'.repeat(2_000) });
    await one.recorder.record({ ...event, once: 'a' }, signal);
    const [body] = one.bodies.values();
    expect(body).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      metadata: { namespace: 'ns' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/op',
      reportingInstance: 'op-1',
      regarding: event.regarding,
    });
    expect(Buffer.byteLength((body as { note: string }).note)).toBeLessThanOrEqual(1_024);
  });
});

test.each([
  ['long', `op-${'x'.repeat(240)}-7d4b9`],
  ['long, and not of ASCII alone', `ä${'☃'.repeat(60)}-7d4b9`],
])('the name of an instance that is %s is cut to what the API server takes, and its end kept', (_, instance) => {
  const { reportingInstance } = eventBody(
    about('x'),
    'x.1',
    { controller: 'example.com/op', instance },
    new Date(),
  ) as {
    reportingInstance: string;
  };
  expect(Buffer.byteLength(reportingInstance)).toBeLessThanOrEqual(128);
  expect(reportingInstance).toMatch(/-7d4b9$/);
});

describe('an Event that is emitted', () => {
  test('again and again is one with a count', async () => {
    const one = start();
    one.recorder.emit(about('x'));
    await sends(one, 'create e1');
    one.recorder.emit(about('x', { note: 'it failed again' }));
    await sends(one, 'create e1', 'patch e1 2');
    one.recorder.emit(about('x', { reason: 'Other' }));
    one.recorder.emit(about('y'));
    await sends(one, 'create e1', 'patch e1 2', 'create e2', 'create e3');
  });

  test('many times at once is told in as few writes as can be', async () => {
    const one = start();
    for (let i = 0; i < 20; i++) one.recorder.emit(about('x'));
    await sends(one, 'create e1', 'patch e1 20');
  });

  test('after six quiet minutes is a new one', async () => {
    const one = start();
    one.recorder.emit(about('x'));
    await sends(one, 'create e1');
    one.clock.advance(6 * 60_000);
    one.recorder.emit(about('x'));
    await sends(one, 'create e1', 'create e2');
  });

  test('whose series the API server has dropped is made anew', async () => {
    const one = start();
    one.recorder.emit(about('x'));
    await sends(one, 'create e1');
    one.bodies.clear();
    one.recorder.emit(about('x'));
    await sends(one, 'create e1', 'create e1', 'patch e1 2');
  });

  test('of an object that gives rise to too many is not heard for a while', async () => {
    const one = start();
    for (let i = 0; i < 40; i++) one.recorder.emit(about('x', { reason: `R${i}` }));
    await eventually(() => {
      expect(one.sent).toHaveLength(25);
    });
    one.recorder.emit(about('y'));
    one.clock.advance(300_000);
    one.recorder.emit(about('x', { reason: 'Later' }));
    one.recorder.emit(about('x', { reason: 'TooSoon' }));
    await eventually(() => {
      expect(one.sent).toHaveLength(27);
    });
  });

  test('waits while the API server is away, and is given up when it refuses', async () => {
    const one = start();
    one.failWith = new KubeApiError(0, 'Unreachable', 'away');
    one.recorder.emit(about('x'));
    await eventually(() => {
      expect(one.clock.pending).toBe(1);
    });
    one.failWith = undefined;
    one.clock.advance(1_000);
    await sends(one, 'create e1');
    one.failWith = new KubeApiError(403, 'Forbidden', 'no');
    one.recorder.emit(about('y'));
    await eventually(() => {
      expect(one.clock.pending).toBe(0);
    });
    one.failWith = undefined;
    one.recorder.emit(about('z'));
    await sends(one, 'create e1', 'create e2');
  });

  test('is written before the stop, for at most two seconds', async () => {
    const one = start();
    one.failWith = new KubeApiError(0, 'Unreachable', 'away');
    one.recorder.emit(about('x'));
    const closed = one.recorder.close();
    one.clock.advance(2_000);
    await closed;
    one.recorder.emit(about('y'));
    expect(one.sent).toEqual([]);
  });
});
