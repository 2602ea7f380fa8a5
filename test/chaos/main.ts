// chaos: plays many stories and says which of them broke a rule. `SEED=n` plays one and prints what happened in it.
import { inWords } from './story/words.js';
import { tell } from './story/tell.js';
import { play, PREFIX } from './simulated/play.js';

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
  const sum = { stopped: 0, restored: 0, deleted: 0, released: 0 };
  const failed: number[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const { problems, tally } = await play(seed);
    for (const what of Object.keys(tally) as (keyof typeof tally)[]) sum[what] += tally[what]; // eslint-disable-line @typescript-eslint/no-unsafe-type-assertion -- its own keys
    if (problems.length === 0) continue;
    failed.push(seed);
    say(`seed ${seed} broke a rule; play it again with: make chaos SEED=${seed}`);
    for (const problem of problems.slice(0, 5)) say(`  ${problem}`);
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  say(
    `${count} seeds from ${first} in ${seconds} s: ${sum.stopped} stops, ${sum.restored} restores, ${sum.deleted} deletions, ${sum.released} releases`,
  );
  say(failed.length === 0 ? 'all rules hold' : `${failed.length} failed: ${failed.join(' ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

await (SEED === undefined ? many(Number(FIRST), Number(SEEDS)) : one(Number(SEED)));
