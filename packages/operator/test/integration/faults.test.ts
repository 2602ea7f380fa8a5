// What can go wrong between the framework and a real API server, done by a proxy between them. After each: the cache
// equals a fresh list, object by object, and no event was told twice.
import { afterEach, expect, test } from '@jest/globals';
import { eventually, FakeClock, goneInTheStream, refusal } from '@dot-kube/operator/testing';
import { type Form, isResume, isWatch, kubeConfig, Rig, type RigOptions, through } from './rig.js';

const LONG_MS = 120_000;
const FORMS = ['JSON', 'protobuf'] as const satisfies Form[];
const rigs: Rig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
}, LONG_MS);

async function start(name: string, options: RigOptions = {}): Promise<Rig> {
  const rig = await Rig.start(`faults-${name}`, options);
  rigs.push(rig);
  await rig.putMany(0, 100, 'first');
  return rig;
}

async function synced(rig: Rig): Promise<void> {
  rig.run();
  await rig.store.synced;
}

/** A hundred become: ten deleted, ten changed, ten new, five of the deleted there again under their old names. */
async function change(rig: Rig, round: number): Promise<void> {
  const from = (round * 10) % 90;
  await rig.removeMany(from, from + 10);
  await rig.putMany(from + 10, from + 20, `round ${round}`);
  await rig.putMany(100 + round * 10, 110 + round * 10, 'new');
  await rig.putMany(from, from + 5, 'again');
}

test.each(FORMS)(
  'the connection is cut in the middle of an event, again and again, in %s',
  async (form) => {
    const rig = await start(`cut-${form.toLowerCase()}`, { form });
    const cuts = [10, 3_000, 5, 700, 1_501];
    let cut = 0;
    rig.fault = (request) => {
      const afterBytes = isWatch(request) ? cuts[cut] : undefined;
      if (afterBytes === undefined) return undefined;
      cut++;
      return { kind: 'cut', afterBytes };
    };
    rig.run();
    for (let round = 0; round < 4; round++) await change(rig, round);
    await eventually(
      async () => {
        await change(rig, 5);
        expect(cut).toBe(cuts.length);
      },
      { withinMs: 90_000, everyMs: 500 },
    );
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test(
  'the watch is closed every second',
  async () => {
    const rig = await start('closed');
    let closed = 0;
    rig.fault = (request) => {
      if (!isWatch(request) || closed === 6) return undefined;
      closed++;
      return { kind: 'end', afterMs: 1_000 };
    };
    await synced(rig);
    await eventually(
      async () => {
        await change(rig, closed);
        expect(closed).toBe(6);
      },
      { withinMs: 60_000, everyMs: 300 },
    );
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test.each(FORMS)(
  'the server is silent for minutes, in %s',
  async (form) => {
    const clock = new FakeClock();
    const rig = await start(`silent-${form.toLowerCase()}`, { clock, form });
    const silence = Promise.withResolvers<undefined>();
    let silent = 0;
    rig.fault = (request) => {
      if (!isWatch(request) || silent === 3) return undefined;
      silent++;
      return { kind: 'silence', from: silent === 1 ? silence.promise : Promise.resolve() };
    };
    await synced(rig);
    silence.resolve(undefined);
    await change(rig, 0);
    const meanwhile = (): void => {
      if (silent < 3) clock.advance(5_000);
      else clock.advance(500);
    };
    await rig.becomesTrue({ meanwhile });
    expect(await rig.counted('dotkube_informer_stalls_total')).toBeGreaterThanOrEqual(3);
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test.each(FORMS)(
  '410 on each resume, as a status and in the stream, in %s',
  async (form) => {
    const rig = await start(`gone-${form.toLowerCase()}`, { form });
    let gone = 0;
    rig.fault = (request) => {
      if (isWatch(request) && !isResume(request)) return { kind: 'end', afterMs: 500 };
      if (!isResume(request) || gone === 4) return undefined;
      return gone++ % 2 === 0 ? refusal(410, 'Expired') : goneInTheStream();
    };
    await synced(rig);
    await eventually(
      async () => {
        await change(rig, gone);
        expect(gone).toBe(4);
      },
      { withinMs: 60_000, everyMs: 300 },
    );
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(4);
  },
  LONG_MS,
);

test.each(FORMS)(
  'bursts of 429 and 500, in %s',
  async (form) => {
    const rig = await start(`burst-${form.toLowerCase()}`, { form });
    let refused = 0;
    rig.fault = (request) => {
      if (refused < 3 || (refused < 6 && isResume(request)))
        return refused++ % 2 === 0
          ? refusal(429, 'TooManyRequests', { 'retry-after': '1' })
          : refusal(500, 'InternalError');
      return isWatch(request) && refused < 6 ? { kind: 'end', afterMs: 500 } : undefined;
    };
    await synced(rig);
    await change(rig, 0);
    await eventually(
      () => {
        expect(refused).toBe(6);
      },
      { withinMs: 90_000 },
    );
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test.each(FORMS)(
  'a server that does not stream lists, in %s',
  async (form) => {
    const rig = await start(`paged-${form.toLowerCase()}`, { form });
    await rig.createMany(100, 1_200, 'many');
    let pages = 0;
    rig.fault = ({ query }) => {
      if (query.has('sendInitialEvents')) return refusal(400, 'BadRequest');
      if (query.has('limit')) pages++;
      return undefined;
    };
    await synced(rig);
    await change(rig, 0);
    await rig.becomesTrue();
    expect(pages).toBe(3);
    expect(await rig.counted('dotkube_informer_demotions_total')).toBe(1);
    expect(await rig.counted('dotkube_informer_restarts_total')).toBe(1);
  },
  LONG_MS,
);

test(
  'out of reach for a while, with objects created and deleted meanwhile',
  async () => {
    const rig = await start('away');
    await synced(rig);
    let away = true;
    rig.fault = () => (away ? { kind: 'unreachable' } : undefined);
    rig.proxy.breakConnections();
    for (let round = 0; round < 4; round++) await change(rig, round);
    await eventually(
      async () => {
        expect(await rig.counted('dotkube_informer_restarts_total')).toBeGreaterThanOrEqual(3);
      },
      { withinMs: 60_000 },
    );
    away = false;
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(0);
  },
  LONG_MS,
);

test(
  'a token that is worth nothing any more',
  async () => {
    const admin = kubeConfig().getCurrentUser()?.token ?? '';
    let asked = 0;
    const rig = await start('token', {
      source: (proxy) => () => through(proxy, asked++ === 0 ? 'expired' : admin),
    });
    await synced(rig);
    expect(asked).toBe(2);
    await change(rig, 0);
    await rig.becomesTrue();
    expect(await rig.counted('dotkube_informer_restarts_total')).toBe(0);
  },
  LONG_MS,
);

test('10,000 deletes at once', async () => {
  const rig = await start('deletes');
  for (let from = 100; from < 10_000; from += 900) await rig.createMany(from, from + 900, 'many');
  await synced(rig);
  await rig.becomesTrue();
  const within = { withinMs: 60_000 };
  await eventually(() => {
    expect(new Set(rig.passes).size).toBeGreaterThanOrEqual(10_000);
  }, within);
  rig.passes.length = 0;
  await rig.removeAll();
  await rig.becomesTrue();
  await eventually(() => {
    expect(new Set(rig.passes).size).toBe(10_000);
  }, within);
  expect(rig.passes).toHaveLength(10_000);
}, 300_000);
