// What a list adds that comes while the cache is in use: `relist.cjs stream|pages json|protobuf`. Says `in step` once it is; then it is cut off, told 410, and lists
// anew; it prints how far its memory rose meanwhile and how many changes its handlers were told of.
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, type Manager } from '@dot-kube/operator';
import { failed, memory } from './measured.js';
import { askedBy, managerOf, podsBy } from './pods.js';

const PEAK_STARTS_ANEW = '5'; // proc(5), /proc/pid/clear_refs
const QUIET_MS = 6_000; // a 410 sooner after a list would change how lists are asked for

/** Of how many objects the list has said what was known. */
async function unchanged(manager: Manager): Promise<number> {
  const metric = await manager.registry.getSingleMetric('dotkube_informer_suppressed_total')?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

async function run(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const manager = managerOf(await KubeClient.from(config));
  const pods = podsBy(askedBy(process.argv));
  const store = manager.store(pods);
  let told = 0;
  manager.watch(pods, () => told++);
  manager.start(new AbortController().signal).catch(failed);
  await store.synced;
  await sleep(QUIET_MS);
  told = 0;
  const before = await memory();
  await writeFile('/proc/self/clear_refs', PEAK_STARTS_ANEW);
  process.stdout.write('in step\n');
  const beganMs = performance.now();
  while ((await unchanged(manager)) < store.size) await sleep(50);
  const seconds = (performance.now() - beganMs) / 1_000;
  await sleep(QUIET_MS);
  const after = await memory();
  const figures = { seconds, told, beforeMiB: before.rssMiB, peakMiB: after.peakMiB, afterMiB: after.rssMiB };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

run().catch(failed);
