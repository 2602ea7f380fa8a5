// How long recovery from each fault takes with the pauses between tries that an operator has in production (the tests hurry
// them): until the cache equals a fresh list, object by object, and no event was told twice.
import { systemClock } from '@dot-kube/operator';
import { Rig, through } from '../../packages/operator/test/integration/rig.js';
import { type Cluster, startCluster } from '../../test/cluster/cluster.js';
import { type LocalCluster, type Scenario, scenarios } from './fault-scenarios.js';

const OBJECTS = 200;
const LONGEST_MS = 300_000;

/**
 * @param some part of the names of those that are wanted; empty: all
 * @returns a table
 */
export async function faults(some: string, say: (line: string) => void): Promise<string> {
  const cluster = await startCluster({ onProgress: say });
  [process.env['KUBECONFIG'], process.env['KUBECTL']] = [cluster.kubeconfigPath, cluster.kubectlPath]; // the rig's
  try {
    const rows: string[] = [];
    for (const [i, scenario] of scenarios.filter(({ name }) => name.includes(some)).entries()) {
      const row = await rowOf(scenario, localOf(cluster), `fault-${i}`);
      say(row); // what was measured is not lost with what comes after it
      rows.push(row);
    }
    return ['| fault | in step again after | lists | failed tries |', '| --- | --- | --- | --- |', ...rows].join('\n');
  } finally {
    await cluster.stop();
  }
}

function localOf(cluster: Cluster): LocalCluster {
  const { restartApiServer, etcdUrl } = cluster;
  if (restartApiServer === undefined || etcdUrl === undefined)
    throw new Error('this needs etcd and the API server as programs on this machine; see the ways to a cluster');
  return { ...cluster, restartApiServer, etcdUrl };
}

async function rowOf(
  { name, objects = OBJECTS, tokens, harm }: Scenario,
  cluster: LocalCluster,
  namespace: string,
): Promise<string> {
  const token = await tokens?.(cluster);
  const rig = await Rig.start(namespace, {
    clock: systemClock,
    ...(token === undefined ? {} : { source: (proxy) => () => through(proxy, token()) }),
  });
  try {
    for (let from = 0; from < objects; from += 1_000)
      await rig.createMany(from, Math.min(from + 1_000, objects), 'first');
    rig.run();
    await rig.store.synced;
    const sinceMs = await harm(rig, cluster);
    await rig.becomesTrue({ withinMs: LONGEST_MS });
    const seconds = (performance.now() - sinceMs) / 1_000;
    const [lists, tries] = await Promise.all(
      ['dotkube_informer_relists_total', 'dotkube_informer_restarts_total'].map(async (of) => rig.counted(of)),
    );
    return `| ${name} | ${seconds.toFixed(1)} s | ${lists ?? 0} | ${tries ?? 0} |`;
  } finally {
    await rig.stop();
  }
}
