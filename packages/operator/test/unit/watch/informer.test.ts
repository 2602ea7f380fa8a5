import { afterEach, describe, expect, test } from '@jest/globals';
import { Interner } from '../../../src/cache/interner.js';
import { KubeApiError } from '../../../src/client/api-error.js';
import type { Call, StreamedBody } from '../../../src/client/kube-client.js';
import { int, message, nested } from '../../../src/protobuf/index.js';
import { resource, type WireObject } from '../../../src/resource/resource.js';
import { silentLogger } from '../../../src/telemetry/logger.js';
import { eventually } from '../../../src/testing/eventually.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { enveloped, eventFrame, field } from '../../../src/testing/protobuf-writer.js';
import { Informer } from '../../../src/watch/informer.js';

const things = resource<{ spec?: { size: number } }>({
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
})
  .project(({ spec }) => ({ size: spec?.size ?? 0 }))
  .index('size', ({ size }) => [String(size)]);

const paged = resource<{ spec?: { size: number } }>(things.coordinates)
  .listInPages()
  .project(({ spec }) => ({ size: spec?.size ?? 0 }))
  .index('size', ({ size }) => [String(size)]);

const inProtobuf = resource<{ spec?: { size: number } }>(things.coordinates)
  .protobuf(message({ spec: nested(2, message({ size: int(1, 'pointer') })) }))
  .project(({ spec }) => ({ size: spec?.size ?? 0 }))
  .index('size', ({ size }) => [String(size)]);

/** Text that is sent, an error that breaks the body, or `hang`: silence until the client gives up. */
type Chunk = string | Buffer | Error;
/** What the server answers to one request after the other; an Error instead of a list refuses the request. */
type Script = readonly (Error | readonly Chunk[])[];

function thing(name: string, version: number, size = 1, uid = name): WireObject & { spec: { size: number } } {
  return { metadata: { namespace: 'ns', name, uid, resourceVersion: String(version) }, spec: { size } };
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

function thingMessage(name: string, version: number, size = 1): Buffer {
  const metadata = [field(1, name), field(3, 'ns'), field(5, name), field(6, String(version))];
  return Buffer.concat([field(1, Buffer.concat(metadata)), field(2, field(1, size))]);
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function endOfInitial(version: number): string {
  const metadata = { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } };
  return line('BOOKMARK', { metadata });
}

function page(items: readonly object[], next?: string): string {
  return JSON.stringify({ items, metadata: { resourceVersion: '7', continue: next } });
}

const gone = line('ERROR', { kind: 'Status', code: 410, message: 'too old' });
const stops: AbortController[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort(new Error('the test is over'));
});

function run(
  script: Script,
  of = things,
): {
  informer: Informer<ReturnType<typeof things.keep>, 'size'>;
  calls: Call[];
  events: string[];
  heard: string[];
  clock: FakeClock;
} {
  const calls: Call[] = [];
  const heard: string[] = [];
  const clock = new FakeClock();
  const client = {
    stream: async (call: Call, signal: AbortSignal): Promise<StreamedBody> => {
      const answer = script[calls.push(call) - 1] ?? ['hang'];
      if (answer instanceof Error) throw answer;
      const contentType = answer.some((chunk) => chunk instanceof Buffer) ? PROTOBUF : 'application/json';
      return Object.assign(body(answer, signal), { contentType });
    },
  };
  const informer = new Informer(of, {
    client,
    clock,
    random: () => 0,
    log: silentLogger,
    interner: new Interner(),
    observer: {
      event: () => undefined,
      suppressed: () => heard.push('suppressed'),
      relist: (reason) => heard.push(`relist ${reason}`),
      restart: (reason) => heard.push(`restart ${reason}`),
      demoted: (reason) => heard.push(`demoted ${reason}`),
      handlerFailed: () => heard.push('handler failed'),
      unkept: () => heard.push('unkept'),
    },
    resyncMs: 36_000_000,
  });
  const events: string[] = [];
  informer.on(({ type, object }) => {
    events.push(`${type} ${object.name}`);
  });
  const stop = new AbortController();
  stops.push(stop);
  void informer.run(stop.signal);
  return { informer, calls, events, heard, clock };
}

async function* body(chunks: readonly Chunk[], signal: AbortSignal): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    if (chunk === 'hang')
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    else yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function namesBecome(
  informer: { store: { list(): Iterable<{ readonly name: string }> } },
  ...names: string[]
): Promise<void> {
  await eventually(() => {
    expect([...informer.store.list()].map(({ name }) => name)).toEqual(names);
  });
}

