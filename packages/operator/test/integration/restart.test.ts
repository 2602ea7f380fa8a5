// The API server goes away and comes back, and etcd forgets its history: on a control plane of its own, started by the
// test kit, since all other tests share theirs.
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@dot-kube/operator/testing';
import { type Cluster, startCluster } from '@dot-kube/operator/testing/cluster';
import { Rig } from './rig.js';

let cluster: Cluster | undefined;
let rig: Rig;

beforeAll(async () => {
  // The programs of the cluster of the whole run, where it runs on this machine.
  const assets = { KUBEBUILDER_ASSETS: dirname(process.env['KUBECTL'] ?? '/') };
  const onProgress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  cluster = await startCluster({ onProgress, env: { ...process.env, ...assets } });
  rig = await Rig.start('restart', { kubeconfigPath: cluster.kubeconfigPath });
  await rig.putMany(0, 200, 'first');
  rig.run();
  await rig.store.synced;
}, 900_000);

afterAll(async () => {
  await rig.stop();
  await cluster?.stop();
}, 60_000);

/** What only a local control plane can do to itself. */
function local(): Required<Pick<Cluster, 'restartApiServer' | 'etcdUrl'>> {
  const { restartApiServer, etcdUrl } = cluster ?? {};
  if (restartApiServer === undefined || etcdUrl === undefined)
    throw new Error('this test needs etcd and the API server as programs on this machine; see the ways to a cluster');
  return { restartApiServer, etcdUrl };
}

async function etcd(path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const answer = await fetch(`${local().etcdUrl}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`etcd answered ${answer.status} to ${path}: ${await answer.text()}`);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- etcd's API
  return (await answer.json()) as { header: { revision: string } };
}

test('the API server is stopped for a minute, and objects come and go before the watch is back', async () => {
  await local().restartApiServer({ downForMs: 60_000 });
  await rig.removeMany(0, 50);
  await rig.putMany(50, 100, 'changed');
  await rig.putMany(200, 250, 'new');
  await rig.putMany(0, 10, 'again');
  await rig.becomesTrue();
  expect(await rig.counted('dotkube_informer_relists_total')).toBeLessThanOrEqual(1);
}, 300_000);

test('etcd is compacted while the watch is away: one list, and nothing that was deleted is left', async () => {
  const relists = await rig.counted('dotkube_informer_relists_total');
  let away = true;
  rig.fault = () => (away ? { kind: 'unreachable' } : undefined);
  rig.proxy.breakConnections();
  await rig.removeMany(100, 150);
  await rig.putMany(150, 200, 'changed again');
  await rig.putMany(300, 350, 'newer');
  const { header } = await etcd('maintenance/status', {});
  await etcd('kv/compaction', { revision: header.revision, physical: true });
  await local().restartApiServer(); // it had the history in memory, too
  away = false;
  await rig.becomesTrue();
  await eventually(async () => {
    expect(await rig.counted('dotkube_informer_relists_total')).toBe(relists + 1);
  });
}, 300_000);
