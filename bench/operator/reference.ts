// bench/operator: runs the bare program of the cold start against a server of its own.
import { rm, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED } from '../../scripts/bundled.mjs';
import { startChild } from '../framework/children.js';
import { figuresOf } from '../framework/programs.js';
import { resultsFile } from './cold-start.js';
import { Sight } from './sight.js';
import { say, setStage } from './stage.js';

export interface Bare {
  readonly objects: number;
  readonly readSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
}

/** As many as the operator's client sends at once. */
const AT_ONCE = '16';

export async function bareStart(pods: number, keptIn: string): Promise<Bare> {
  const directory = await mkdtemp(resolve('node_modules', '.cache', 'bench-'));
  const program = join(directory, 'bare.cjs');
  await build({
    entryPoints: [join('bench', 'operator', 'bare.ts')],
    outfile: program,
    ...BUNDLED,
    logLevel: 'error',
  });
  const stage = await setStage(pods, say);
  const sight = new Sight(); // watches as it does the operator, which takes its share of the machine
  try {
    await sight.begin(stage.client);
    const child = startChild(process.execPath, [program, resultsFile(keptIn, pods), AT_ONCE], {
      env: { ...process.env, KUBECONFIG: stage.server.kubeconfigPath },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const figures = await figuresOf<Bare>(child);
    if (figures === undefined) throw new Error('the reference failed');
    return figures;
  } finally {
    await sight.end();
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  }
}
