// bench/operator: the reference of a cold start, a program of its own. It reads the same objects as the operator, makes them
// objects, and writes the same results with as many requests at once; it judges nothing. Prints a line of JSON.
import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { failed, memory } from '../framework/candidates/measured.js';
import { never, results } from './kinds.js';

const READ = [
  '/api/v1/pods',
  '/api/v1/nodes',
  '/api/v1/namespaces',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/replicasets',
  '/apis/kubexray.io/v1alpha1/xrayscanresults',
];
const query = {
  watch: 'true',
  sendInitialEvents: 'true',
  allowWatchBookmarks: 'true',
  resourceVersionMatch: 'NotOlderThan',
};

interface Line {
  readonly namespace: string;
  readonly name: string;
  readonly spec: object;
  readonly status: object;
}

async function readAll(client: KubeClient, path: string): Promise<number> {
  const decoder = new TextDecoder();
  let [rest, objects] = ['', 0];
  for await (const chunk of await client.stream({ method: 'GET', verb: 'watch', path, query }, never)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own event
      if ((JSON.parse(line) as { type: string }).type === 'BOOKMARK') return objects;
      objects++;
    }
  }
  throw new Error(`the list of ${path} ended before it was complete`);
}

async function write(client: KubeClient, { namespace, name, spec, status }: Line): Promise<void> {
  const metadata = { namespace, name };
  const about = { apiVersion: 'kubexray.io/v1alpha1', kind: results.kind, metadata };
  const apply = { type: 'apply', fieldManager: 'bench', force: true } as const;
  const options = { signal: never };
  await client.patch(results, metadata, { ...apply, body: { ...about, spec } }, options);
  await client.patch(results, metadata, { ...apply, body: { ...about, status }, subresource: 'status' }, options);
}

async function main(file: string, atOnce: number): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const client = await KubeClient.from(config);
  const beganMs = performance.now() - process.uptime() * 1_000;
  const counts = await Promise.all(READ.map(async (path) => readAll(client, path)));
  const readMs = performance.now();
  const lines = (await readFile(file, 'utf8')).split('\n').values();
  const work = async (): Promise<void> => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- written by cold-start.ts
    for (const line of lines) await write(client, JSON.parse(line) as Line);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const figures = {
    objects: counts.reduce((sum, count) => sum + count, 0),
    readSeconds: (readMs - beganMs) / 1_000,
    seconds: (performance.now() - beganMs) / 1_000,
    cpuSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    ...(await memory()),
  };
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify(figures)}\n`, () => {
      resolve();
    });
  });
}

const [file = '', atOnce = '16'] = process.argv.slice(2);
main(file, Number(atOnce)).then(() => process.exit(0), failed);
