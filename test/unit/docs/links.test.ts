// Each link from one page to another, or to a file of the repository, leads somewhere; so does what stands behind its `#`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';

const FENCED = /^ *```.*?^ *```$/gms;
const CODE = /`[^`\n]*`/gu;
const LINK = /\]\(([^)\s]+)\)/gu;
const HEADING = /^#+ (.+)$/gmu;

interface Link {
  readonly page: string;
  readonly to: string;
}

function pages(): readonly string[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const others = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'packages/operator/README.md'];
  return [...others, ...docs.map((name) => join('docs', name))];
}

function textOf(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(FENCED, '');
}

function linksOn(page: string): readonly Link[] {
  return [...textOf(page).replaceAll(CODE, '').matchAll(LINK)]
    .map(([, to = '']) => ({ page, to }))
    .filter(({ to }) => !/^(https?|mailto):/u.test(to));
}

/** As GitHub names headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...textOf(page).matchAll(HEADING)].map(([, heading = '']) => heading);
  const linked = /\[([^\]]*)\]\([^)]*\)/gu;
  return new Set(
    headings.map((heading) =>
      heading
        .replaceAll(linked, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function leads({ page, to }: Link): boolean {
  const [path = '', anchor] = to.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsOf(target).has(anchor);
}

test('every link leads somewhere', () => {
  const links = pages().flatMap(linksOn);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((link) => !leads(link))).toEqual([]);
});

test.each(['nowhere.md', 'policy.md#nowhere', '#nowhere'])('%s would not', (to) => {
  expect(leads({ page: 'docs/concepts.md', to })).toBe(false);
});
