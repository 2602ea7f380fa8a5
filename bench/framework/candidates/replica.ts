// One of two replicas: `replica.mjs IDENTITY`. Says `ready` once it could take over, and `works` at its first pass.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, Manager, resource } from '@dot-kube/operator';
import { failed } from './measured.js';
import { silent } from './pods.js';

const namespace = 'bench-0';
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const maps = resource<object>({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true })
  .scope({ namespace })
  .project(() => ({}));

async function run(): Promise<void> {
  const identity = process.argv[2] ?? '';
  const config = new KubeConfig();
  config.loadFromDefault();
  const client = await KubeClient.from(config);
  const leaderElection = { name: 'bench', namespace, identity };
  const manager = new Manager({ client, log: silent, name: 'example.com/bench', instance: identity, leaderElection });
  const controller = manager.controller('replica').reconcile(async ({ write }) => {
    await write.apply(maps, { namespace, name: 'work' }, { data: { by: identity } });
    say('works');
    return {};
  });
  controller.enqueue('it');
  manager.store(maps).synced.then(() => {
    say('ready');
  }, failed);
  const stop = new AbortController();
  process.once('SIGTERM', () => {
    stop.abort(new Error('SIGTERM'));
  });
  await manager.start(stop.signal);
  await client.close();
}

run().catch(failed);
