import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAcceptable, licenseExpression } from '../../../src/scan/license-expression.js';

function accepts(name: string, ...liked: readonly string[]): boolean {
  return isAcceptable(licenseExpression(name), (names) => names.some((one) => liked.includes(one)));
}

describe('an expression is judged by what it means', () => {
  test.each([
    ['MIT OR GPL-2.0-only', ['MIT'], true],
    ['MIT OR GPL-2.0-only', ['GPL-2.0-only'], true],
    ['MIT OR GPL-2.0-only', ['Apache-2.0'], false],
    ['MIT AND GPL-2.0-only', ['MIT'], false],
    ['MIT AND GPL-2.0-only', ['MIT', 'GPL-2.0-only'], true],
    ['(MIT OR Apache-2.0) AND BSD-3-Clause', ['Apache-2.0', 'BSD-3-Clause'], true],
    ['(MIT OR Apache-2.0) AND BSD-3-Clause', ['MIT', 'Apache-2.0'], false],
    ['MIT or Apache-2.0', ['Apache-2.0'], true],
    ['GPL-2.0-only WITH Classpath-exception-2.0', ['GPL-2.0-only'], false],
    ['GPL-2.0-only WITH Classpath-exception-2.0', ['GPL-2.0-only WITH Classpath-exception-2.0'], true],
  ])('%s, where %j is welcome: %s', (name, liked, isFine) => {
    expect(accepts(name, ...liked)).toBe(isFine);
  });
});

describe('one license is found under each of its names', () => {
  test.each([
    ['GPL-3.0', 'GPL-3.0-only'],
    ['GPL-3.0', 'GPL-3.0'],
    ['LGPL-2.1+', 'LGPL-2.1-or-later'],
    ['AGPL-3.0', 'AGPL-3.0-only'],
    ['apache-2.0', 'Apache-2.0'],
    ['ZLIB', 'Zlib'],
    ['BSD 3-Clause', 'BSD-3-Clause'],
    ['Openfont-1.1', 'OFL-1.1'],
    ['GPL-2.0+CE', 'GPL-2.0-only WITH Classpath-exception-2.0'],
    ['Acme Internal License (v2)', 'Acme Internal License (v2)'],
    ['Public Domain', 'Public Domain'],
    ['BSD', 'BSD'],
  ])('%s is %s', (name, other) => {
    expect(accepts(name, other)).toBe(true);
  });

  test('a license that may be used in later versions is not the one that may not', () => {
    expect(accepts('GPL-2.0-or-later', 'GPL-2.0-only')).toBe(false);
  });
});

test('no text is too strange to be a license', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000 }), (name) => {
      expect(typeof isAcceptable(licenseExpression(name), () => true)).toBe('boolean');
    }),
  );
});

test('a very deep expression is a license of its own', () => {
  const deep = `${'('.repeat(5_000)}MIT${')'.repeat(5_000)}`;
  expect(licenseExpression(deep)).toEqual({ kind: 'license', names: [deep] });
});
