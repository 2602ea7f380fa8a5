// `make bench`: what the framework costs, beside client-node's informer, a client that only reads the bytes, and client-go,
// all against the same real API server. PODS=100000 for more than the 10,000 by default; RUNS for how often each runs;
// PARTS for some of queue,lists,relist,events,takeover,faults; CANDIDATES for some of abcde; SECONDS for how long events come;
// FAULTS for those faults alone that have this in their names.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { buildPrograms } from '../../test/cluster/cluster.js';
import { endOnSignals } from './children.js';
import { faults } from './faults.js';
import { figureLine } from './figures.js';
import { type Bench, events, lists, relist } from './parts.js';
import { bundlePrograms } from './programs.js';
import { queueFigures } from './queue.js';
import { seededServer } from './seeded.js';
import { takeover } from './takeover.js';

const PARTS = ['queue', 'lists', 'relist', 'events', 'takeover', 'faults'];

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
const print = (lines: string): void => {
  process.stdout.write(`${lines}\n`);
};

function load(): string {
  return `load ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')} on ${cpus().length} CPUs`;
}

async function main(): Promise<void> {
  endOnSignals();
  const {
    PODS = '10000',
    RUNS = '3',
    SECONDS = '60',
    CANDIDATES = 'abcde',
    PARTS: asked = PARTS.join(','),
  } = process.env;
  const parts = asked.split(',');
  const unknown = parts.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`PARTS: no ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
  print(load());
  await measure(parts, { pods: Number(PODS), runs: Number(RUNS), seconds: Number(SECONDS), candidates: CANDIDATES });
  print(load());
}

async function measure(
  parts: readonly string[],
  { pods, ...limits }: Limits & { readonly pods: number },
): Promise<void> {
  if (parts.includes('queue')) for (const figure of await queueFigures()) print(figureLine(figure));
  if (parts.includes('faults')) print(await faults(process.env['FAULTS'] ?? '', say));
  if (parts.some((part) => part !== 'queue' && part !== 'faults')) await withServer(pods, parts, limits);
}

interface Limits {
  readonly runs: number;
  readonly seconds: number;
  readonly candidates: string;
}

async function withServer(pods: number, parts: readonly string[], { seconds, ...limits }: Limits): Promise<void> {
  const directory = await mkdtemp(resolve('node_modules', '.cache', 'bench-'));
  await bundlePrograms(directory);
  const server = await seededServer(await buildPrograms({ onProgress: say }), pods, say);
  const bench: Bench = { server, directory, ...limits };
  try {
    if (parts.includes('lists')) print(await lists(bench));
    if (parts.includes('relist')) for (const how of ['stream', 'pages'] as const) print(await relist(bench, how));
    if (parts.includes('takeover')) print(await takeover(bench));
    if (parts.includes('events')) print(await events(bench, seconds)); // last: it changes pods
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
