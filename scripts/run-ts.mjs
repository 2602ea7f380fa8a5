/**
 * Runs a TypeScript file of this repository without a build step: `node scripts/run-ts.mjs FILE ARGS…`, or
 * `await importTs('test/cluster/cluster.ts')` from another .mjs file.
 *
 * Node's own type stripping knows neither decorators nor specifiers that end in `.js`, so esbuild bundles the file with
 * what it imports from this repository (the workspaces from their source) and leaves all other packages to Node.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { embedPage } from './embed-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundles = join(root, 'node_modules', '.cache', 'run-ts'); // inside the repository, so that packages resolve
const workspace = '@dot-kube/';
const KEEP_BUNDLES_MS = 24 * 3_600_000;

/** Packages stay outside; a workspace has no `dist/` yet and is taken from its source. */
const packagesStayOutside = {
  name: 'packages-stay-outside',
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith(workspace) ? undefined : { path, external: true },
    );
  },
};

/** A module that asks where it lies is told its own place, not the bundle's. */
const modulesKnowTheirPlace = {
  name: 'modules-know-their-place',
  setup(plugin) {
    plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, key) =>
        JSON.stringify(place[key]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** Bundles the file and gives the path of the bundle, whose name is the hash of what is in it. */
async function bundle(file) {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, file)],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['@dot-kube/source'],
    tsconfig: join(root, 'tsconfig.json'), // experimentalDecorators
    keepNames: true,
    sourcemap: 'inline',
    sourcesContent: false,
    outdir: bundles,
    logLevel: 'error',
    plugins: [embedPage, packagesStayOutside, modulesKnowTheirPlace],
  });
  const code = outputFiles[0].contents;
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const path = join(bundles, `${basename(file, '.ts')}-${hash}.mjs`);
  const unfinished = join(bundles, `${randomUUID()}.unfinished`);
  await mkdir(bundles, { recursive: true });
  await writeFile(unfinished, code);
  await rename(unfinished, path); // another run may be reading the same bundle
  return path;
}

async function sweep() {
  const oldest = Date.now() - KEEP_BUNDLES_MS;
  for (const name of await readdir(bundles)) {
    const path = join(bundles, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < oldest) await rm(path, { force: true });
  }
}

/** Imports a TypeScript module of this repository; `file` is absolute or relative to the root of the repository. */
export async function importTs(file) {
  process.setSourceMapsEnabled(true);
  const path = await bundle(file);
  await sweep();
  return import(pathToFileURL(path).href);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write('Usage: node scripts/run-ts.mjs FILE ARGS…\n');
    process.exit(2);
  }
  process.argv = [process.argv[0], resolve(file), ...args];
  await importTs(resolve(file));
}
