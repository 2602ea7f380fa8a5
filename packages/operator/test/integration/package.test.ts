// The package as others get it: packed by npm, and imported by each of its doors, without the sources.
import { execFile } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const run = promisify(execFile);
const source = resolve('packages/operator');
let directory: string;
let installed: string;

interface Door {
  readonly types: string;
  readonly default: string;
}

interface PackageJson {
  readonly exports: Readonly<Record<string, Door>>;
  readonly files: readonly string[];
}

beforeAll(async () => {
  await mkdir('node_modules/.cache', { recursive: true });
  directory = await mkdtemp(resolve('node_modules/.cache/package-')); // where what it depends on is found
  const made = join(directory, 'made');
  await cp(source, made, { recursive: true, filter: (path) => !/\/(src|test|dist|node_modules)$/.test(path) });
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', source, '--outDir', join(made, 'dist')]);
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', directory], {
    cwd: made,
  });
  installed = join(directory, 'node_modules/@dot-kube/operator');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(directory, stdout.trim()), '-C', installed, '--strip-components=1']);
}, 300_000);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test('each of its doors can be imported, and has its types', async () => {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own package.json
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as PackageJson;
  const doors = Object.keys(exports).map((door) => door.replace(/^\./, '@dot-kube/operator'));
  const program = `
    for (const door of ${JSON.stringify(doors)}) {
      const names = Object.keys(await import(door));
      if (names.length === 0) throw new Error(door + ' exports nothing');
      console.log(import.meta.resolve(door));
    }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: directory });
  expect(stdout.trim().split('\n')).toEqual(
    Object.values(exports).map((door) => `file://${join(installed, door.default)}`),
  );
  for (const { types } of Object.values(exports)) await access(join(installed, types));
}, 60_000);
