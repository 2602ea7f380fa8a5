// One of two replicas: `replica.cjs IDENTITY`. Says `ready` once it could take over, `works` at its first pass, after which it
// writes ten times a second, and `leads no more` where it lost the lease; it stays then, so that it can be seen to write nothing.
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, LeadershipLost, Manager, resource } from '@dot-kube/operator';
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
  let passes = 0;
  const controller = manager.controller('replica').reconcile(async ({ write }) => {
    await write.apply(maps, { namespace, name: `work-of-${identity}` }, { data: { pass: String(passes) } });
    if (passes++ === 0) say('works');
    return { requeueAfterMs: 100 };
  });
  controller.enqueue('it');
  manager.store(maps).synced.then(() => {
    say('ready');
  }, failed);
  const stop = new AbortController();
  process.once('SIGTERM', () => {
    stop.abort(new Error('SIGTERM'));
  });
  await manager.start(stop.signal).catch((error: unknown) => {
    if (!(error instanceof LeadershipLost)) throw error;
    say('leads no more');
    setInterval(() => undefined, 1_000);
  });
  if (stop.signal.aborted) await client.close();
}

run().catch(failed);
