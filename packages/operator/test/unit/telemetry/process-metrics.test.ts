import { beforeEach, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Clock } from '../../../src/time/clock.js';
import { standardProcessMetrics, watchLoopDelay } from '../../../src/telemetry/process-metrics.js';
import { FakeClock } from '../../../src/testing/index.js';

/** As a clock may well be: its methods need the object that they are of. */
class ClockWithState implements Pick<Clock, 'now'> {
  readonly #date = new Date('2026-03-01T12:00:00Z');

  now(): Date {
    return this.#date;
  }
}

test('the start of the process is reckoned from the clock that is given', async () => {
  const registry = new Registry();
  const clock = new ClockWithState();
  standardProcessMetrics(registry, clock);
  const { values = [] } = (await registry.getSingleMetric('process_start_time_seconds')?.get()) ?? {};
  const ageSeconds = clock.now().getTime() / 1_000 - (values[0]?.value ?? 0);
  expect(ageSeconds).toBeGreaterThan(0);
  expect(ageSeconds).toBeLessThanOrEqual(process.uptime());
});

/** As Node's, which counts from one firing of its timer to the next. */
class Delays {
  #worstMs = 0;
  count = 0;
  isOn = false;

  held(ms: number): void {
    this.#worstMs = Math.max(this.#worstMs, ms);
    this.count++;
  }

  percentile(): number {
    return (20 + this.#worstMs) * 1e6;
  }

  reset(): void {
    [this.#worstMs, this.count] = [0, 0];
  }

  enable(): boolean {
    return (this.isOn = true);
  }

  disable(): boolean {
    return !(this.isOn = false);
  }
}

describe('how long the event loop is held', () => {
  let clock: FakeClock;
  let delays: Delays;
  let loop: ReturnType<typeof watchLoopDelay>;

  beforeEach(() => {
    clock = new FakeClock();
    delays = new Delays();
    loop = watchLoopDelay(clock, delays);
  });

  function after(seconds: number): number {
    clock.advance(seconds * 1_000);
    return Math.round(loop.p99Seconds() * 1_000);
  }

  test('nothing is told before anything was measured', () => {
    expect(after(0)).toBe(0);
  });

  test('read every ten seconds, a delay is told for 30 s at least, and less than 60', () => {
    delays.held(50);
    const told: number[] = [];
    for (let i = 0; i < 8; i++) {
      told.push(after(10));
      delays.held(1);
    }
    expect(told).toEqual([50, 50, 50, 50, 50, 1, 1, 1]);
  });

  test('read seldom, it tells of the time since it was read', () => {
    delays.held(50); // at the start
    expect(after(45)).toBe(50);
    delays.held(3);
    expect(after(60)).toBe(3);
  });

  test('stopped, nothing is measured any more', () => {
    expect(delays.isOn).toBe(true);
    loop.stop();
    expect(delays.isOn).toBe(false);
  });
});