async function advanceUntil(clock: FakeClock, calls: readonly Call[], count: number): Promise<void> {
  await eventually(() => {
    clock.advance(1_000);
    expect(calls.length).toBeGreaterThanOrEqual(count);
  });
}

describe('an informer', () => {
  test('takes the first list as a stream and goes on with the same one', async () => {
    const { informer, calls } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5), line('ADDED', thing('b', 6, 2)), 'hang'],
    ]);
    await informer.synced;
    await namesBecome(informer, 'a', 'b');
    expect(informer.store.byIndex('size', '2').map(({ name }) => name)).toEqual(['b']);
    expect(calls[0]?.query).toMatchObject({ sendInitialEvents: 'true', allowWatchBookmarks: 'true' });
    expect(calls).toHaveLength(1);
  });

  test('reads protobuf where the answer is in it, and goes on from the last version when it breaks', async () => {
    const end = Buffer.concat([field(1, 'k8s.io/initial-events-end'), field(2, 'true')]);
    const { informer, calls, heard, clock } = run(
      [
        [
          eventFrame('ADDED', thingMessage('a', 1)),
          eventFrame('BOOKMARK', field(1, Buffer.concat([field(6, '5'), field(12, end)]))),
          eventFrame('ADDED', thingMessage('b', 6, 2)),
          Buffer.from([0, 0, 0, 3, 1, 2, 3]),
        ],
        [eventFrame('DELETED', thingMessage('a', 7)), 'hang'],
      ],
      inProtobuf,
    );
    await informer.synced;
    await advanceUntil(clock, calls, 2);
    await namesBecome(informer, 'b');
    expect(informer.store.byIndex('size', '2').map(({ uid }) => uid)).toEqual(['b']);
    expect(heard).toEqual(['restart broken']);
    expect(calls.map(({ accept }) => accept)).toEqual(Array(2).fill(`${PROTOBUF}, application/json;q=0.9`));
    expect(calls[1]?.query).toMatchObject({ resourceVersion: '6' });
  });

  test('reads JSON where protobuf was asked for and the answer is not in it', async () => {
    const { informer } = run([[line('ADDED', thing('a', 1)), endOfInitial(5), 'hang']], inProtobuf);
    await informer.synced;
    await namesBecome(informer, 'a');
  });

  test('asks for the next page of protobuf by what the last one said', async () => {
    const list = (items: readonly Buffer[], next: string): Buffer =>
      enveloped(
        Buffer.concat([
          field(1, Buffer.concat([field(2, '7'), field(3, next)])),
          ...items.map((item) => field(2, item)),
        ]),
      );
    const refused = new KubeApiError(400, 'BadRequest', 'it does not stream');
    const { informer, calls } = run(
      [refused, [list([thingMessage('a', 1)], 'more')], [list([thingMessage('b', 2)], '')], [Buffer.alloc(0), 'hang']],
      inProtobuf,
    );
    await informer.synced;
    await namesBecome(informer, 'a', 'b');
    expect(calls[2]?.query).toMatchObject({ continue: 'more' });
  });

  test('reads lines that are cut anywhere, in the middle of a character too', async () => {
    const bytes = Buffer.from(line('ADDED', thing('ä', 1)));
    const { informer } = run([
      [bytes.subarray(0, 50).toString('latin1'), bytes.subarray(50).toString('latin1'), endOfInitial(1), 'hang'],
    ]);
    await informer.synced;
    expect(informer.store.size).toBe(1);
  });

  test('lists in pages where the server does not stream lists', async () => {
    const { informer, calls } = run([
      new KubeApiError(422, 'Invalid', 'sendInitialEvents is forbidden'),
      [page([thing('a', 1)], 'more')],
      [page([thing('b', 2)])],
      ['hang'],
    ]);
    await informer.synced;
    await namesBecome(informer, 'a', 'b');
    await eventually(() => {
      expect(calls.at(-1)?.query).toMatchObject({ watch: 'true', resourceVersion: '7' });
    });
  });

  test('lists in pages from the start where that is declared', async () => {
    const { informer, calls } = run([[page([thing('a', 1)])], ['hang']], paged);
    await informer.synced;
    await namesBecome(informer, 'a');
    expect(calls[0]?.query).toMatchObject({ limit: '500' });
  });

  test('shows a projection that wants no managedFields none, from a stream and from a page', async () => {
    const managed = (name: string, version: number): object => {
      const { metadata } = thing(name, version);
      return { metadata: { ...metadata, managedFields: [{ manager: 'somebody' }] } };
    };
    const script: Script = [[line('ADDED', managed('a', 1)), endOfInitial(5)], [gone], [page([managed('b', 1)])]];
    for (const drops of [true, false]) {
      const declared = resource<{ metadata: { managedFields?: object[] } }>(things.coordinates);
      const seen: unknown[] = [];
      const of = (drops ? declared.withoutManagedFields() : declared).project(({ metadata }) => {
        seen.push(metadata.managedFields?.length);
        return { size: 0 };
      });
      const { clock, calls } = run(
        script,
        of.index('size', () => []),
      );
      await advanceUntil(clock, calls, 4);
      expect(seen).toEqual(drops ? [undefined, undefined] : [1, 1]);
    }
  });

  test('takes up a broken watch where it was, without a list', async () => {
    const { informer, calls, clock } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5), new Error('ECONNRESET')],
      [line('ADDED', thing('b', 6)), 'hang'],
    ]);
    await informer.synced;
    await advanceUntil(clock, calls, 2);
    await namesBecome(informer, 'a', 'b');
    expect(calls[1]?.query).toMatchObject({ resourceVersion: '5' });
  });

  test.each([
    ['as an event', [gone]],
    ['as a status', new KubeApiError(410, 'Expired', 'too old')],
  ])('lists again after 410 %s, and sees the deletes that it missed', async (_, answer) => {
    const { informer, calls, clock, events } = run([
      [line('ADDED', thing('a', 1)), line('ADDED', thing('b', 2)), endOfInitial(5), 'hang'],
      answer,
      [line('ADDED', thing('b', 2)), endOfInitial(9), 'hang'],
    ]);
    await informer.synced;
    await advanceUntil(clock, calls, 3);
    await namesBecome(informer, 'b');
    expect(events).toEqual(['add a', 'add b', 'delete a']);
  });

  test('ends a connection that has gone silent', async () => {
    const { informer, calls, clock } = run([[endOfInitial(5), 'hang'], ['hang']]);
    await informer.synced;
    await advanceUntil(clock, calls, 2);
    expect(clock.now().getTime() - new FakeClock().now().getTime()).toBeGreaterThanOrEqual(70_000);
  });

  test('ends a silent connection before the first bookmark, too, but with ever more patience', async () => {
    const { informer, calls, clock } = run([[page([thing('a', 1)])], ['hang'], ['hang'], ['hang'], ['hang']], paged);
    await informer.synced;
    const seconds: number[] = [];
    for (let count = 3; count <= 6; count++) {
      await eventually(() => {
        expect(calls).toHaveLength(count - 1);
      });
      const beganMs = clock.monotonicMs();
      await eventually(() => {
        clock.advance(10_000);
        expect(calls).toHaveLength(count);
      });
      seconds.push((clock.monotonicMs() - beganMs) / 1_000);
    }
    // At last as long as the server was asked to answer, and ten seconds; each with some steps in which it waited to try again.
    for (const [i, limit] of [70, 140, 280, 310].entries()) {
      expect(seconds[i]).toBeGreaterThanOrEqual(limit);
      expect(seconds[i]).toBeLessThan(limit + 60);
    }
    expect(calls.slice(2).every(({ query }) => query?.['resourceVersion'] === '7')).toBe(true);
  });

  test('is not in step when the stream ends before the first events were complete', async () => {
    const { informer, calls, clock } = run([
      [line('ADDED', thing('a', 1))],
      [line('ADDED', thing('a', 1)), endOfInitial(2), 'hang'],
    ]);
    await eventually(() => {
      expect(informer.store.size).toBe(1);
    });
    expect(informer.isSynced).toBe(false);
    await advanceUntil(clock, calls, 2);
    await informer.synced;
  });

  test('says nothing of a change to what is not kept, and keeps its version', async () => {
    const { informer, events } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5), line('MODIFIED', thing('a', 8)), 'hang'],
    ]);
    await eventually(() => {
      expect(informer.store.get({ namespace: 'ns', name: 'a' })?.resourceVersion).toBe('8');
    });
    expect(events).toEqual(['add a']);
  });

  test('sees an object that was recreated under its name as deleted and added', async () => {
    const { informer, events } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5), line('MODIFIED', thing('a', 8, 1, 'other')), 'hang'],
    ]);
    await eventually(() => {
      expect(events).toEqual(['add a', 'delete a', 'add a']);
    });
    expect(informer.store.size).toBe(1);
  });

  test('goes on when a handler throws', async () => {
    const { informer, events } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5), line('ADDED', thing('b', 6)), 'hang'],
    ]);
    informer.on(() => {
      throw new Error('a fault of the user');
    });
    await eventually(() => {
      expect(events).toEqual(['add a', 'add b']);
    });
  });

  test('keeps all others where one object cannot be projected, and what it last knew of that one', async () => {
    const picky = resource<{ spec?: { size: number } }>(things.coordinates)
      .project(({ spec }) => {
        if (spec?.size === 13) throw new Error('no such size');
        return { size: spec?.size ?? 0 };
      })
      .index('size', ({ size }) => [String(size)]);
    const { informer, events, heard, calls } = run(
      [
        [
          ...[thing('a', 1), thing('odd', 2, 13), thing('b', 3)].map((object) => line('ADDED', object)),
          endOfInitial(5),
          line('MODIFIED', thing('a', 6, 13)),
          line('ADDED', thing('c', 7)),
          line('DELETED', thing('odd', 8, 13)),
          line('DELETED', thing('b', 9, 13)),
          'hang',
        ],
      ],
      picky,
    );
    await namesBecome(informer, 'a', 'c');
    expect(events).toEqual(['add a', 'add b', 'add c', 'delete b']);
    expect(informer.store.get({ namespace: 'ns', name: 'a' })?.resourceVersion).toBe('1');
    expect(heard.filter((what) => what === 'unkept')).toHaveLength(2);
    expect(calls).toHaveLength(1);
  });

  test('keeps an object of which an index can make nothing, and finds it by that index once it can', async () => {
    const indexed = resource<{ spec?: { size: number } }>(things.coordinates)
      .project(({ spec }) => ({ size: spec?.size ?? 0 }))
      .index('size', ({ size }) => {
        if (size === 13) throw new Error('no such size');
        return [String(size)];
      });
    const { informer: first } = run([[line('ADDED', thing('a', 1, 13)), endOfInitial(5), 'hang']], indexed);
    await first.synced;
    await namesBecome(first, 'a');
    const { informer, heard, calls } = run(
      [[line('ADDED', thing('a', 1, 13)), endOfInitial(5), line('MODIFIED', thing('a', 6, 4)), 'hang']],
      indexed,
    );
    await eventually(() => {
      expect(informer.store.byIndex('size', '4').map(({ name }) => name)).toEqual(['a']);
    });
    expect(heard).toContain('unkept');
    expect(calls).toHaveLength(1);
  });

  test.each<[string, Script, string]>([
    ['stays silent', [['hang']], 'demoted no_progress'],
    ['ends too early twice', [[line('ADDED', thing('a', 1))], [line('ADDED', thing('a', 1))]], 'demoted closed_early'],
  ])('lists in pages where the stream %s', async (_, streams, why) => {
    const { informer, calls, heard, clock } = run([...streams, [page([thing('b', 2)])], ['hang']]);
    await advanceUntil(clock, calls, streams.length + 2);
    expect(heard).toContain(why);
    expect(informer.isSynced).toBe(true);
    await namesBecome(informer, 'b');
  });

  test('lists in pages where what a streamed list ended with is too old at once', async () => {
    const { informer, calls, heard, clock } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5)],
      [gone],
      [page([thing('a', 1)])],
      ['hang'],
    ]);
    await advanceUntil(clock, calls, 4);
    expect(heard).toContain('relist gone_at_once');
    expect(heard).toContain('demoted gone_at_once');
    await namesBecome(informer, 'a');
  });

  test('asks for bigger pages when what they ended with is too old at once', async () => {
    const { calls, clock } = run([[page([thing('a', 1)])], [gone], [page([thing('a', 1)])], [gone], ['hang']], paged);
    await advanceUntil(clock, calls, 5);
    expect([0, 2, 4].map((i) => calls[i]?.query?.['limit'])).toEqual(['500', '1000', '2000']);
  });

  test('asks for bigger pages when the list grew too old meanwhile', async () => {
    const expired = new KubeApiError(410, 'Expired', 'the continue token is too old');
    const { calls, clock } = run([
      new KubeApiError(400, 'BadRequest', 'no'),
      [page([thing('a', 1)], 'more')],
      expired,
      [page([thing('a', 1)])],
      ['hang'],
    ]);
    await advanceUntil(clock, calls, 5);
    expect(calls.map(({ query }) => query?.['limit'])).toEqual([undefined, '500', '500', '1000', undefined]);
  });

  const throttled = new KubeApiError(429, 'TooManyRequests', 'busy', { retryAfterMs: 1_000 });

  test.each<[string, Error | readonly Chunk[]]>([
    ['is throttled', throttled],
    ['cannot be answered', new KubeApiError(500, 'InternalError', 'etcd is away')],
    ['gets no answer', new KubeApiError(0, 'Unreachable', 'ECONNRESET')],
    ['breaks off', [page([thing('b', 2)]).slice(0, 60), new Error('ECONNRESET')]],
    ['falls silent', ['{', 'hang']],
  ])('asks for a page that %s again, and not for those before it', async (_, trouble) => {
    const { informer, calls, clock, events } = run(
      [[page([thing('a', 1)], 'more')], trouble, trouble, [page([thing('b', 2)])], ['hang']],
      paged,
    );
    await advanceUntil(clock, calls, 5);
    await namesBecome(informer, 'a', 'b');
    expect(calls.map(({ query }) => query?.['continue'])).toEqual([undefined, 'more', 'more', 'more', undefined]);
    expect(events).toEqual(['add a', 'add b']);
  });

  test('leaves a page alone for as long as the server asks', async () => {
    const asks = new KubeApiError(429, 'TooManyRequests', 'busy', { retryAfterMs: 7_000 });
    const { heard, calls, clock } = run([[page([thing('a', 1)], 'more')], asks, ['hang']], paged);
    await eventually(() => {
      expect(heard).toEqual(['restart throttled']);
    });
    clock.advance(6_999);
    expect(calls).toHaveLength(2);
    clock.advance(1);
    await eventually(() => {
      expect(calls).toHaveLength(3);
    });
  });

  test('begins a list anew once a page was asked for ten times', async () => {
    const refused = Array<Error>(10).fill(throttled);
    const { informer, calls, clock } = run(
      [[page([thing('a', 1)], 'more')], ...refused, [page([thing('b', 2)])], ['hang']],
      paged,
    );
    await advanceUntil(clock, calls, 13);
    await namesBecome(informer, 'b');
    expect(calls.map(({ query }) => query?.['continue']).filter((next) => next === 'more')).toHaveLength(10);
    expect(calls[11]?.query).toMatchObject({ limit: '500', continue: undefined });
  });

  test('accepts deletes before the first events are complete', async () => {
    const { informer } = run([
      [
        line('ADDED', thing('a', 1)),
        line('ADDED', thing('b', 2)),
        line('DELETED', thing('a', 3)),
        endOfInitial(3),
        'hang',
      ],
    ]);
    await informer.synced;
    await namesBecome(informer, 'b');
  });

  test('waits before it takes up a watch that ends at once', async () => {
    const { calls, heard, clock } = run([[endOfInitial(5)], [], [], ['hang']]);
    await eventually(() => {
      expect(heard).toContain('restart too_short');
    });
    expect(calls).toHaveLength(2);
    await advanceUntil(clock, calls, 4);
    expect(heard.filter((what) => what.startsWith('relist'))).toEqual([]);
  });

  test('does not stay away for longer than five minutes, whatever somebody on the way asks for', async () => {
    const asksForADay = new KubeApiError(503, 'ServiceUnavailable', 'closed', { retryAfterMs: 86_400_000 });
    const { calls, clock, heard } = run([asksForADay, [endOfInitial(5), 'hang']]);
    await eventually(() => {
      expect(heard).toEqual(['restart server_error']);
    });
    clock.advance(299_999);
    expect(calls).toHaveLength(1);
    clock.advance(1);
    await eventually(() => {
      expect(calls).toHaveLength(2);
    });
  });

  test('says that it is refused, keeps what it has, and says no more once it is let in', async () => {
    const { informer, calls, clock } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5)],
      new KubeApiError(403, 'Forbidden', 'you may not'),
      ['hang'],
    ]);
    await eventually(() => {
      expect(informer.trouble).toBe('things.example.com: you may not');
    });
    expect(informer.store.size).toBe(1);
    await advanceUntil(clock, calls, 3);
    await eventually(() => {
      expect(informer.trouble).toBeUndefined();
    });
  });

  test('does not add up refusals of a version between which the watch went on', async () => {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'too large', field: '' }];
    const ahead = new KubeApiError(504, 'Timeout', 'too large', { causes });
    const goesOn = (version: number): readonly string[] => [line('MODIFIED', thing('a', version))];
    const { calls, heard, clock } = run([
      [line('ADDED', thing('a', 1)), endOfInitial(5)],
      ...[6, 7, 8, 9].flatMap((version) => [ahead, goesOn(version)]),
      ['hang'],
    ]);
    await advanceUntil(clock, calls, 10);
    expect(calls[9]?.query?.['resourceVersion']).toBe('9');
    expect(heard).not.toContain('relist version_unknown');
  });

  test('lists again, and believes what it gets, where etcd was set back', async () => {
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'too large', field: '' }];
    const ahead = new KubeApiError(504, 'Timeout', 'too large', { causes });
    const { informer, calls, clock } = run([
      [line('ADDED', thing('a', 900, 1)), line('ADDED', thing('b', 901)), endOfInitial(1_000)],
      ahead,
      ahead,
      ahead,
      [line('ADDED', thing('a', 100, 2)), endOfInitial(120), 'hang'],
    ]);
    await advanceUntil(clock, calls, 5);
    await namesBecome(informer, 'a');
    expect(informer.store.get({ namespace: 'ns', name: 'a' })?.size).toBe(2);
  });

  const notFound = new KubeApiError(404, 'NotFound', 'the server could not find the requested resource');
  const optional = resource<{ spec?: { size: number } }>(things.coordinates)
    .optional()
    .project(({ spec }) => ({ size: spec?.size ?? 0 }))
    .index('size', ({ size }) => [String(size)]);

  test('a kind that need not be there is no trouble once the operator may ask for it', async () => {
    const forbidden = new KubeApiError(403, 'Forbidden', 'may not list things');
    const { informer, calls, clock } = run([forbidden, notFound, notFound], optional);
    await eventually(() => {
      expect(informer.trouble).toContain('may not list things');
    });
    await advanceUntil(clock, calls, 2);
    await informer.synced;
    expect(informer.trouble).toBeUndefined();
  });

  test('a kind that need not be there is empty until it is, and asked for again', async () => {
    const script = [notFound, notFound, [line('ADDED', thing('a', 1)), endOfInitial(5), 'hang'], notFound, ['hang']];
    const { informer, calls, clock } = run(script, optional);
    await informer.synced;
    expect(informer.store.size).toBe(0);
    expect(informer.trouble).toBeUndefined();
    expect(informer.isInstalled).toBe(false);
    await advanceUntil(clock, calls, 3);
    await namesBecome(informer, 'a');
    expect(informer.isInstalled).toBe(true);
    await advanceUntil(clock, calls, 4);
    await namesBecome(informer);
    expect(informer.isInstalled).toBe(false);
    await advanceUntil(clock, calls, 5);
  });

  test('what it wrote is there at once, unless the watch has told of later things', async () => {
    const { informer, events } = run([[line('ADDED', thing('a', 1)), endOfInitial(50), 'hang']]);
    await informer.synced;
    informer.wrote(thing('new', 60));
    informer.wrote(thing('deleted-since', 40));
    expect([...informer.store.list()].map(({ name }) => name)).toEqual(['a', 'new']);
    expect(events).toEqual(['add a', 'add new']);
  });

  test('tells an echo that came before the answer by its version, but not where a list brought it', async () => {
    const { informer, events } = run([
      [line('ADDED', thing('a', 3)), endOfInitial(5), line('MODIFIED', thing('a', 6, 2)), 'hang'],
    ]);
    const echoes: string[] = [];
    informer.onEcho(({ resourceVersion }, { key }) => echoes.push(`${resourceVersion} ${key}`));
    await eventually(() => {
      expect(events).toEqual(['add a', 'update a']);
    });
    const origin = { controller: 'c', key: 'k' };
    informer.wrote(thing('a', 6, 2)); // not by a pass
    informer.wrote(thing('a', 4, 2), origin); // a list may have told of more than that at once
    informer.wrote(thing('a', 6, 2), origin);
    informer.wrote(thing('a', 7, 3), origin); // its event is yet to come
    expect(echoes).toEqual(['6 k']);
    expect(events).toEqual(['add a', 'update a', 'update a']);
  });

  test('looks at everything again after some hours', async () => {
    const { informer, events, clock } = run([[line('ADDED', thing('a', 1)), endOfInitial(5), 'hang']]);
    await informer.synced;
    clock.advance(0.9 * 36_000_000);
    await eventually(() => {
      expect(events).toEqual(['add a', 'update a']);
    });
  });
});
