// bench/operator: a server with so many pods: filled at the first call, and from then on started from what etcd had kept.
import { createHash } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { type BenchServer, startServer } from '../framework/server.js';
import { seed } from './seed.js';
import { digestOf, imageOf, PROXY_IMAGE, referenceOf, type Shape } from './shape.js';

export async function storedServer(binaries: string, shape: Shape): Promise<BenchServer> {
  const folder = await folderFor(shape);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) await fill(binaries, shape, folder);
  return startServer(binaries, join(folder, 'etcd'));
}

export async function clientOf({ kubeconfigPath }: Pick<BenchServer, 'kubeconfigPath'>): Promise<KubeClient> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  return KubeClient.from(config);
}

/** Named by how many pods there are and what they look like. */
async function folderFor(shape: Shape): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join('bench', 'operator', 'seed.ts'), 'utf8'));
  const images = Array.from({ length: shape.workloads }, (_, workload) => digestOf(referenceOf(imageOf(workload))));
  hash.update(JSON.stringify([shape, images, digestOf(PROXY_IMAGE)]));
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(caches, 'kubexray-operator', 'bench', `operator-${shape.pods}-${hash.digest('hex').slice(0, 12)}`);
}

async function fill(binaries: string, shape: Shape, folder: string): Promise<void> {
  const server = await startServer(binaries);
  const client = await clientOf(server);
  await seed(client, server.etcdUrl, shape);
  await client.close();
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await server.saveTo(unfinished);
  await rename(unfinished, folder); // it is there whole, or not at all
}
