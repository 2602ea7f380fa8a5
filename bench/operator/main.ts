// bench/operator: the whole operator, as its image runs it, on a real API server with the simulated Xray (50 ms away).
// SCENARIO names one of those below; PODS how many there are (10,000 by default), RUNS how often (1).
import { join, resolve } from 'node:path';
import { endOnSignals } from '../framework/children.js';
import { changes } from './changes.js';
import { type ColdStart, coldStart } from './cold-start.js';
import { failOver } from './fail-over.js';
import { goOperator } from './go-operator.js';
import { podToResult } from './latency.js';
import { keep, spreadOf } from './records.js';
import { type Bare, bareStart } from './reference.js';
import { settled } from './settled.js';
import { shapeOf } from './shape.js';
import { buildOperator, say } from './stage.js';
import { steady } from './steady.js';

const { SCENARIO = 'cold-start', PODS = '10000', RUNS = '1' } = process.env;
const pods = Number(PODS);
const runs = Number(RUNS);
/** Between one scenario and the next; not a part of the repository. */
const kept = resolve(join('node_modules', '.cache', 'bench-operator'));

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  'cold-start': async () => {
    const all = await several('cold start', async () => coldStart({ pods, keepIn: kept }));
    await keep(`cold-start-${pods}`, { shape: shapeOf(pods), summary: coldSummary(all), runs: all });
  },
  /** After a cold start, whose results it writes. */
  reference: async () => {
    const all = await several('reference', async () => bareStart(pods, kept));
    await keep(`reference-${pods}`, { shape: shapeOf(pods), summary: bareSummary(all), runs: all });
  },
  steady: async () => {
    await keep(`steady-${pods}`, {
      shape: shapeOf(pods),
      runs: await several('steady state', async () => steady(pods, 60)),
    });
  },
  latency: async () => {
    const once = async (): Promise<object> =>
      settled(pods, { name: 'latency' }, async ({ stage, sight }) => ({
        podToResultMs: await podToResult(stage, sight, 300),
      }));
    await keep(`latency-${pods}`, { shape: shapeOf(pods), runs: await several('latency', once) });
  },
  'go-operator': async () => {
    await keep(`go-operator-${pods}`, {
      shape: shapeOf(pods),
      runs: await several('go operator', async () => goOperator(pods)),
    });
  },
  changes: async () => {
    await keep(`changes-${pods}`, { shape: shapeOf(pods), runs: await several('changes', async () => changes(pods)) });
  },
  'fail-over': async () => {
    await keep(`fail-over-${pods}`, {
      shape: shapeOf(pods),
      runs: await several('fail-over', async () => failOver(pods)),
    });
  },
};

async function several<T>(what: string, once: () => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let i = 0; i < runs; i++) {
    const figures = await once();
    say(`${what}, ${pods} pods: ${JSON.stringify(figures)}`); // what was measured is not lost with what comes after it
    all.push(figures);
  }
  return all;
}

function coldSummary(all: readonly ColdStart[]): object {
  const of = (figure: (one: ColdStart) => number): object => spreadOf(all.map(figure));
  return {
    inStepSeconds: of((one) => one.inStepSeconds),
    factsSeconds: of((one) => one.factsSeconds),
    firstStopSeconds: of((one) => one.firstStopSeconds),
    lastStopSeconds: of((one) => one.lastStopSeconds),
    resultsSeconds: of((one) => one.resultsSeconds),
    cpuSeconds: of((one) => one.usage.cpuSeconds),
    peakMiB: of((one) => one.atRest.peakMiB),
    restMiB: of((one) => one.atRest.rssMiB),
    bytesInEtcdPer1000: of(({ resultsInEtcd: { bytes, objects } }) => (bytes / objects) * 1_000),
  };
}

function bareSummary(all: readonly Bare[]): object {
  const of = (figure: (one: Bare) => number): object => spreadOf(all.map(figure));
  return {
    seconds: of((one) => one.seconds),
    cpuSeconds: of((one) => one.cpuSeconds),
    peakMiB: of((one) => one.peakMiB),
  };
}

async function main(): Promise<void> {
  endOnSignals();
  const scenario = SCENARIOS[SCENARIO];
  if (scenario === undefined) throw new Error(`SCENARIO: there are ${Object.keys(SCENARIOS).join(', ')}`);
  await buildOperator();
  await scenario();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
