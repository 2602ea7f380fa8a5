// bench/operator: a cluster that the operator knows already: where all scenarios but the cold start begin.
import { end } from './profiles.js';
import { violating } from './shape.js';
import { Sight } from './sight.js';
import { type RunningOperator, say, setStage, sleep, type Stage, until } from './stage.js';

const WITHIN_MS = 240_000;
const REST_MS = 5_000;

export interface Settled {
  readonly stage: Stage;
  readonly sight: Sight;
  readonly operator: RunningOperator;
}

export interface SettledOptions {
  /** Of what is measured. */
  readonly name: string;
  readonly args?: readonly string[];
}

/** Runs `work` once all is judged and written; what it started is ended afterwards. */
export async function settled<T>(
  pods: number,
  { name, args = [] }: SettledOptions,
  work: (settled: Settled) => Promise<T>,
): Promise<T> {
  const stage = await setStage(pods, say);
  const sight = new Sight();
  try {
    await sight.begin(stage.client);
    const operator = await stage.operate(args);
    const bad = violating(stage.shape);
    const isDone = (): boolean => sight.resultFirstMs.size >= stage.shape.workloads && sight.stoppedMs.size >= bad.size;
    await until('all is judged', WITHIN_MS, isDone);
    await sleep(REST_MS);
    try {
      return await work({ stage, sight, operator });
    } finally {
      await end(operator.process, `${name}-${pods}`);
    }
  } finally {
    await sight.end();
    await stage.close();
  }
}
