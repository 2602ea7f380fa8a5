// The programs that are measured: bundled as an operator is for production, so that no tool of this repository is part of
// their memory, and run as processes of their own.
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { BUNDLED } from '../../scripts/bundled.mjs';
import { startChild } from './children.js';

const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=320']; // as FRAMEWORK recommends for an operator

const SOURCES = {
  framework: 'candidates/framework.ts',
  'client-node': 'candidates/client-node.ts',
  bytes: 'candidates/bytes.ts',
  relist: 'candidates/relist.ts',
  events: 'candidates/events.ts',
  writer: 'candidates/writer.ts',
  replica: 'candidates/replica.ts',
} as const;

export type Program = keyof typeof SOURCES;

export interface RunOptions {
  readonly kubeconfigPath: string;
  readonly args?: readonly string[];
  /** Without the limits on memory that an operator is given. */
  readonly unlimited?: boolean;
}

/** @param directory where the bundles go */
export async function bundlePrograms(directory: string): Promise<void> {
  await build({
    entryPoints: Object.entries(SOURCES).map(([out, file]) => ({ out, in: join('bench', 'framework', file) })),
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    ...BUNDLED,
    logLevel: 'error',
  });
}

export function startProgram(
  directory: string,
  program: Program,
  { kubeconfigPath, args = [], unlimited = false }: RunOptions,
): ChildProcess {
  const flags = [...(unlimited ? [] : NODE_FLAGS), ...profileFlags(program)];
  return startChild(process.execPath, [...flags, join(directory, `${program}.cjs`), ...args], {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** For those who want to know where the time goes: PROFILE names a folder. */
function profileFlags(program: Program): readonly string[] {
  const { PROFILE } = process.env;
  return PROFILE === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(PROFILE, program)}`];
}

/** @returns what it printed, as JSON; undefined where it failed */
export async function figuresOf<F>(child: ChildProcess): Promise<F | undefined> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own programs print it
  return output === '' ? undefined : (JSON.parse(output) as F);
}

/** Builds client-go's candidate. @throws Error where it cannot be built */
export async function buildReference(directory: string): Promise<string> {
  const path = join(directory, 'reference');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  await promisify(execFile)('go', ['build', '-o', path, '.'], { cwd: join('bench', 'reference'), env });
  return path;
}

export function startReference(path: string, { kubeconfigPath, args = [] }: RunOptions): ChildProcess {
  return startChild(path, args, {
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
