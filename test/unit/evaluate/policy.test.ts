import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { effectivePolicy } from '../../../src/evaluate/effective-policy.js';
import { glob } from '../../../src/evaluate/glob.js';
import { type Compiled, compilePolicy } from '../../../src/evaluate/policy.js';
import type { XrayPolicySpec } from '../../../src/api/v1alpha1/types.js';

const base = { namespace: 'shop', name: 'base' };

const invalid: Record<string, [XrayPolicySpec, string]> = {
  'a regular expression is no license pattern': [{ license: { denied: ['^GPL.*$'] } }, 'InvalidLicensePattern'],
  'a pattern with blanks around it matches nothing': [{ license: { allowed: [' MIT'] } }, 'InvalidLicensePattern'],
  'allowed and denied contradict each other': [
    { license: { allowed: ['MIT'], denied: ['GPL-*'] } },
    'ContradictoryLicenses',
  ],
  'no image has white space': [{ unscanned: { exemptImages: ['a b'] } }, 'InvalidImagePattern'],
  "a label can't be there and not be there": [
    {
      workloadSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
      security: {},
    },
    'ContradictorySelector',
  ],
  'a label has one value': [
    {
      workloadSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }],
      },
      security: {},
    },
    'ContradictorySelector',
  ],
  'a duration has a unit': [{ security: { gracePeriod: '15' } }, 'InvalidDuration'],
};

test.each(Object.entries(invalid))('%s', (_, [spec, reason]) => {
  const compiled = compilePolicy(base, spec);
  expect(compiled).toMatchObject({ ok: false, reason });
});

test('an edit that makes no sense leaves the last valid form in force', () => {
  const bad = { license: { denied: ['('.repeat(3), '['] } };
  const good = { mode: 'Enforce', license: { denied: ['GPL-*'] } } as const;
  const compile = (spec: XrayPolicySpec): Compiled => compilePolicy(base, spec);
  expect(effectivePolicy(compile, bad, good).inForce).toMatchObject({ mode: 'Enforce' });
  expect(effectivePolicy(compile, bad, undefined).inForce).toBeUndefined();
});

test.each([
  ['AGPL-3.0-*', 'agpl-3.0-only', true],
  ['AGPL-3.0-*', 'GPL-3.0-only', false],
  ['*', '', true],
  ['GPL-?.0', 'GPL-2.0', true],
  ['registry.k8s.io/*', 'registry.k8s.io/a/b:1', true],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZ', false],
])('the pattern %s matches %s: %s', (pattern, text, want) => {
  expect(glob(pattern)(text)).toBe(want);
});

test('a pattern means the same as the regular expression that it stands for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (wanted, given) => {
      const expression = new RegExp(`^${wanted.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
      expect(glob(wanted)(given)).toBe(expression.test(given));
    }),
  );
});
