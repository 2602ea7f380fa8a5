// How a page of the documentation is read, and that no page tells to type what no test types.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { sectionsOf, shownAs } from '../../docs/page.js';

describe('what a page shows', () => {
  test.each<[string, string, boolean]>([
    ['NAME   AGE\nweb    …', 'NAME   AGE\nweb    5s\n', true],
    ['NAME AGE\nweb …', 'NAME   AGE\nweb    5s  \n', true],
    ['NAME   AGE\nweb    …', 'NAME   AGE\nweb    5s\napi    7s\n', false],
    ['NAME   AGE\n…', 'NAME   AGE\nweb    5s\napi    7s\n', true],
    ['…\nweb', 'api\nweb\n', true],
    ['web (1.2)', 'web (1x2)\n', false],
    ['  ✗ web', '✗ web\n', true],
    ['', '\n', true],
    ['web', '', false],
  ])('%j is %j: %j', (shows, said, isSo) => {
    expect(shownAs(shows).test(said)).toBe(isSo);
  });
});

test('each page with something to apply or to type is followed by a test', () => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md') && tellsToDo(join('docs', name)));
  expect(pages.length).toBeGreaterThan(8);
  const tests = testsIn('test/integration');
  expect(pages.filter((page) => !tests.some((text) => text.includes(page)))).toEqual([]);
});

function tellsToDo(page: string): boolean {
  return sectionsOf(page).some(({ steps }) => steps.some(({ kind }) => kind !== 'save'));
}

function testsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
