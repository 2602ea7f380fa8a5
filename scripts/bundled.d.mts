import type { BuildOptions } from 'esbuild';

export const BUNDLED: BuildOptions & { readonly format: 'cjs' };
