// What holds of the brake whatever happens: seeded stories of workloads that come to violate, are mended, stopped, restored.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Asker } from '../../../src/api/v1alpha1/types.js';
import { type Ask, Brake, type Ruling } from '../../../src/plan/brake.js';
import { allowance } from '../../../src/plan/brake-limit.js';
import { burstOf, takeTurn } from '../../../src/plan/brake-rate.js';

const HOUR_MS = 3_600_000;
const rules = { sharePercent: 25, floor: 3, windowMs: 24 * HOUR_MS };
const WORKLOADS = 40;
const namespaceOf = (workload: number): string => (workload % 2 === 0 ? 'shop' : 'cart');
const policyOf = (workload: number, asker: Asker): string =>
  asker === 'Team' ? `${namespaceOf(workload)}/base` : 'floor';

type Step =
  | { readonly does: 'want'; readonly workload: number; readonly asker: Asker; readonly isSettled: boolean }
  | { readonly does: 'mend'; readonly workload: number }
  | { readonly does: 'approve' | 'revoke'; readonly policy: string }
  | { readonly does: 'settle' }
  | { readonly does: 'restart' }
  | { readonly does: 'wait'; readonly hours: number };

const workload = fc.nat(WORKLOADS - 1);
const policy = fc.constantFrom('floor', 'shop/base', 'cart/base');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constant('want' as const),
      workload,
      asker: fc.constantFrom<Asker>('Platform', 'Team'),
      isSettled: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('mend' as const), workload }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('approve' as const, 'revoke' as const), policy }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), hours: fc.nat(30) }) },
);

interface Stopped {
  readonly workload: number;
  readonly atMs: number;
  readonly asker: Asker;
}

/** What the operator does around the brake: it stops what it may, and remembers it as the results do. */
class Story {
  nowMs = 0;
  readonly stopped: Stopped[] = [];
  brake = this.#start();
  readonly approved = new Set<string>();
  readonly approvedStops: string[] = [];
  readonly #wanted = new Map<number, Asker>();

  take(next: Step): void {
    switch (next.does) {
      case 'want':
        this.#wanted.set(next.workload, next.asker);
        this.#judge(next.workload, next.isSettled);
        return;
      case 'mend':
        this.#wanted.delete(next.workload);
        this.brake.withdraw(String(next.workload));
        return;
      case 'approve':
        this.approved.add(next.policy);
        for (const key of this.brake.askedBy(next.policy)) this.#judge(Number(key), false);
        return;
      case 'revoke':
        this.approved.delete(next.policy);
        return;
      case 'settle':
        for (const key of this.brake.settle(this.nowMs)) this.#judge(Number(key), false);
        return;
      case 'restart':
        this.brake = this.#start();
        return;
      case 'wait':
        this.nowMs += next.hours * HOUR_MS;
    }
  }

  #start(): Brake {
    const brake = new Brake(rules);
    for (let i = 0; i < WORKLOADS; i++) brake.counts(String(i), namespaceOf(i));
    const last = new Map(this.stopped.map((one) => [one.workload, one])); // one record for each workload
    for (const { workload: one, asker, atMs } of [...last.values()].sort((a, b) => a.atMs - b.atMs))
      brake.stopped(String(one), { namespace: namespaceOf(one), asker, atMs }, this.nowMs);
    return brake;
  }

  #judge(one: number, isSettled: boolean): void {
    const asker = this.#wanted.get(one);
    if (asker === undefined) return;
    const key = String(one);
    const namespace = namespaceOf(one);
    const policies = [policyOf(one, asker)];
    const ask: Ask = {
      action: 'ScaleDown',
      asker,
      policies,
      isApproved: policies.some((name) => this.approved.has(name)),
    };
    const ruling: Ruling = this.brake.rule(key, namespace, [ask], { nowMs: this.nowMs, isSettled, isStarting: false });
    if (ruling.kind !== 'go') return;
    if (ruling.counted === undefined) this.approvedStops.push(...policies);
    else {
      this.stopped.push({ workload: one, atMs: this.nowMs, asker: ruling.counted });
      this.brake.stopped(key, { namespace, asker: ruling.counted, atMs: this.nowMs }, this.nowMs);
    }
    this.#wanted.delete(one); // it is stopped; to be wanted again somebody has to bring it back
  }
}

function mostInAWindow(stopped: readonly Stopped[]): number {
  const counts = stopped.map(({ atMs }) => {
    const within = stopped.filter((other) => other.atMs > atMs - rules.windowMs && other.atMs <= atMs);
    return new Set(within.map(({ workload: one }) => one)).size;
  });
  return Math.max(0, ...counts);
}

