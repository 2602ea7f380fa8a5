// cli: the cluster of the user's kubeconfig, as the user.
import { KubeConfig } from '@kubernetes/client-node';
import { isApiError, KubeClient } from '@dot-kube/operator';
import { Trouble } from './exit-code.js';
import type { Cluster, ClusterChoice } from './world.js';

/** Also the owner of the fields that it applies. */
const FIELD_MANAGER = 'kubexray';

/** @throws Trouble where the kubeconfig names no cluster */
export async function openCluster(choice: ClusterChoice, signal: AbortSignal): Promise<Cluster> {
  const { client, namespace } = await connect(choice);
  return clusterOf(client, namespace, signal);
}

/** @returns also the namespace of the context @throws Trouble where the kubeconfig names no cluster */
export async function connect(choice: ClusterChoice): Promise<{ client: KubeClient; namespace: string }> {
  const kubeConfig = loaded(choice);
  const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  if (kubeConfig.getCurrentCluster() === null)
    throw new Trouble(
      `the kubeconfig has no context "${kubeConfig.getCurrentContext()}"; choose one with --context or kubectl config use-context`,
    );
  return {
    client: await KubeClient.from(() => loaded(choice)),
    namespace: context?.namespace ?? 'default',
  };
}

export function clusterOf(client: KubeClient, namespace: string, signal: AbortSignal): Cluster {
  return {
    namespace,
    get: async <O>(coordinates: Parameters<Cluster['get']>[0], key: Parameters<Cluster['get']>[1]) => {
      try {
        return await client.get<O>(coordinates, key, { signal });
      } catch (error) {
        if (isApiError(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    list: async (coordinates, place) =>
      client.list(coordinates, { signal, ...(place === undefined ? {} : { namespace: place }) }),
    create: async (coordinates, place, body) =>
      client.create(coordinates, place, body, { signal, fieldManager: FIELD_MANAGER }),
    apply: async (coordinates, key, body) =>
      client.patch(coordinates, key, { type: 'apply', body, fieldManager: FIELD_MANAGER }, { signal }),
    client,
    signal,
    merge: async (coordinates, key, body) =>
      client.patch(coordinates, key, { type: 'merge', body, fieldManager: FIELD_MANAGER }, { signal }),
    close: async () => client.close(),
  };
}

function loaded({ kubeconfig, context }: ClusterChoice): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    if (kubeconfig === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(kubeconfig);
  } catch (error) {
    throw new Trouble(
      `the kubeconfig cannot be read (${error instanceof Error ? error.message : String(error)}); name one with --kubeconfig`,
    );
  }
  if (context !== undefined) kubeConfig.setCurrentContext(context);
  return kubeConfig;
}
