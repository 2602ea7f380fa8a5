/**
 * Bundles the operator and the command line, each with all that it needs, into one file: `dist/kubexray-operator.cjs`, which is
 * what the image holds, and `dist/kubexray.cjs`. Unused parts of the packages are left out, which is most of client-node, so
 * that they start sooner and take less memory. What traces need is a bundle of its own, which the operator loads only where
 * they are wanted. Beside them lie the list of what is in them (sbom.mjs) and its licenses (notices.mjs).
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLED } from './bundled.mjs';
import { embeddedInputs, embedPage } from './embed-page.mjs';
import { writeNotices } from './notices.mjs';
import { writeSbom } from './sbom.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

const TRACES = 'kubexray-traces.cjs';
const tracesApart = {
  name: 'traces-apart',
  setup(plugin) {
    plugin.onResolve({ filter: /\/open-telemetry\.js$/ }, () => ({ path: `./${TRACES}`, external: true }));
  },
};

// Made beside it and put in place file by file: what runs from it, or another build, never finds half of it.
await mkdir(dist, { recursive: true });
const making = await mkdtemp(join(dist, 'making-'));
const bundled = [
  ...(await bundle({ entry: ['main.ts'], name: 'kubexray-operator.cjs', plugins: [tracesApart] })),
  ...(await bundle({ entry: ['config', 'open-telemetry.ts'], name: TRACES })),
  ...(await bundle({ entry: ['cli', 'main.ts'], name: 'kubexray.cjs', firstLine: '#!/usr/bin/env node' })),
];
await chmod(join(making, 'kubexray.cjs'), 0o755);
const inputs = [...bundled, ...[...embeddedInputs].map((path) => relative(root, path))];
await writeSbom(root, making, inputs);
await writeNotices(root, making, inputs);

for (const file of await readdir(making)) await rename(join(making, file), join(dist, file));
await rm(making, { recursive: true });

/** @returns the files of which something is in it, relative to the root */
async function bundle({ entry, name, firstLine = '', plugins = [] }) {
  const { metafile } = await build({
    ...BUNDLED,
    entryPoints: [join(root, 'src', ...entry)],
    outfile: join(making, name),
    absWorkingDir: root,
    metafile: true,
    plugins: [embedPage, ...plugins],
    banner: { js: firstLine },
    legalComments: 'linked', // the licenses of what is inside travel with it
    logLevel: 'warning',
  });
  await toAscii(join(making, name));
  const [bytes] = Object.values(metafile.outputs)
    .map((output) => output.bytes)
    .sort((a, b) => b - a);
  process.stdout.write(`dist/${name}: ${Math.round(bytes / 1024)} KiB\n`);
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0),
  );
}

// Comments of packages have a few letters beyond ASCII in them (of all else esbuild makes escapes). For each file with one of those,
// V8 keeps two bytes for every character in memory: 4 MiB more for the operator.
async function toAscii(file) {
  const text = await readFile(file, 'utf8');
  const escaped = text.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  await writeFile(file, escaped);
}
