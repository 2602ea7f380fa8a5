// The candidates, each run as a process of its own: list all pods of a cluster and be in step with it. Prints one line
// of JSON: how many objects, wall time and CPU until then, resident memory two seconds later and at its peak.
import { KubeConfig, makeInformer, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { controllerOf, KubeClient, type Logger, Manager, resource } from '@dot-kube/operator';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message, fields) => {
    process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  },
  child: () => silent,
};

export const pods = resource<V1Pod>({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true })
  .project((pod) => ({
    owner: controllerOf(pod as Parameters<typeof controllerOf>[0]),
    node: pod.spec?.nodeName ?? '',
    phase: pod.status?.phase ?? '',
    images: (pod.spec?.containers ?? []).map(({ name, image }) => ({ name, image: image ?? '' })),
  }))
  .index('owner', ({ owner }) => (owner === undefined ? [] : [owner.uid]))
  .index('node', ({ node }) => (node === '' ? [] : [node]))
  .index('namespace', ({ namespace }) => [namespace]);

function loaded(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/** This framework: a projection of what an operator needs, with three indexes. */
async function framework(): Promise<() => number> {
  const client = await KubeClient.from(loaded());
  const manager = new Manager({ client, log: silent, name: 'example.com/bench', instance: 'bench' });
  const store = manager.store(pods);
  void manager.start(new AbortController().signal);
  await store.synced;
  return () => store.size;
}

/** client-node's own informer. */
async function clientNode(): Promise<() => number> {
  const config = loaded();
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/pods', async () => api.listPodForAllNamespaces());
  await informer.start();
  return () => informer.list().length;
}

/** Reads the bytes of the same stream up to the end of the first events, and makes nothing of them. */
async function bytes(): Promise<() => number> {
  const client = await KubeClient.from(loaded());
  const stop = new AbortController();
  const query = {
    watch: 'true',
    sendInitialEvents: 'true',
    allowWatchBookmarks: 'true',
    resourceVersionMatch: 'NotOlderThan',
  };
  let lines = 0;
  for await (const chunk of await client.stream(
    { method: 'GET', verb: 'watch', path: '/api/v1/pods', query },
    stop.signal,
  )) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    if (chunk.includes('k8s.io/initial-events-end')) break;
  }
  return () => lines - 1;
}

const candidates: Readonly<Record<string, () => Promise<() => number>>> = {
  framework,
  'client-node': clientNode,
  bytes,
};

async function main(): Promise<void> {
  const candidate = candidates[process.argv[2] ?? ''];
  if (candidate === undefined) throw new Error(`one of: ${Object.keys(candidates).join(', ')}`);
  const before = process.cpuUsage();
  const beganMs = performance.now();
  const objects = await candidate();
  const seconds = (performance.now() - beganMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const figures = {
    objects: objects(),
    seconds,
    cpuSeconds: (user + system) / 1e6,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
