// What the framework itself costs, without a server: the work queue, and passes of an empty reconciler.
import { KubeClient, Manager, silentLogger } from '@dot-kube/operator';
import type { Figure } from './figures.js';

const nowhere = {
  getCurrentCluster: () => ({ server: 'http://127.0.0.1:9' }),
  applyToHTTPSOptions: async () => undefined,
};

/** A million adds of 10,000 keys, and then a pass over each of them. */
export async function queueFigures(): Promise<readonly Figure[]> {
  const client = await KubeClient.from(nowhere);
  const manager = new Manager({ client, log: silentLogger, name: 'example.com/bench', instance: 'bench' });
  let passes = 0;
  const all = Promise.withResolvers<undefined>();
  const PASSES = 200_000;
  const controller = manager.controller('empty').reconcile(async () => {
    if (++passes === PASSES) all.resolve(undefined);
    return {};
  });
  const keys = Array.from({ length: 10_000 }, (_, i) => `namespace-${i % 100}/object-${i}`);
  const addsBeganMs = performance.now();
  for (let round = 0; round < 100; round++) for (const key of keys) controller.enqueue(key);
  const addsMs = performance.now() - addsBeganMs;

  for (let i = keys.length; i < PASSES; i++) controller.enqueue(`namespace-${i % 100}/object-${i}`);
  const stop = new AbortController();
  const passesBeganMs = performance.now();
  const ended = manager.start(stop.signal);
  await all.promise;
  const passesMs = performance.now() - passesBeganMs;
  stop.abort(new Error('measured'));
  await ended;
  await client.close();
  return [
    { what: 'a million adds of 10,000 keys', value: addsMs / 1_000, unit: 's' },
    { what: 'passes of an empty reconciler', value: (PASSES / passesMs) * 1_000, unit: 'a second' },
  ];
}
