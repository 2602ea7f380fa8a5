// What the operator is told at start: where it may act, and what it refuses to start with.
import { describe, expect, test } from '@jest/globals';
import { readSettings } from '../../../src/config/settings.js';

function isProtected(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { protectedNamespaces } = readSettings(args, environment);
  return (namespace: string): boolean => protectedNamespaces.has(namespace);
}

describe('where it never acts', () => {
  test.each([
    ['unless told otherwise: system namespaces and its own', [], { shop: false, 'kube-system': true, mine: true }],
    ['named ones', ['--protected-namespaces=shop, pay'], { shop: true, pay: true, 'kube-system': false, mine: true }],
    ['all but those that it may act in', ['--enforce-in=shop,pay'], { shop: false, pay: false, other: true }],
    ['everywhere, told to act nowhere', ['--enforce-in='], { shop: true, 'kube-system': true, mine: true }],
    ['protection comes first', ['--enforce-in=mine,kube-system'], { 'kube-system': true, mine: true }],
    ['a star is everywhere', ['--enforce-in', '*'], { shop: false, 'kube-system': true }],
  ])('%s', (_, args, expected) => {
    const answer = isProtected(['--namespace=mine', ...args]);
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, answer(name)]))).toEqual(expected);
  });

  test('the environment says it where no flag does', () => {
    expect(isProtected([], { KUBEXRAY_ENFORCE_IN: '' })('shop')).toBe(true);
    expect(isProtected(['--enforce-in=shop'], { KUBEXRAY_ENFORCE_IN: '' })('shop')).toBe(false);
  });
});

test.each([
  ['--nonsense', 'unknown argument --nonsense; see --help'],
  ['--log-level=loud', '--log-level takes debug, info, warn or error, not "loud"'],
  ['--health-port=70000', '--health-port takes a port from 0 to 65535, not "70000"'],
  ['--leader-elect=maybe', '--leader-elect takes true or false, not "maybe"'],
])('%s is refused', (argument, message) => {
  expect(() => readSettings([argument], {})).toThrow(message);
});

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
