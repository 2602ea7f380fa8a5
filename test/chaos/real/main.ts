// chaos/real: plays several stories side by side, each in namespaces of its own, on a real control plane, with the operator as a process
// behind a proxy. The misfortunes are shared by all. `SEEDS=n FIRST=n SIDE_BY_SIDE=n`: of the seeds from FIRST on those in which, when they
// are played in memory as they are told here, a stop ends or a workload is rolled back: in many stories little happens. `SEED=n,n…` plays just these.
import { setTimeout as sleep } from 'node:timers/promises';
import type { XrayScanResult } from '../../../src/api/v1alpha1/types.js';
import { xrayScanResults } from '../../../src/api/v1alpha1/coordinates.js';
import { resultName } from '../../../src/report/result/result-name.js';
import { digestOf } from '../../cluster/digest.js';
import { resultsLeft, type Said, unlikeModel } from '../model/at-rest.js';
import { Audit, inShort } from '../model/invariants.js';
import { play } from '../simulated/play.js';
import type { Workload } from '../model/workload.js';
import { Model } from '../model/model.js';
import { saidIn } from '../story/manifests.js';
import { Random } from '../story/random.js';
import { lastsMs, protectedNamespace, tell, tellFaults } from '../story/tell.js';
import { inWords, stepInWords } from '../story/words.js';
import { isUsers, type Misfortune, type Story, type TimedStep } from '../story/world.js';
import { surroundings, type Surroundings } from './surroundings.js';
import { RealUser } from './user.js';
import { Witness } from './witness.js';

const { SEED, SEEDS = '24', FIRST = '1', SIDE_BY_SIDE = '8' } = process.env;
const TELLING = { scale: 1, sharedFaults: false };
const FAULTS_SCALE = 0.3;
const REST_WITHIN_MS = 150_000;
const never = new AbortController().signal;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

interface Played {
  readonly prefix: string;
  readonly story: Story;
  readonly model: Model;
  readonly audit: Audit;
  readonly problems: string[];
  /** How many workloads there were at rest, and how many of them stood stopped. */
  atRest: { readonly workloads: number; readonly stopped: number };
}

function prepared(seed: number): Played {
  const prefix = `c${seed}`;
  const story = tell(seed, { ...TELLING, prefix });
  const model = new Model({ apiMs: 5_000, xrayMs: 20_000, apiTailMs: 90_000, xrayTailMs: 45_000 });
  const problems: string[] = [];
  const isProtected = (namespace: string): boolean => namespace === protectedNamespace(prefix);
  const audit = new Audit({ model, isProtected, fail: (what) => problems.push(what) });
  return { prefix, story, model, audit, problems, atRest: { workloads: 0, stopped: 0 } };
}

class Stage {
  readonly #stories: readonly Played[];
  readonly #around: Surroundings;
  readonly #witness: Witness;
  readonly #beganMs = performance.now();
  readonly #beganAt = Date.now();

  constructor(stories: readonly Played[], around: Surroundings) {
    this.#stories = stories;
    this.#around = around;
    const { client, wasDeletedByOperator } = around;
    const auditOf = (namespace: string): Audit | undefined =>
      stories.find(({ story }) => story.namespaces.has(namespace))?.audit;
    this.#witness = new Witness({ client, auditOf, wasDeletedByOperator, nowMs: () => this.nowMs() });
  }

  nowMs(): number {
    return performance.now() - this.#beganMs;
  }

