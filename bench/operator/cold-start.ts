// bench/operator: from the start of the process to the last result, with nothing judged before.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Etcd } from './etcd.js';
import { results, never } from './kinds.js';
import { metricsOf, sumOf, type Usage, usageOf } from './measured.js';
import { end } from './profiles.js';
import { type Requests, requestsBetween } from './requests.js';
import { violating } from './shape.js';
import { Sight } from './sight.js';
import { say, setStage, sleep, type Stage, until } from './stage.js';

const WITHIN_MS = 900_000;
const REST_MS = 15_000;
const LOOK_EVERY_MS = 250;
const BATCH = 10; // digests in a question

export interface ColdStart {
  readonly inStepSeconds: number;
  readonly factsSeconds: number;
  readonly firstStopSeconds: number;
  readonly lastStopSeconds: number;
  readonly firstResultSeconds: number;
  readonly resultsSeconds: number;
  readonly stopped: number;
  /** When the last result was there, and some time later. */
  readonly usage: Usage;
  readonly atRest: Usage;
  readonly loopDelayP99Ms: number;
  readonly heapMiB: number;
  readonly requests: Requests;
  readonly xrayRequests: number;
  readonly resultsInEtcd: { readonly objects: number; readonly bytes: number };
}

export interface ColdStartOptions {
  readonly pods: number;
  /** Where the results are kept for the reference to write. */
  readonly keepIn: string;
}

export async function coldStart({ pods, keepIn }: ColdStartOptions): Promise<ColdStart> {
  const stage = await setStage(pods, say);
  const sight = new Sight();
  try {
    await sight.begin(stage.client);
    const before = await stage.metrics();
    const operator = await stage.operate(['--enforcements-per-minute', '100000']);
    const { pid } = operator.process;
    const seconds = (ms: number): number => (ms - operator.startedMs) / 1_000;
    await operator.process.inStep();
    const inStepSeconds = seconds(performance.now());
    const facts = new FirstSummaries(stage);
    const bad = violating(stage.shape);
    const isDone = (): boolean => sight.resultFirstMs.size >= stage.shape.workloads && sight.stoppedMs.size >= bad.size;
    await until('all results are written', WITHIN_MS, isDone).finally(async () => facts.end());
    const usage = await usageOf(pid);
    await sleep(REST_MS);
    const metrics = await metricsOf(operator.metricsPort);
    const atRest = await usageOf(pid);
    const requests = requestsBetween(before, await stage.metrics());
    await end(operator.process, `cold-start-${pods}`);
    await keepResults(stage, keepIn);
    const stops = [...sight.stoppedMs.values()];
    return {
      inStepSeconds,
      factsSeconds: seconds(facts.allAskedMs),
      firstStopSeconds: seconds(Math.min(...stops)),
      lastStopSeconds: seconds(Math.max(...stops)),
      firstResultSeconds: seconds(Math.min(...sight.resultFirstMs.values())),
      resultsSeconds: seconds(Math.max(...sight.resultFirstMs.values())),
      stopped: sight.stoppedMs.size,
      usage,
      atRest,
      loopDelayP99Ms: sumOf(metrics, 'dotkube_event_loop_delay_seconds') * 1_000,
      heapMiB: sumOf(metrics, 'dotkube_heap_used_bytes') / 2 ** 20,
      requests,
      xrayRequests: facts.count,
      resultsInEtcd: await new Etcd(stage.server.etcdUrl).weigh('/registry/kubexray.io/xrayscanresults/'),
    };
  } finally {
    await sight.end();
    await stage.close();
  }
}

/** When each digest had been asked about once: from then on they are asked about again, one after the other. */
class FirstSummaries {
  readonly #stage: Stage;
  readonly #looking: Promise<void>;
  #isOver = false;
  count = 0;
  allAskedMs = Number.NaN;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#looking = this.#look();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { shape, xray } = this.#stage;
    const batches = Math.ceil((shape.images + 1) / BATCH);
    while (!this.#isOver) {
      this.count = (await xray.requests()).filter((one) => one.includes('summary')).length;
      if (Number.isNaN(this.allAskedMs) && this.count >= batches) this.allAskedMs = performance.now();
      await sleep(LOOK_EVERY_MS);
    }
  }
}

interface Stored {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: object;
  readonly status: object;
}

async function keepResults({ client, shape }: Stage, folder: string): Promise<void> {
  const all = await client.list<Stored>(results, { signal: never });
  await mkdir(folder, { recursive: true });
  const lines = all.map(({ metadata: { namespace, name }, spec, status }) =>
    JSON.stringify({ namespace, name, spec, status }),
  );
  await writeFile(resultsFile(folder, shape.pods), lines.join('\n'));
}

export function resultsFile(folder: string, pods: number): string {
  return join(folder, `results-${pods}.jsonl`);
}
