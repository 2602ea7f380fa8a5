// controllers: reads the pull secrets of a pod or of its service account, as far as the operator may. Nothing of them is kept.
import { KubeApiError, type KubeClient } from '@dot-kube/operator';
import { credentialsIn, type RegistryCredentials } from '../../registry/docker-config.js';
import type { Puller } from '../../workload/workload.js';
import { readSecret } from './secret.js';

type GetOnly = Pick<KubeClient, 'get'>;

const accounts = { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true };

export async function pullCredentials(
  client: GetOnly,
  { namespace, pullSecrets, serviceAccount }: Puller,
  signal: AbortSignal,
): Promise<readonly RegistryCredentials[]> {
  const ofAccount =
    serviceAccount === ''
      ? undefined
      : await ifAllowed(
          client.get<{ imagePullSecrets?: { name?: string }[] }>(
            accounts,
            { namespace, name: serviceAccount },
            { signal },
          ),
        );
  const names = new Set([...pullSecrets, ...(ofAccount?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? [])]);
  const found = await Promise.all(
    [...names].map(async (name) => ifAllowed(readSecret({ namespace, name }, client, signal))),
  );
  return found.flatMap((data = {}) => credentialsIn(data));
}

/** A secret that is missing, or that the operator may not read, gives no access; the registry's refusal then says so. */
async function ifAllowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeApiError && (error.reason === 'NotFound' || error.reason === 'Forbidden'))
      return undefined;
    throw error;
  }
}
