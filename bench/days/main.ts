// bench/days: whether the whole operator grows while it works. Days pass on a simulated clock, with the API server, the controllers and
// the Xray that the chaos stories have, and after each of them the heap is collected and measured. What is simulated lies in the same
// heap, so at the end the operator is stopped and measured once more: what is gone then was its own.
// `node --expose-gc scripts/run-ts.mjs bench/days/main.ts`, with DAYS (5).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { OperatorProcess } from '../../test/chaos/simulated/operator.js';
import { profileText } from '../operator/profile-text.js';
import { keep } from '../operator/records.js';
import { Town } from './town.js';

const { DAYS = '5', PROFILE } = process.env;
const COLLECTIONS = 3;
const FINALIZERS_MS = 50;
const MINUTE = 60_000;
const FIRST_HOUR = 60 * MINUTE;
const DAY = 24 * 60 * MINUTE;

interface Day {
  readonly day: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly stops: number;
  readonly restores: number;
  readonly rollouts: number;
  readonly resultWrites: number;
  readonly objects: Readonly<Record<string, number>>;
}

async function heapMiB(): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i++) {
    if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc');
    globalThis.gc();
    await sleep(FINALIZERS_MS); // what is collected is told to whoever wanted to know, and lets go of more
  }
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Who holds what, to be compared between two days. */
async function tellHolders(folder: string, day: number): Promise<void> {
  const file = writeHeapSnapshot(join(folder, `day-${day}.heapsnapshot`));
  await writeFile(join(folder, `day-${day}.txt`), await profileText(file));
}

async function main(count: number): Promise<void> {
  const town = new Town();
  const operator = new OperatorProcess(town.surroundings, 'operator', (why) => {
    throw new Error('the operator ended', { cause: why });
  });
  await town.time.run(FIRST_HOUR);
  const days: Day[] = [];
  const tell = async (day: number): Promise<void> => {
    town.forgetHistory();
    const figures = { day, heapMiB: await heapMiB(), rssMiB: process.memoryUsage().rss / 2 ** 20, ...town.takeTally() };
    process.stdout.write(`${JSON.stringify({ ...figures, objects: town.counts() })}\n`);
    days.push({ ...figures, objects: town.counts() });
    if (PROFILE !== undefined) await tellHolders(PROFILE, day);
  };
  await tell(0);
  for (let day = 1; day <= count; day++) {
    for (let minute = 0; minute < 24 * 60; minute++) {
      town.minute(day, minute);
      await town.time.run(FIRST_HOUR + (day - 1) * DAY + (minute + 1) * MINUTE);
    }
    await tell(day);
  }
  operator.stop();
  await town.time.run(town.time.nowMs + MINUTE);
  await operator.ended;
  await town.time.run(town.time.nowMs + 60 * MINUTE); // what had been agreed for later is over
  const withoutOperatorMiB = await heapMiB();
  process.stdout.write(`without the operator: ${withoutOperatorMiB.toFixed(1)} MiB\n`);
  await keep('days', { days, withoutOperatorMiB });
}

await main(Number(DAYS));
