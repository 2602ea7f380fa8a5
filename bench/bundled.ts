// bench: how the programs that are measured are bundled: as an operator is for production, so that no tool of this repository is
// part of their memory.
import type { BuildOptions } from 'esbuild';

// Some packages are CommonJS and ask for Node's own modules by require, which an ES module does not have.
// `import.meta` with a bracket, as scripts/run-ts.mjs would put this file's own place there.
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta['url']);`;

export const BUNDLED = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  conditions: ['@dot-kube/source'],
  tsconfig: 'tsconfig.json',
  banner: { js: REQUIRE },
  logLevel: 'error',
} as const satisfies BuildOptions;
