// Changes pods at a steady rate until it is stopped: `writer.mjs RATE`. Every other change is one of labels, which are kept;
// the rest are of annotations, which are not.
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '@dot-kube/operator';
import { failed } from './measured.js';

const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true } as const;
const TICK_MS = 20;
const { signal } = new AbortController();

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

async function run(): Promise<void> {
  const rate = Number(process.argv[2]);
  const config = new KubeConfig();
  config.loadFromDefault();
  const client = await KubeClient.from(config);
  const all = await client.list<Named>(pods, { signal, namespace: 'bench-0' });
  const keys = all.map(({ metadata: { namespace, name } }) => ({ namespace, name }));
  const change = async (i: number): Promise<void> => {
    const key = keys[i % keys.length];
    if (key === undefined) return;
    const field = i % 2 === 0 ? 'labels' : 'annotations';
    const body = { metadata: { [field]: { 'example.com/change': String(i) } } };
    await client.patch(pods, key, { type: 'merge', body, fieldManager: 'bench' }, { signal });
  };
  const beganMs = performance.now();
  let sent = 0;
  for (;;) {
    const due = ((performance.now() - beganMs) / 1_000) * rate;
    for (; sent < due; sent++) change(sent).catch(failed);
    await sleep(TICK_MS);
  }
}

run().catch(failed);
