// How a page of the documentation is read, and that no page tells to type what no test types.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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

test('a block within a list is one, too', () => {
  const steps = sectionsOf('docs/notifications.md').find(({ heading }) => heading === 'Set it up')?.steps;
  expect(steps?.flatMap((step) => (step.kind === 'apply' ? step.manifests : [])).map(({ kind }) => kind)).toEqual([
    'Secret',
    'Role',
    'RoleBinding',
    'XrayPolicy',
  ]);
});

test('each section with something to save, to apply or to type is followed by a test', () => {
  const sections = pages().flatMap((page) => sectionsOf(page).map(({ heading }) => ({ page, heading })));
  expect(sections.length).toBeGreaterThan(40);
  const tests = testsIn('test');
  expect(sections.filter(({ page, heading }) => !tests.some((text) => follows(text, page, heading)))).toEqual([]);
});

function pages(): readonly string[] {
  const names = readdirSync('docs').filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.map((name) => `docs/${name}`)];
}

/** It reads the page as a whole, or names the section beside it. */
function follows(test: string, page: string, heading: string): boolean {
  return test.includes(`sectionsOf('${page}')`) || test.includes(`'${basename(page)}', '${heading}'`);
}

function testsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('docs/page.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