  async play(misfortunes: readonly TimedStep<Misfortune>[]): Promise<void> {
    try {
      await Promise.all([
        ...this.#stories.map(async (played) => this.#story(played)),
        ...misfortunes.map(async ({ atMs, step }) => {
          await sleep(atMs);
          await this.#befalls(step);
        }),
      ]);
      const longest = Math.max(0, ...misfortunes.map(({ atMs, step }) => atMs + lastsMs(step)));
      await sleep(Math.max(0, longest - this.nowMs()));
      await this.#rest();
      // A witness that has gone blind proves nothing.
      for (const { problems } of this.#stories) problems.push(...this.#witness.problems);
    } finally {
      await this.#witness.close();
    }
  }

  async #story({ story, model }: Played): Promise<void> {
    const user = new RealUser(this.#around.client, model, {
      nowMs: () => this.nowMs(),
      msOf: (time) => Date.parse(time) - this.#beganAt,
      dateAfter: (ms) => new Date(Date.now() + ms),
    });
    for (const [namespace, labels] of story.namespaces) await user.does({ do: 'label namespace', namespace, labels });
    for (const { atMs, step } of story.steps) {
      await sleep(Math.max(0, atMs - this.nowMs()));
      if (isUsers(step)) await user.does(step);
      if (step.do !== 'tell Xray') continue;
      model.setFacts(step.image, step.truth, this.nowMs());
      const digest = digestOf(step.image);
      if (step.truth === 'none') await this.#around.simulator.forget(digest);
      else await this.#around.simulator.put(digest, step.truth);
    }
  }

  async #befalls(step: Misfortune): Promise<void> {
    for (const { model } of this.#stories) {
      model.xrayTrouble(this.nowMs(), lastsMs(step));
      if (step.do !== 'break Xray') model.apiTrouble(this.nowMs(), lastsMs(step));
    }
    await this.#around.befalls(step);
  }

  /** At rest once everything is as the model has it; what is not, after a time, never will be. */
  async #rest(): Promise<void> {
    const endMs = this.nowMs() + REST_WITHIN_MS;
    for (;;) {
      const said = await this.#said();
      const unlike = this.#stories.map((played) => this.#unlike(played, said));
      if (unlike.every(({ length }) => length === 0)) return;
      if (this.nowMs() > endMs) {
        this.#stories.forEach(({ problems }, i) => problems.push(...(unlike[i] ?? [])));
        return;
      }
      await sleep(2_000);
    }
  }

  #unlike(played: Played, said: ReadonlyMap<string, Said>): readonly string[] {
    const { model, audit, story, prefix } = played;
    const isProtected = (namespace: string): boolean => namespace === protectedNamespace(prefix);
    const workloads = this.#witness.workloadsIn((namespace) => story.namespaces.has(namespace));
    const stopped = workloads.filter(({ replicas, note }) => replicas === 0 && note !== undefined);
    played.atRest = { workloads: workloads.length, stopped: stopped.length };
    const at = { model, audit, isProtected, atMs: this.nowMs() };
    const results = [...said].map(([name, { action }]) => ({ name, action }));
    const own = results.filter(({ name }) => story.namespaces.has(name.split('/')[0] ?? ''));
    return [
      ...resultsLeft(workloads, own),
      ...unlikeModel(workloads, (workload) => said.get(resultKey(workload)), at),
      ...audit.unlikeHistories((workload) => said.get(resultKey(workload))?.history ?? []),
    ];
  }

  async #said(): Promise<ReadonlyMap<string, Said>> {
    type Result = XrayScanResult & { readonly metadata: { readonly namespace: string; readonly name: string } };
    const results = await this.#around.client.list<Result>(xrayScanResults, { signal: never });
    return new Map(results.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, saidIn(one)]));
  }
}

function resultKey({ kind, namespace, name }: Workload): string {
  return `${namespace}/${resultName({ apiVersion: 'v1', kind, name })}`;
}

async function together(seeds: readonly number[]): Promise<readonly Played[]> {
  const stories = seeds.map(prepared);
  const first = seeds[0] ?? 0;
  const around = await surroundings(
    new Random(first),
    stories.map(({ prefix }) => protectedNamespace(prefix)),
  );
  const misfortunes = tellFaults(first, FAULTS_SCALE, Math.max(...stories.map(({ story }) => story.endMs)));
  try {
    await new Stage(stories, around).play(misfortunes);
    if (stories.some(({ problems }) => problems.length > 0)) {
      say(misfortunes.map(({ atMs, step }) => `  ${(atMs / 1_000).toFixed(1)} s ${stepInWords(step)}`).join('\n'));
      say(around.log());
    }
  } finally {
    await around.close();
  }
  return stories;
}

/** The first so many in which more happens than stops. */
async function eventful(first: number, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for (let seed = first; found.length < count; seed++) {
    const { tally } = await play(seed, TELLING);
    if (tally.restored + tally.rolledBack > 0) found.push(seed);
  }
  return found;
}

const began = performance.now();
const all = SEED === undefined ? await eventful(Number(FIRST), Number(SEEDS)) : SEED.split(',').map(Number);
say(`seeds ${all.join(' ')}`);
const failed: number[] = [];
const sum = { stopped: 0, restored: 0, deleted: 0, released: 0, rolledBack: 0 };
const atEnd = { workloads: 0, stopped: 0 };
for (let at = 0; at < all.length; at += Number(SIDE_BY_SIDE)) {
  const seeds = all.slice(at, at + Number(SIDE_BY_SIDE));
  for (const { story, problems, audit, atRest } of await together(seeds)) {
    atEnd.workloads += atRest.workloads;
    atEnd.stopped += atRest.stopped;
    for (const what of ['stopped', 'restored', 'deleted', 'released', 'rolledBack'] as const)
      sum[what] += audit.tally[what];
    say(`  ${story.seed}: ${inShort(audit.tally)}; at rest ${atRest.workloads} workloads, ${atRest.stopped} stopped`);
    if (problems.length === 0) continue;
    failed.push(story.seed);
    say(
      `${inWords(story)}\nseed ${story.seed} broke a rule beside the others: make chaos-real SEED=${seeds.join(',')}`,
    );
    for (const problem of problems) say(`  ${problem}`);
  }
  say(`${at + seeds.length} of ${all.length} played, ${((performance.now() - began) / 1_000).toFixed(0)} s`);
}
say(`${all.length} seeds on a real control plane: ${inShort(sum)}`);
say(`at rest ${atEnd.workloads} workloads, ${atEnd.stopped} of them stopped`);
say(failed.length === 0 ? 'all rules hold' : `${failed.length} failed: ${failed.join(' ')}`);
process.exit(failed.length === 0 ? 0 : 1);
