// One of several replicas, as a process: while it leads it writes its name again and again. It says `ready` once it
// could take over, and how its run ended.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, Manager, resource, silentLogger } from '@dot-kube/operator';

const [, , lease = '', identity = ''] = process.argv;
const namespace = 'default';
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const maps = resource<{ data?: Record<string, string> }>({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})
  .scope({ namespace })
  .project(({ data }) => ({ by: data?.['by'] ?? '' }));

async function run(): Promise<void> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const client = await KubeClient.from(kubeConfig);
  const leaderElection = { name: lease, namespace, identity };
  const manager = new Manager({
    client,
    log: silentLogger,
    name: 'example.com/replica',
    instance: identity,
    leaderElection,
  });
  let count = 0;
  const controller = manager.controller('replica').reconcile(async ({ write }) => {
    const data = { by: identity, count: String(count++) };
    await write.apply(maps, { namespace, name: lease }, { data });
    return { requeueAfterMs: 50 };
  });
  controller.enqueue('it');
  void manager.store(maps).synced.then(() => {
    say('ready');
  });
  const stop = new AbortController();
  process.once('SIGTERM', () => {
    stop.abort(new Error('SIGTERM'));
  });
  try {
    await manager.start(stop.signal);
    say('stopped');
  } catch (error) {
    say(error instanceof Error ? error.name : String(error));
  }
  // It stays, as a process would that does not end as it should: whatever is left of it may not write.
  if (!stop.signal.aborted) setInterval(() => undefined, 1_000);
  else await client.close();
}

run().catch((error: unknown) => {
  say(String(error));
  process.exitCode = 1;
});
