import { describe, expect, test } from '@jest/globals';
import { answered, type Circuit, closed, enter, failed } from '../../../../src/scan/xray/circuit-breaker.js';

const LONGEST = 30_000;

function failedTimes(times: number, nowMs = 0): Circuit {
  return Array.from({ length: times }).reduce<Circuit>((circuit) => failed(circuit, nowMs, LONGEST), closed);
}

test('four failures in a row let requests go out, the fifth does not', () => {
  expect(enter(failedTimes(4), 0)).toMatchObject({ go: true });
  expect(enter(failedTimes(5), 0)).toMatchObject({ go: false, retryAtMs: 1_000 });
});

test('an answer in between counts from the beginning', () => {
  expect(failed(answered(), 0, LONGEST)).toEqual({ state: 'closed', failures: 1 });
});

describe('once it is open', () => {
  const open = failedTimes(5);

  test('one request goes out after the pause, and no second one before it is back', () => {
    const probe = enter(open, 1_000);
    expect(probe).toMatchObject({ go: true, circuit: { state: 'halfOpen' } });
    expect(enter(probe.circuit, 1_001)).toMatchObject({ go: false, retryAtMs: 2_001 }); // and soon asks again
  });

  test('whoever waits for the probe looks again after a second, not when it would be overdue', () => {
    const probe = enter(open, 1_000).circuit;
    expect(enter(probe, 1_001)).toMatchObject({ go: false, retryAtMs: 2_001 });
  });

  test('an answer to that one closes it', () => {
    expect(answered()).toEqual(closed);
  });

  test('a failure of that one makes the pause longer, up to half a minute', () => {
    let circuit = open;
    const pauses = Array.from({ length: 8 }, () => {
      if (circuit.state !== 'open') throw new Error('it is open after a failed probe');
      const atMs = circuit.retryAtMs;
      circuit = failed(enter(circuit, atMs).circuit, atMs, LONGEST);
      return circuit.state === 'open' ? circuit.retryAtMs - atMs : 0;
    });
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  test('a request that was out when it opened does not make the pause longer', () => {
    expect(failed(open, 500, LONGEST)).toEqual(open);
  });

  test('a probe that never comes back does not keep it shut for ever', () => {
    const probe = enter(open, 1_000).circuit;
    expect(enter(probe, 61_000)).toMatchObject({ go: true });
  });
});
