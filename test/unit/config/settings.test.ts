import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../../src/config/settings.js';

const HOUR_MS = 3_600_000;

describe('the brake', () => {
  test('is on unless told otherwise', () => {
    expect(readSettings([], {})).toMatchObject({
      brake: { sharePercent: 25, floor: 10, windowMs: 24 * HOUR_MS },
      enforcementsPerMinute: 100,
    });
  });

  test('by the environment, and a flag comes first', () => {
    const environment = { KUBEXRAY_BRAKE_SHARE: '5', KUBEXRAY_BRAKE_FLOOR: '0', KUBEXRAY_BRAKE_WINDOW: '7d' };
    const { brake } = readSettings(['--brake-share', '100'], environment);
    expect(brake).toEqual({ sharePercent: 100, floor: 0, windowMs: 168 * HOUR_MS });
  });

  test.each([
    ['--brake-share', '0', /--brake-share takes a whole number from 1 to 100, not "0"/],
    ['--brake-share', '101', /from 1 to 100/],
    ['--brake-share', '25%', /not "25%"/],
    ['--brake-share', '0.25', /not "0.25"/],
    ['--brake-share', '', /not ""/],
    ['--brake-floor', '-1', /--brake-floor takes a whole number/],
    ['--brake-window', '59m', /--brake-window takes a duration from 1h to 7d, not "59m"/],
    ['--brake-window', '8d', /from 1h to 7d/],
    ['--brake-window', '24', /not "24"/],
    ['--enforcements-per-minute', '0', /from 1 to 100000/],
    ['--health-port', '1e3', /takes a port from 0 to 65535, not "1e3"/],
  ])('%s %s is refused in words', (flag, value, message) => {
    expect(() => readSettings([`${flag}=${value}`], {})).toThrow(message);
  });
});
