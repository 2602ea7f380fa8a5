// controllers: reads a Secret when what is in it is needed. Nothing of it is kept.
import type { KubeClient, ObjectKey } from '@dot-kube/operator';

/** By key, in base64. */
export type SecretData = Readonly<Record<string, string>>;

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };

/** @throws KubeApiError, `NotFound` and `Forbidden` among them: what these mean differs from reader to reader */
export async function readSecret(
  key: ObjectKey,
  client: Pick<KubeClient, 'get'>,
  signal: AbortSignal,
): Promise<SecretData> {
  const { data } = await client.get<{ data?: SecretData }>(secrets, key, { signal });
  return data ?? {};
}

/** Empty where there is none. */
export function textIn(data: SecretData, key: string): string {
  return Buffer.from(data[key] ?? '', 'base64').toString('utf8');
}
