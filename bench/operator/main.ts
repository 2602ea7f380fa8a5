// bench/operator: the whole operator, as its image runs it, on a real API server with the simulated Xray (50 ms away).
// SCENARIO names some of those below, with commas between them; PODS how many there are (10,000 by default), RUNS how often (1),
// MAX_HEAP_MIB the limit of the heap (256), CHANGES how many a second in the steady state (20), PROFILE a folder for profiles.
import { join, resolve } from 'node:path';
import { endOnSignals } from '../framework/children.js';
import { changes } from './changes.js';
import { coldStart } from './cold-start.js';
import { failOver } from './fail-over.js';
import { goOperator } from './go-operator.js';
import { podToResult } from './latency.js';
import { keep } from './records.js';
import { bareStart } from './reference.js';
import { type Settled, settled } from './settled.js';
import { shapeOf } from './shape.js';
import { buildOperator, say } from './stage.js';
import { starts } from './start.js';
import { steady } from './steady.js';

const USUAL_CHANGES = 20;
const { SCENARIO = 'cold-start', PODS = '10000', RUNS = '1', CHANGES = String(USUAL_CHANGES) } = process.env;
const LATENCIES = 300;
const STEADY_SECONDS = 60;
const pods = Number(PODS);
const runs = Number(RUNS);
const changesASecond = Number(CHANGES);
/** Between one scenario and the next; not a part of the repository. */
const kept = resolve(join('node_modules', '.cache', 'bench-operator'));

/** Each on a server of its own. */
const ALONE: Readonly<Record<string, () => Promise<void>>> = {
  'cold-start': async () => {
    await keepRuns('cold-start', await several('cold-start', async () => coldStart({ pods, keepIn: kept })));
  },
  /** After a cold start, whose results it writes. */
  reference: async () => {
    await keepRuns('reference', await several('reference', async () => bareStart(pods, kept)));
  },
  'go-operator': async () => {
    await keepRuns('go-operator', await several('go-operator', async () => goOperator(pods)));
  },
  start: async () => {
    await keepRuns('start', await several('start', async () => starts(pods)));
  },
  'fail-over': async () => {
    await keepRuns('fail-over', await several('fail-over', async () => failOver(pods)));
  },
};

/** One after the other with an operator that has judged everything; the last of them changes what is in force. */
const SETTLED: Readonly<Record<string, (all: Settled) => Promise<object>>> = {
  steady: async (all) => steady(all, { seconds: STEADY_SECONDS, changesASecond }),
  latency: async ({ stage, sight }) => ({ podToResultMs: await podToResult(stage, sight, LATENCIES) }),
  changes,
};

async function settledScenarios(names: readonly string[]): Promise<void> {
  const figures = new Map<string, object[]>(names.map((name) => [name, []]));
  for (let i = 0; i < runs; i++)
    await settled(pods, { name: names.join('-'), args: ['--enforcements-per-minute', '100000'] }, async (all) => {
      for (const [name, measured] of figures) {
        const one = await SETTLED[name]?.(all);
        if (one === undefined) continue;
        say(`${name}, ${pods} pods: ${JSON.stringify(one)}`);
        measured.push(one);
        await keepRuns(keptAs(name), measured); // at once: what comes after it may fail
      }
    });
}

/** What was measured at another pace is beside the usual. */
function keptAs(name: string): string {
  return name === 'steady' && changesASecond !== USUAL_CHANGES ? `${name}-${changesASecond}-a-second` : name;
}

async function several<T>(what: string, once: () => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for (let i = 0; i < runs; i++) {
    const figures = await once();
    say(`${what}, ${pods} pods: ${JSON.stringify(figures)}`); // what was measured is not lost with what comes after it
    all.push(figures);
  }
  return all;
}

async function keepRuns(name: string, all: readonly unknown[]): Promise<void> {
  await keep(`${name}-${pods}`, { shape: shapeOf(pods), runs: all });
}

async function main(names: readonly string[]): Promise<void> {
  endOnSignals();
  const known = [...Object.keys(ALONE), ...Object.keys(SETTLED)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`SCENARIO: there is no ${unknown.join(', ')}, but ${known.join(', ')}`);
  await buildOperator();
  for (const name of names) await ALONE[name]?.();
  const together = Object.keys(SETTLED).filter((name) => names.includes(name));
  if (together.length > 0) await settledScenarios(together);
}

main(SCENARIO.split(',')).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1); // what was started meanwhile ends with it
});
