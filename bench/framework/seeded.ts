// A server that holds so many pods: filled at the first call, and from then on started from what etcd had kept.
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { seedPods } from './seed.js';
import { type BenchServer, startServer } from './server.js';

type Say = (line: string) => void;

export async function seededServer(binaries: string, pods: number, say: Say): Promise<BenchServer> {
  const folder = await folderFor(pods);
  if (!(await isThere(folder))) await fill(binaries, { pods, folder, say });
  say(`a server with ${pods} pods, from ${folder}`);
  return startServer(binaries, join(folder, 'etcd'));
}

/** Named by how many pods there are and what they look like. */
async function folderFor(pods: number): Promise<string> {
  const look = await readFile(join('bench', 'framework', 'seed.ts'), 'utf8');
  const hash = createHash('sha256').update(look).digest('hex').slice(0, 12);
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(caches, 'kubexray-operator', 'bench', `${pods}-pods-${hash}`);
}

interface Filling {
  readonly pods: number;
  readonly folder: string;
  readonly say: Say;
}

async function fill(binaries: string, { pods, folder, say }: Filling): Promise<void> {
  const server = await startServer(binaries);
  const config = new KubeConfig();
  config.loadFromFile(server.kubeconfigPath);
  const client = await KubeClient.from(config);
  await seedPods(client, pods, say);
  await client.close();
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await server.saveTo(unfinished);
  await rename(unfinished, folder); // it is there whole, or not at all
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
