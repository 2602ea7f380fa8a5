/**
 * An esbuild plugin: `import text from './file?embedded'` gives the text of a file, and of a script the text of its bundle for
 * browsers. So what a browser is served travels inside the one file of the program.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const BROWSERS = ['chrome120', 'firefox121', 'safari17.2']; // all of 2023 or later

export const embedPage = {
  name: 'embed-page',
  setup(plugin) {
    plugin.onResolve({ filter: /[?]embedded$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/[?]embedded$/, '')),
      namespace: 'embedded',
    }));
    plugin.onLoad({ filter: /./, namespace: 'embedded' }, async ({ path }) => {
      if (!path.endsWith('.tsx')) return { contents: await readFile(path), loader: 'text', watchFiles: [path] };
      const { outputFiles } = await build({
        entryPoints: [path],
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'esm',
        target: BROWSERS,
        minify: true,
        charset: 'utf8',
        legalComments: 'inline',
        tsconfig: join(dirname(path), 'tsconfig.json'),
        logLevel: 'error',
      });
      return { contents: outputFiles[0].contents, loader: 'text' };
    });
  },
};
