// Which licenses of dependencies are let through.
import { describe, expect, test } from '@jest/globals';
import { type LockedPackage, refusedLicenses } from '../../../scripts/licenses.js';

const lock = (license: string, more: LockedPackage = {}): Record<string, LockedPackage> => ({
  'node_modules/a': { license, ...more },
});

describe('a package that is shipped', () => {
  test.each(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND ISC'])('may be under %s', (license) => {
    expect(refusedLicenses(lock(license))).toEqual([]);
  });

  test.each(['GPL-3.0-only', 'MIT AND AGPL-3.0-only', 'SEE LICENSE IN LICENSE.txt', 'UNLICENSED'])(
    'may not be under %s',
    (license) => {
      expect(refusedLicenses(lock(license))).toEqual([`node_modules/a: ${license}`]);
    },
  );

  test('has to name its license', () => {
    expect(refusedLicenses({ 'node_modules/a': {} })).toEqual(['node_modules/a: none that it names']);
  });
});

test('what is for development only may be under any', () => {
  expect(refusedLicenses(lock('GPL-3.0-only', { dev: true }))).toEqual([]);
});
