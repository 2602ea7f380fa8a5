// bench/operator: the minimal operator by controller-runtime (bench/reference/operator), on the same server.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startChild, stopChild } from '../framework/children.js';
import { podToResult } from './latency.js';
import { usageOf, type Usage } from './measured.js';
import type { Quantiles } from './records.js';
import { Sight } from './sight.js';
import { say, setStage, sleep } from './stage.js';

const REST_MS = 15_000;
const LATENCIES = 300;

export interface GoOperator {
  readonly inStepSeconds: number;
  readonly resultsSeconds: number;
  readonly cpuSeconds: number;
  readonly atRest: Usage;
  readonly podToResultMs: Quantiles;
}

export async function goOperator(pods: number): Promise<GoOperator> {
  const directory = await mkdtemp(join(tmpdir(), 'kubexray-bench-'));
  const program = join(directory, 'operator');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: join('bench', 'reference', 'operator'), env });
  const stage = await setStage(pods, say);
  const sight = new Sight();
  try {
    await sight.begin(stage.client);
    const child = startChild(program, [], {
      env: { ...process.env, KUBECONFIG: stage.server.kubeconfigPath },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout === null) throw new Error('its output is not read');
    const lines: readonly unknown[] = await once(createInterface({ input: child.stdout }), 'line');
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own program prints it
    const figures = JSON.parse(String(lines[0])) as Omit<GoOperator, 'atRest' | 'podToResultMs'>;
    await sleep(REST_MS);
    const atRest = await usageOf(child.pid ?? 0);
    const podToResultMs = await podToResult(stage, sight, LATENCIES);
    await stopChild(child);
    const { inStepSeconds, resultsSeconds, cpuSeconds } = figures;
    return { inStepSeconds, resultsSeconds, cpuSeconds, atRest, podToResultMs };
  } finally {
    await sight.end();
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  }
}
