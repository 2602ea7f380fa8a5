// What is told of the licenses of what is shipped.
import { expect, test } from '@jest/globals';
import { noticesOf } from '../../../scripts/notices.mjs';

const a = { name: 'a', version: '1.0.0', license: 'MIT', texts: ['Copyright A\r\nPermission is hereby granted\n\n'] };
const names = { name: 'names', version: '3.0.1', license: 'CC-BY-3.0', author: 'Their collector', texts: [] };

test('each has its name, its license and the words of it, in the same order for the same packages', () => {
  const notices = noticesOf([names, a]);
  expect(notices).toBe(
    'a 1.0.0, MIT\n============\nCopyright A\nPermission is hereby granted\n\n\nnames 3.0.1, CC-BY-3.0, Their collector\n=======================================\n',
  );
  expect(noticesOf([a, names])).toBe(notices);
});

test('nothing is shipped without the words that its license wants to travel with it', () => {
  expect(() => noticesOf([a, { ...a, name: 'b', texts: [] }])).toThrow('in b;');
});
