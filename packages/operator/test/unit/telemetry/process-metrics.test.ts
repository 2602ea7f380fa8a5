import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Clock } from '../../../src/time/clock.js';
import { standardProcessMetrics } from '../../../src/telemetry/process-metrics.js';

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
