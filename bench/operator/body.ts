// bench/operator: the whole answer of the API server, as text.
import type { KubeClient } from '@dot-kube/operator';
import { never } from './kinds.js';

/** @throws KubeApiError */
export async function bodyOf(client: KubeClient, call: Parameters<KubeClient['stream']>[0]): Promise<string> {
  let text = '';
  for await (const chunk of await client.stream(call, never)) text += chunk.toString('utf8');
  return text;
}
