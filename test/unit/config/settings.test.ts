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
