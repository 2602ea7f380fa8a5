import { describe, expect, test } from '@jest/globals';
import { silentLogger } from '@dot-kube/operator';
import { eventually, FakeClock } from '@dot-kube/operator/testing';
import { HintRelay } from '../../../src/controllers/connection/hint-relay.js';
import type { Hint } from '../../../src/hook/payload.js';
import { hintText, parseHintText, together } from '../../../src/hook/relayed-hint.js';
import { aDigest } from '../../builders/builders.js';

const hint: Hint = { digests: [aDigest('a')], paths: ['default/r/shop/web/1'] };

test('a hint survives the way as text', () => {
  expect(parseHintText(hintText(hint, '1'))).toEqual(hint);
  expect(hintText(hint, '1')).not.toBe(hintText(hint, '2'));
});

test.each(['', 'nonsense', '7', 'null', '[]', '{"digests":7,"paths":{}}', '{"digests":["x",7],"paths":[7]}'])(
  '"%s" hints at nothing',
  (text) => {
    expect(parseHintText(text) ?? { digests: [], paths: [] }).toEqual({ digests: [], paths: [] });
  },
);

test('many hints together stay short', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => ({ digests: [], paths: [`${'x'.repeat(1_000)}/${at}`] }));
  const all = many.reduce<Hint | undefined>((sum, one) => together(sum, one), undefined);
  expect(hintText(all ?? hint, '1').length).toBeLessThanOrEqual(131_072);
});

describe('a replica that', () => {
  function relay(isRunning: boolean): { relay: HintRelay; looked: unknown[]; written: unknown[]; clock: FakeClock } {
    const [looked, written, clock]: [unknown[], unknown[], FakeClock] = [[], [], new FakeClock()];
    const lookAgain = (one: unknown): void => {
      looked.push(one);
    };
    const patch = async <T>(...args: readonly unknown[]): Promise<T> => {
      written.push(args[2]);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- nobody looks at the answer
      return undefined as T;
    };
    const ports = {
      connection: 'default',
      poller: { isRunning, lookAgain },
      client: { patch },
      clock,
      log: silentLogger,
    };
    return { relay: new HintRelay({ ...ports, random: () => 0.5 }), looked, written, clock };
  }

  test('asks Xray looks at once, and writes nothing', () => {
    const { relay: one, looked, written } = relay(true);
    one.received(hint);
    expect(looked).toEqual([hint]);
    expect(written).toEqual([]);
  });

  test('does not writes what came in a second as one, and ends when it is told to', async () => {
    const { relay: one, looked, written, clock } = relay(false);
    const stop = new AbortController();
    const running = one.run(stop.signal);
    one.received(hint);
    await eventually(() => {
      expect(written).toHaveLength(1);
    });
    for (let i = 0; i < 10; i++) one.received({ digests: [aDigest(String(i))], paths: [] });
    clock.advance(1_000);
    await eventually(() => {
      expect(written).toHaveLength(2);
    });
    expect(looked).toEqual([]);
    expect(JSON.stringify(written[1])).toContain(aDigest('9'));
    stop.abort(new Error('the test is over'));
    await running;
    expect(clock.pending).toBe(0);
  });

  test('asks Xray looks at what another one has passed on, once', () => {
    const { relay: one, looked } = relay(true);
    one.seen(hintText(hint, '1'));
    one.seen(hintText(hint, '1'));
    one.seen(undefined);
    one.seen('nonsense');
    expect(looked).toEqual([hint]);
    one.seen(hintText(hint, '2'));
    expect(looked).toHaveLength(2);
  });
});
