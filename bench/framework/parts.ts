// The parts of the benchmark that need a server; each gives lines to be printed.
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { refusal, startApiProxy } from '@dot-kube/operator/testing';
import { stopChild } from './children.js';
import { type ListFigures, listTable } from './figures.js';
import { buildReference, figuresOf, startProgram, startReference } from './programs.js';
import { type BenchServer } from './server.js';

export interface Bench {
  readonly server: BenchServer;
  /** Of the bundles. */
  readonly directory: string;
  readonly runs: number;
  /** Which of the lists' candidates, by their letters. */
  readonly candidates: string;
}

/** (a) to (e): from nothing to a cache in step. */
export async function lists({ server, directory, runs, candidates: asked }: Bench): Promise<string> {
  const { kubeconfigPath } = server;
  const isAsked = (name: string): boolean => asked.includes(name.charAt(1));
  const reference = await buildReference(directory);
  const candidates: [string, () => ChildProcess][] = [
    ['(a) this framework, by stream', () => startProgram(directory, 'framework', { kubeconfigPath, args: ['stream'] })],
    ['(a) this framework, by pages', () => startProgram(directory, 'framework', { kubeconfigPath, args: ['pages'] })],
    [
      '(e) the same in protobuf, by stream',
      () => startProgram(directory, 'framework', { kubeconfigPath, args: ['stream', 'protobuf'] }),
    ],
    [
      '(e) the same in protobuf, by pages',
      () => startProgram(directory, 'framework', { kubeconfigPath, args: ['pages', 'protobuf'] }),
    ],
    ['(b) client-node', () => startProgram(directory, 'client-node', { kubeconfigPath, unlimited: true })],
    ['(c) bytes only', () => startProgram(directory, 'bytes', { kubeconfigPath })],
    ['(d) client-go, protobuf', () => startReference(reference, { kubeconfigPath })],
  ];
  // Once: it only tells what the encoding makes, which custom resources do not have a choice of.
  const json = (): ChildProcess => startReference(reference, { kubeconfigPath, args: ['json'] });
  const rows: [string, readonly ListFigures[]][] = [];
  for (const [name, start] of candidates) if (isAsked(name)) rows.push([name, await runsOf(start, runs, server)]);
  if (asked.includes('d')) rows.push(['(d) client-go, JSON, once', await runsOf(json, 1, server)]);
  return listTable(rows);
}

async function runsOf(start: () => ChildProcess, runs: number, server: BenchServer): Promise<readonly ListFigures[]> {
  const all: ListFigures[] = [];
  for (let i = 0; i < runs; i++) {
    const before = await server.cpuSeconds();
    const measured = await figuresOf<Omit<ListFigures, 'serverCpuSeconds'>>(start());
    if (measured === undefined) break; // it would not get there the next time either
    const figures = { ...measured, serverCpuSeconds: (await server.cpuSeconds()) - before };
    process.stderr.write(`${JSON.stringify(figures)}\n`); // what was measured is not lost with what comes after it
    all.push(figures);
  }
  return all;
}

interface RelistFigures {
  readonly seconds: number;
  readonly told: number;
  readonly beforeMiB: number;
  readonly peakMiB: number;
  readonly afterMiB: number;
}

/** A list while the cache is in use: the watch is cut off, and answered 410 when it wants to go on. */
export async function relist({ server, directory }: Bench, how: 'stream' | 'pages'): Promise<string> {
  let answer410 = false;
  const proxy = await startApiProxy({
    server: server.url,
    certificateAuthority: server.certificateAuthority,
    onRequest: ({ query }) => {
      if (!answer410 || !query.has('resourceVersion')) return undefined;
      answer410 = false;
      return refusal(410, 'Expired');
    },
  });
  const kubeconfigPath = join(directory, 'proxied.kubeconfig');
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfigPath);
  const { token } = config.getCurrentUser() ?? {};
  config.loadFromOptions({
    clusters: [{ name: 'bench', server: proxy.url, skipTLSVerify: true }],
    users: [{ name: 'admin', token }],
    contexts: [{ name: 'bench', cluster: 'bench', user: 'admin' }],
    currentContext: 'bench',
  });
  await writeFile(kubeconfigPath, config.exportConfig());
  const child = startProgram(directory, 'relist', { kubeconfigPath, args: [how] });
  const lines = linesOf(child);
  await lines.first('in step');
  answer410 = true;
  proxy.breakConnections();
  await once(child, 'close');
  await proxy.close();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own programs print it
  const { seconds, told, beforeMiB, peakMiB, afterMiB } = lines.figures() as RelistFigures;
  return (
    `a list by ${how} while the cache is in use, with its back-off: ${seconds.toFixed(1)} s, ${told} changes told; ` +
    `memory ${beforeMiB.toFixed(0)} MiB before, ${peakMiB.toFixed(0)} MiB at its peak (+${(peakMiB - beforeMiB).toFixed(0)}), ${afterMiB.toFixed(0)} MiB after`
  );
}

interface EventFigures {
  readonly eventsPerSecond: number;
  readonly passesPerSecond: number;
  /** How often a thread of the process was woken. */
  readonly wakesPerSecond: number;
  readonly coreShare: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
}

const EVENTS_RATE = 500;

/** Changes at a steady rate, of (a) and (e). */
export async function events(bench: Bench, seconds: number): Promise<string> {
  const lines: string[] = [];
  if (bench.candidates.includes('a')) lines.push(await eventsIn('json', bench, seconds));
  if (bench.candidates.includes('e')) lines.push(await eventsIn('protobuf', bench, seconds));
  return lines.join('\n');
}

async function eventsIn(
  form: 'json' | 'protobuf',
  { server: { kubeconfigPath, etcdUrl }, directory }: Bench,
  seconds: number,
): Promise<string> {
  const child = startProgram(directory, 'events', { kubeconfigPath, args: [String(seconds), form] });
  const lines = linesOf(child);
  await lines.first('in step');
  const writer = startProgram(directory, 'writer', { kubeconfigPath, args: [String(EVENTS_RATE), etcdUrl] });
  await once(child, 'close');
  await stopChild(writer, 'SIGKILL');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- our own programs print it
  const figures = lines.figures() as EventFigures;
  return (
    `${form}: ${figures.eventsPerSecond.toFixed(0)} events and ${figures.passesPerSecond.toFixed(0)} passes a second for ${seconds} s, woken ${figures.wakesPerSecond.toFixed(0)} times a second: ` +
    `${(figures.coreShare * 100).toFixed(1)} % of a core, event loop held ${figures.delayP99Ms.toFixed(0)} ms (p99), ` +
    `${figures.delayMaxMs.toFixed(0)} ms (longest), ${figures.rssMiB.toFixed(0)} MiB, peak ${figures.peakMiB.toFixed(0)} MiB`
  );
}

export interface Lines {
  readonly first: (line: string) => Promise<void>;
  readonly figures: () => unknown;
}

/** Of a program that says words and at last a line of JSON. */
export function linesOf(child: ChildProcess): Lines {
  if (child.stdout === null) throw new Error('its output is not read');
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => said.push(line));
  return {
    first: async (line) => {
      while (!said.includes(line)) {
        if (child.exitCode !== null) throw new Error(`a program ended before it said: ${line}`);
        await sleep(5);
      }
    },
    figures: (): unknown => JSON.parse(said.at(-1) ?? ''),
  };
}
