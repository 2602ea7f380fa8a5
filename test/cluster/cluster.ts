/** The cluster that tests and the demo run on: always a real API server, got in the first of four ways that is open. */
import * as kit from '@dot-kube/operator/testing/cluster';

export type { Cluster } from '@dot-kube/operator/testing/cluster';

const OURS = {
  kubeconfigVariable: 'KUBEXRAY_TEST_KUBECONFIG',
  cacheName: 'kubexray-operator',
  annotations: 'test.kubexray.io',
};

/** Starts a cluster, or takes the one that KUBEXRAY_TEST_KUBECONFIG names. */
export async function startCluster(options: kit.StartOptions): Promise<kit.Cluster> {
  return kit.startCluster({ ...OURS, ...options });
}

/** Builds the programs of the cluster, where they are not built yet. @returns the folder that holds them */
export async function buildPrograms(options: kit.StartOptions): Promise<string> {
  return kit.buildPrograms({ ...OURS, ...options });
}
