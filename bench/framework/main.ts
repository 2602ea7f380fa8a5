// `make bench`: what the framework costs, beside client-node's informer, a client that only reads the bytes, and client-go,
// all against the same real API server. PODS=100000 for more than the 10,000 of by default; RUNS for how often each runs.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { startCluster } from '../../test/cluster/cluster.js';
import { figureLine, type ListFigures, listTable } from './figures.js';
import { queueFigures } from './queue.js';
import { seedPods } from './seed.js';

const run = promisify(execFile);
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

// As the operator is run in production (FRAMEWORK: memory).
const NODE_FLAGS = ['--max-semi-space-size=8'];

async function measure(command: string, args: readonly string[], kubeconfig: string): Promise<ListFigures | undefined> {
  const child = spawn(command, [...args], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => child.once('close', resolve));
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own candidates print it
  return output === '' ? undefined : (JSON.parse(output) as ListFigures);
}

/** @returns the one with the median wall time */
function median(all: readonly (ListFigures | undefined)[]): ListFigures | undefined {
  const there = all.filter((figures) => figures !== undefined).sort((a, b) => a.seconds - b.seconds);
  return there[Math.floor(there.length / 2)];
}

/** @returns where the program lies; undefined where it cannot be built */
async function buildReference(path: string): Promise<string | undefined> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };
  return run('go', ['build', '-o', path, '.'], { cwd: 'bench/reference', env }).then(
    () => path,
    (error: unknown) => {
      say(`client-go is left out: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    },
  );
}

async function main(): Promise<void> {
  const pods = Number(process.env['PODS'] ?? 10_000);
  const runs = Number(process.env['RUNS'] ?? 3);
  say(
    `load before: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')} on ${cpus().length} CPUs`,
  );
  for (const figure of await queueFigures()) process.stdout.write(`${figureLine(figure)}\n`);

  const directory = await mkdtemp(join(tmpdir(), 'dot-kube-bench-'));
  const reference = await buildReference(join(directory, 'reference'));
  const cluster = await startCluster({ onProgress: say });
  try {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfigPath);
    const client = await KubeClient.from(config);
    await seedPods(client, pods, say);
    await client.close();
    const script = [...NODE_FLAGS, 'scripts/run-ts.mjs', 'bench/framework/candidates.ts'];
    const candidates: [string, string, string[]][] = [
      ['(a) this framework', process.execPath, [...script, 'framework']],
      ['(b) client-node', process.execPath, [...script, 'client-node']],
      ['(c) bytes only', process.execPath, [...script, 'bytes']],
      ...(reference === undefined ? [] : [['(d) client-go', reference, []] satisfies [string, string, string[]]]),
    ];
    const rows: [string, ListFigures | undefined][] = [];
    for (const [name, command, args] of candidates) {
      const all: (ListFigures | undefined)[] = [];
      for (let i = 0; i < runs; i++) all.push(await measure(command, args, cluster.kubeconfigPath));
      rows.push([name, median(all)]);
    }
    process.stdout.write(`${listTable(rows)}\n`);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
  say(
    `load after: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
