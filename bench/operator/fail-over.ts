// bench/operator: one replica after the other leads, and then the operator is started anew; nothing is done twice.
import { type Requests, requestsBetween } from './requests.js';
import { settled } from './settled.js';
import { type RunningOperator, sleep, type Stage, until } from './stage.js';

const LEADS = 'this replica leads';
const WITHIN_MS = 60_000;
const REST_MS = 5_000;
const AFTER_MS = 20_000; // in which whoever leads now looks at everything

export interface HandOver {
  readonly how: string;
  /** From the signal, or from the start of the process, to the successor's lease. */
  readonly withoutLeaderSeconds: number;
  readonly requests: Requests;
  /** Of the successor to Xray's summary. */
  readonly xraySummaries: number;
  readonly resultWrites: number;
  readonly stops: number;
}

export async function failOver(pods: number): Promise<readonly HandOver[]> {
  return settled(pods, { name: 'fail-over' }, async ({ stage, sight, operator }) => {
    const all: HandOver[] = [];
    let leader = operator;
    const measured = async (
      how: string,
      end: () => Promise<void>,
      successor: () => Promise<RunningOperator>,
    ): Promise<void> => {
      const next = await successor();
      await stage.xray.forgetRequests();
      const before = { metrics: await stage.metrics(), writes: sight.writes, stops: sight.stops };
      const beganMs = performance.now();
      const ending = end();
      await until('another leads', WITHIN_MS, () => next.process.log().includes(LEADS));
      const withoutLeaderSeconds = (performance.now() - beganMs) / 1_000;
      await ending;
      await sleep(AFTER_MS);
      const asked = await stage.xray.requests();
      all.push({
        how,
        withoutLeaderSeconds,
        requests: requestsBetween(before.metrics, await stage.metrics()),
        xraySummaries: asked.filter((one) => one.includes('summary')).length,
        resultWrites: sight.writes - before.writes,
        stops: sight.stops - before.stops,
      });
      leader = next;
    };
    const standby = async (): Promise<RunningOperator> => inStep(stage);
    await measured('SIGTERM, with a standby', async () => leader.process.stop(), standby);
    await measured('SIGKILL, with a standby', async () => leader.process.kill(), standby);
    await leader.process.stop();
    await measured(
      'stopped, and started anew',
      async () => Promise.resolve(),
      async () => stage.operate(),
    );
    await leader.process.stop();
    return all;
  });
}

async function inStep(stage: Stage): Promise<RunningOperator> {
  const replica = await stage.operate();
  await replica.process.inStep();
  await sleep(REST_MS); // it has seen the lease renewed, as a standby has that has been there for a while
  return replica;
}
