// What a steady stream of changes costs: `events.cjs SECONDS json|protobuf`. Says `in step` once it is; then it measures itself while
// somebody else changes pods, and a controller with an empty reconciler hears of each change of what is kept.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient, type Manager } from '@dot-kube/operator';
import { failed, memory } from './measured.js';
import { askedBy, managerOf, podsBy } from './pods.js';

async function eventsOf(manager: Manager): Promise<number> {
  const metric = await manager.registry.getSingleMetric('dotkube_informer_events_total')?.get();
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}

async function run(): Promise<void> {
  const seconds = Number(process.argv[2]);
  const config = new KubeConfig();
  config.loadFromDefault();
  const manager = managerOf(await KubeClient.from(config));
  const pods = podsBy(askedBy(process.argv));
  const store = manager.store(pods);
  let passes = 0;
  manager
    .controller('empty')
    .for(pods)
    .reconcile(async () => {
      passes++;
      return {};
    });
  manager.start(new AbortController().signal).catch(failed);
  await store.synced;
  process.stdout.write('in step\n');
  await sleep(10_000); // the passes over the first list are done, and the changes have begun
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const [events, passesBefore, cpu, beganMs] = [await eventsOf(manager), passes, process.cpuUsage(), performance.now()];
  const { voluntaryContextSwitches: slept } = process.resourceUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const wakes = process.resourceUsage().voluntaryContextSwitches - slept; // of all its threads
  const tookSeconds = (performance.now() - beganMs) / 1_000;
  const figures = {
    eventsPerSecond: ((await eventsOf(manager)) - events) / tookSeconds,
    passesPerSecond: (passes - passesBefore) / tookSeconds,
    wakesPerSecond: wakes / tookSeconds,
    coreShare: (user + system) / 1e6 / tookSeconds,
    delayP99Ms: delay.percentile(99) / 1e6,
    delayMaxMs: delay.max / 1e6,
    ...(await memory()),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
}

run().catch(failed);
