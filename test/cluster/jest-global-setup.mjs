/** Starts one cluster for the whole run of the integration tests; they find it by KUBECONFIG and KUBECTL. */
import process from 'node:process';
import { importTs } from '../../scripts/run-ts.mjs';

export default async function setUp() {
  const { startCluster } = await importTs('test/cluster/cluster.ts');
  const cluster = await startCluster({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  process.env.KUBECONFIG = cluster.kubeconfigPath;
  process.env.KUBECTL = cluster.kubectlPath;
  globalThis.kubexrayTestCluster = cluster; // the teardown runs in the same process, in its own module
}