test('without approval, no window ever sees more newly stopped than the share, or the floor', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
      const story = new Story();
      for (const next of steps) {
        story.take(next);
        expect(mostInAWindow(story.stopped)).toBeLessThanOrEqual(allowance(rules, WORKLOADS));
        for (const namespace of ['shop', 'cart']) {
          const ofTeam = story.stopped.filter(
            ({ workload: one, asker }) => asker === 'Team' && namespaceOf(one) === namespace,
          );
          expect(mostInAWindow(ofTeam)).toBeLessThanOrEqual(allowance(rules, WORKLOADS / 2));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test('what goes as approved was asked for by a policy that is approved', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 100 }), (steps) => {
      const story = new Story();
      for (const next of steps) {
        const before = story.approvedStops.length;
        story.take(next);
        for (const asked of story.approvedStops.slice(before)) expect(story.approved.has(asked)).toBe(true);
      }
    }),
  );
});

test('of one wave, who comes first makes no difference: all of them go, or none', () => {
  const wave = fc.record({
    population: fc.integer({ min: 1, max: 200 }),
    wanted: fc.uniqueArray(fc.nat(199), { minLength: 1, maxLength: 100 }),
    asker: fc.constantFrom<Asker>('Platform', 'Team'),
  });
  fc.assert(
    fc.property(wave, ({ population, wanted, asker }) => {
      const brake = new Brake(rules);
      for (let i = 0; i < population; i++) brake.counts(String(i), 'shop');
      const rule = (one: number): Ruling['kind'] => {
        const ask: Ask = { action: 'ScaleDown', asker, policies: ['p'], isApproved: false };
        return brake.rule(String(one), 'shop', [ask], { nowMs: 0, isSettled: false, isStarting: false }).kind;
      };
      for (const one of wanted) expect(rule(one)).not.toBe('go');
      brake.settle(0);
      const kinds = new Set(wanted.map(rule));
      expect([...kinds]).toEqual([wanted.length <= allowance(rules, population) ? 'go' : 'hold']);
    }),
  );
});

test('whatever a team wants, what the platform asks for is let go as if it wanted nothing', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 10 }), (ofTeam, ofPlatform) => {
      const brake = new Brake(rules);
      for (let i = 0; i < WORKLOADS; i++) brake.counts(String(i), 'shop');
      const rule = (key: string, asker: Asker): Ruling['kind'] =>
        brake.rule(key, 'shop', [{ action: 'ScaleDown', asker, policies: [asker], isApproved: false }], {
          nowMs: 0,
          isSettled: false,
          isStarting: false,
        }).kind;
      for (let i = 0; i < ofTeam; i++) rule(`team-${i}`, 'Team');
      for (let i = 0; i < ofPlatform; i++) rule(`platform-${i}`, 'Platform');
      brake.settle(0);
      for (let i = 0; i < ofPlatform; i++) expect(rule(`platform-${i}`, 'Platform')).toBe('go');
    }),
  );
});

test('turns: in no span of time are there more than the burst and the rate give, and nobody is passed over', () => {
  const arrivals = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 120 }), (gaps, perMinute) => {
      let owed = 0;
      let nowMs = 0;
      const turns = gaps.map((gap) => {
        nowMs += gap;
        const turn = takeTurn(owed, nowMs, { perMinute });
        owed = turn.owed;
        expect(turn.turnMs).toBeGreaterThanOrEqual(nowMs);
        return turn.turnMs;
      });
      expect(turns).toEqual(turns.toSorted((a, b) => a - b));
      const everyMs = 60_000 / perMinute;
      const burst = burstOf({ perMinute });
      for (const beyond of [1, 2, perMinute])
        for (let i = 0; i + burst - 1 + beyond < turns.length; i++) {
          const spanMs = (turns[i + burst - 1 + beyond] ?? 0) - (turns[i] ?? 0);
          expect(spanMs).toBeGreaterThanOrEqual(beyond * everyMs - 0.001);
        }
    }),
  );
});

test.each([
  [1, 1],
  [4, 1],
  [5, 1],
  [10, 2],
  [100, 20],
])('at %i a minute, %i go at once and the next waits for its turn', (perMinute, burst) => {
  let owed = 0;
  const turns = Array.from({ length: burst + 2 }, () => {
    const turn = takeTurn(owed, 1_000, { perMinute });
    owed = turn.owed;
    return turn.turnMs - 1_000;
  });
  const everyMs = 60_000 / perMinute;
  expect(turns).toEqual([...Array.from({ length: burst }, () => 0), everyMs, 2 * everyMs]);
});
