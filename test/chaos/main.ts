// chaos: plays many stories, several side by side, and says which of them broke a rule. `SEED=n` plays one and prints what
// happened in it.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import { inShort } from './model/invariants.js';
import { type Outcome, play, PREFIX } from './simulated/play.js';
import { tell } from './story/tell.js';
import { inWords } from './story/words.js';

const RUN_TS = new URL('../../scripts/run-ts.mjs', import.meta.url);

type Played = Omit<Outcome, 'log'>;

const SAID_EVERY = 100;

const { SEED, SEEDS = '1000', FIRST = '1' } = process.env;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function one(seed: number): Promise<void> {
  say(inWords(tell(seed, { prefix: PREFIX, scale: 1, sharedFaults: true })));
  const { problems, log, tally } = await play(seed);
  say(log.join('\n'));
  say(JSON.stringify(tally));
  say(problems.length === 0 ? `seed ${seed}: all rules hold` : problems.join('\n'));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

async function many(first: number, count: number): Promise<void> {
  const began = performance.now();
  const sum = { stopped: 0, restored: 0, deleted: 0, released: 0, rolledBack: 0 };
  const failed: number[] = [];
  let played = 0;
  await inWorkers(first, count, ({ seed, problems, tally }) => {
    sum.stopped += tally.stopped;
    sum.restored += tally.restored;
    sum.deleted += tally.deleted;
    sum.released += tally.released;
    sum.rolledBack += tally.rolledBack;
    if (++played % SAID_EVERY === 0) say(`${played} of ${count} played: ${inShort(sum)}`);
    if (problems.length === 0) return;
    failed.push(seed);
    say(`seed ${seed} broke a rule; play it again, with all that happened, by: make chaos SEED=${seed}`);
    for (const problem of problems.slice(0, 5)) say(`  ${problem}`);
  });
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  say(`${count} seeds from ${first} in ${seconds} s: ${inShort(sum)}`);
  say(
    failed.length === 0 ? 'all rules hold' : `${failed.length} failed: ${failed.toSorted((a, b) => a - b).join(' ')}`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

/** Each worker takes every so manieth seed. */
async function inWorkers(first: number, count: number, onPlayed: (played: Played) => void): Promise<void> {
  const workers = Math.min(count, availableParallelism());
  const seedsOf = (worker: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => first + i).filter((seed) => seed % workers === worker);
  await Promise.all(
    Array.from(
      { length: workers },
      async (_, worker) =>
        new Promise<void>((resolve, reject) => {
          new Worker(RUN_TS, { argv: ['test/chaos/main.ts'], workerData: seedsOf(worker) })
            .on('message', onPlayed)
            .once('error', reject)
            .once('exit', (code) => {
              if (code === 0) resolve();
              else reject(new Error(`a worker ended with ${code}`));
            });
        }),
    ),
  );
}

async function asWorker(seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const { problems, tally } = await play(seed);
    parentPort?.postMessage({ seed, problems, tally } satisfies Played);
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what inWorkers gave it
if (!isMainThread) await asWorker(workerData as readonly number[]);
else await (SEED === undefined ? many(Number(FIRST), Number(SEEDS)) : one(Number(SEED)));
