// bench: how the programs that are measured are bundled: as an operator is for production, so that no tool of this repository is
// part of their memory.
import type { BuildOptions } from 'esbuild';

export const BUNDLED = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  mainFields: ['module', 'main'],
  conditions: ['@dot-kube/source'],
  tsconfig: 'tsconfig.json',
  logLevel: 'error',
} as const satisfies BuildOptions;
