/**
 * An esbuild plugin: `import text from './file?embedded'` gives the text of a file, and of a script the text of its bundle for
 * browsers. So what a browser is served travels inside the one file of the program.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const BROWSERS = ['chrome120', 'firefox121', 'safari17.2']; // all of 2023 or later

/** The files of which something is in what is embedded, absolute: a part of what is shipped (sbom.mjs). */
export const embeddedInputs = new Set();

export const embedPage = {
  name: 'embed-page',
  setup(plugin) {
    plugin.onResolve({ filter: /[?]embedded$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/[?]embedded$/, '')),
      namespace: 'embedded',
    }));
    plugin.onLoad({ filter: /./, namespace: 'embedded' }, async ({ path }) => {
      if (!path.endsWith('.tsx')) return { contents: await readFile(path), loader: 'text', watchFiles: [path] };
      const { outputFiles, metafile } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        metafile: true,
        absWorkingDir: process.cwd(),
        platform: 'browser',
        format: 'esm',
        target: BROWSERS,
        minify: true,
        charset: 'utf8',
        legalComments: 'inline',
        tsconfig: join(dirname(path), 'tsconfig.json'),
        logLevel: 'error',
      });
      for (const { inputs } of Object.values(metafile.outputs))
        for (const [input, { bytesInOutput }] of Object.entries(inputs))
          if (bytesInOutput > 0) embeddedInputs.add(resolve(input));
      return { contents: outputFiles[0].contents, loader: 'text' };
    });
  },
};
