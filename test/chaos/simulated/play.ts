// chaos/simulated: plays one story from its beginning to its rest, and says what was not as it must be.
import type { Logger } from '@dot-kube/operator';
import { type AtRest, resultsLeft, unlikeModel } from '../model/at-rest.js';
import { Audit, type Brake, type Tally } from '../model/invariants.js';
import { Lateness } from '../model/lateness.js';
import { Model } from '../model/model.js';
import { jobUnlikeModel, wrongWithJob } from '../model/started-jobs.js';
import type { Change, Workload } from '../model/workload.js';
import { Random } from '../story/random.js';
import { lastsMs, protectedNamespace, tell, type Telling } from '../story/tell.js';
import { isResultOf } from '../story/manifests.js';
import { isMisfortune, isUsers, keyOf, type Misfortune, type Step, type Story } from '../story/world.js';
import { ApiServer } from './api-server.js';
import { Controllers, hasEnded, kinds } from './cluster.js';
import { CronJobs } from './cron-jobs.js';
import { OPERATOR_NAMESPACE, type Surroundings } from './operator.js';
import { Replicas } from './replicas.js';
import { type HistoryEvent, ObjectStore } from './store.js';
import { SimulatedTime } from './time.js';
import { isResult, isStartedJob, isWorkload, User, workloadIn, workloadsIn } from './user.js';
import { SimulatedXray, XRAY_TIMEOUT_MS } from './xray.js';

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly tally: Tally;
  readonly log: readonly string[];
}

export const PREFIX = 's';
const BEGINNING = new Date('2026-03-01T12:00:00Z');
const REST_MS = 240_000;
const JOB_IS_NEW_MS = 5_000;
const LOOK_EVERY_MS = 5_000;
const LOG_LINES = 4_000;

/** @param telling as stories are told to be played for real; else with all that may go wrong, at its own pace */
export async function play(seed: number, telling: Partial<Omit<Telling, 'prefix'>> = {}): Promise<Outcome> {
  const story = tell(seed, { scale: 1, sharedFaults: true, ...telling, prefix: PREFIX });
  return new Stage(story).play();
}

class Stage {
  readonly #story: Story;
  readonly #time = new SimulatedTime(BEGINNING);
  readonly #random: Random;
  readonly #store = new ObjectStore(this.#time);
  readonly #xray: SimulatedXray;
  readonly #surroundings: Surroundings;
  readonly #user: User;
  readonly #model = new Model({ apiMs: 3_000, xrayMs: 15_000, apiTailMs: 90_000, xrayTailMs: 45_000 });
  readonly #audit: Audit;
  readonly #lateness = new Lateness();
  /** In every third story. */
  readonly #brake: Brake | undefined;
  readonly #problems: string[] = [];
  readonly #log: string[] = [];
  /** Two in every fourth story. */
  readonly #replicas: Replicas;

  constructor(story: Story) {
    const { seed } = story;
    this.#story = story;
    this.#random = new Random(seed ^ 0x5eed);
    const [time, random, store] = [this.#time, this.#random, this.#store];
    this.#xray = new SimulatedXray(time, random);
    const isProtected = (namespace: string): boolean => namespace === protectedNamespace(PREFIX);
    const fail = (what: string): void => {
      this.#problems.push(what);
    };
    this.#brake = seed % 3 === 0 ? { sharePercent: 25, floor: 1 } : undefined;
    this.#audit = new Audit({ model: this.#model, brake: this.#brake, isProtected, fail });
    this.#surroundings = {
      time,
      random,
      api: new ApiServer(store, time, random),
      xray: this.#xray,
      protectedNamespaces: [protectedNamespace(PREFIX)],
      brake: this.#brake,
      logOf: (replica) => this.#logger({ replica }),
    };
    this.#replicas = new Replicas({
      ...{ count: seed % 4 === 0 ? 2 : 1, store, random, surroundings: this.#surroundings },
      note: (text) => {
        this.#note(text);
      },
    });
    this.#user = new User(store, this.#model, time);
    new Controllers(store, time, random);
    new CronJobs(store, time, random);
    store.onChange((event) => {
      const { kind, manager, before, object, type } = event;
      if (isStartedJob(kind, object)) this.#jobChanged(event);
      if (isResult(kind)) this.#audit.recorded((workload) => isResultOf(object, workload));
      if (!isWorkload(kind, object)) return;
      const by = manager === 'kubexray-operator' ? 'operator' : 'user';
      const after = type === 'DELETED' ? undefined : workloadIn(object);
      this.#changed({ by, atMs: time.nowMs, before: before && workloadIn(before), after }, manager);
    });
  }

  async play(): Promise<Outcome> {
    const { seed, namespaces, steps, endMs } = this.#story;
    this.#install(namespaces);
    this.#replicas.start();
    for (const { atMs, step } of steps) {
      await this.#until(atMs);
      this.#take(step);
    }
    await this.#until(endMs + REST_MS);
    while (this.#startsJob()) await this.#time.run(this.#time.nowMs + 1_000);
    this.#look();
    await this.#end();
    return { seed, problems: this.#problems, tally: this.#audit.tally, log: this.#log };
  }

  async #until(atMs: number): Promise<void> {
    while (this.#time.nowMs + LOOK_EVERY_MS < atMs) {
      await this.#time.run(this.#time.nowMs + LOOK_EVERY_MS);
      this.#problems.push(...this.#lateness.look(workloadsIn(this.#store), (one) => this.#user.said(one), this.#at()));
    }
    await this.#time.run(atMs);
  }

  #at(): Omit<AtRest, 'fail'> {
    const isProtected = (namespace: string): boolean => namespace === protectedNamespace(PREFIX);
    return { model: this.#model, audit: this.#audit, brake: this.#brake, isProtected, atMs: this.#time.nowMs };
  }

  #install(namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>): void {
    for (const [name, labels] of namespaces) this.#user.labelNamespace(name, labels);
    this.#store.create(kinds.namespace, { namespace: '', name: OPERATOR_NAMESPACE }, {}, 'user');
    const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    this.#store.create(kinds.node, { namespace: '', name: 'node-1' }, { metadata: { labels } }, 'user');
    const data = { accessToken: Buffer.from('token').toString('base64') };
    this.#store.create(kinds.secret, { namespace: OPERATOR_NAMESPACE, name: 'xray' }, { data }, 'user');
    this.#user.connect({
      url: 'http://xray',
      credentialsSecretRef: { name: 'xray' },
      pollInterval: '5s',
      resyncInterval: '10s',
      timeout: `${XRAY_TIMEOUT_MS / 1_000}s`,
      indexResolution: 'None',
    });
  }

  #take(step: Step): void {
    if (isUsers(step)) this.#user.does(step);
    else if (isMisfortune(step)) this.#befalls(step);
    else {
      this.#xray.tell(step.image, step.truth);
      this.#model.setFacts(step.image, step.truth, this.#time.nowMs);
    }
  }

  #befalls(step: Misfortune): void {
    if (step.do !== 'break Xray') this.#trouble(step);
    switch (step.do) {
      case 'break Xray':
        this.#model.xrayTrouble(this.#time.nowMs, step.forMs);
        this.#xray.break(step.how, step.forMs);
        return;
      case 'break API':
        this.#surroundings.api.break(step.how, step.forMs);
        return;
      case 'kill operator':
      case 'stop operator':
      case 'freeze operator':
        this.#replicas.befalls(step);
    }
  }

  #trouble(step: Step): void {
    this.#model.apiTrouble(this.#time.nowMs, lastsMs(step));
    this.#model.xrayTrouble(this.#time.nowMs, lastsMs(step)); // what it was told it may have no time to act on
  }

  #changed(change: Change, manager: string): void {
    const { by, before, after } = change;
    const isOfCluster = manager === 'kube-controller-manager' || manager === 'kubelet';
    if (isOfCluster && before?.replicas === after?.replicas) return; // revisions and what was observed
    this.#note(`${by}: ${inShort(before)} to ${inShort(after)}`);
    this.#audit.changed(change);
  }

  #jobChanged({ type, manager, before, object }: HistoryEvent): void {
    const cronJob = this.#cronJobOf(object);
    if (cronJob !== undefined && type === 'ADDED') this.#model.seen(cronJob, true, this.#time.nowMs);
    if (manager !== 'kubexray-operator') return;
    const after = type === 'DELETED' ? undefined : workloadIn(object);
    const change = { before: before && workloadIn(before), after, atMs: this.#time.nowMs };
    this.#note(`operator: ${inShort(change.before)} to ${inShort(after)}`);
    this.#problems.push(...wrongWithJob(change, cronJob, this.#model));
  }

  #cronJobOf({ metadata: { namespace = '', ownerReferences = [] } }: HistoryEvent['object']): Workload | undefined {
    const name = ownerReferences[0]?.name ?? '';
    const cronJob = this.#store.get(kinds.cronJob, { namespace, name });
    return cronJob?.metadata.uid === ownerReferences[0]?.uid ? cronJob && workloadIn(cronJob) : undefined;
  }

  /** While the pods of a new Job have not told what they run, its CronJob can't be judged: a tag may have moved. */
  #startsJob(): boolean {
    const { nowMs } = this.#time;
    return this.#store
      .list(kinds.job)
      .some(
        (job) =>
          isStartedJob(kinds.job, job) && nowMs - this.#time.msOf(job.metadata.creationTimestamp) < JOB_IS_NEW_MS,
      );
  }

  #lookAtJobs(): void {
    const jobs = this.#store.list(kinds.job).filter((job) => isStartedJob(kinds.job, job) && !hasEnded(job));
    for (const job of jobs) {
      const cronJob = this.#cronJobOf(job);
      if (cronJob === undefined) continue;
      this.#problems.push(...jobUnlikeModel(workloadIn(job), cronJob, this.#model, this.#time.nowMs));
    }
  }

  #look(): void {
    this.#lookAtJobs();
    const workloads = workloadsIn(this.#store);
    this.#problems.push(...unlikeModel(workloads, (workload) => this.#user.said(workload), this.#at()));
    this.#problems.push(...this.#audit.unlikeHistories((workload) => this.#user.said(workload)?.history ?? []));
    this.#problems.push(...resultsLeft(workloads, this.#user.results()));
  }

  /** Nothing of it may be left, or the next story hears of it. */
  async #end(): Promise<void> {
    this.#replicas.kill();
    await this.#time.run(this.#time.nowMs + 60_000);
    await this.#replicas.ended();
  }

  #logger(context: object): Logger {
    const line = (level: string) => (message: string, fields?: object) => {
      this.#note(`${level} ${message} ${fields === undefined ? '' : JSON.stringify({ ...context, ...fields })}`);
    };
    const log: Logger = {
      debug: () => undefined,
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      child: (more) => this.#logger({ ...context, ...more }),
    };
    return log;
  }

  #note(text: string): void {
    this.#log.push(`${(this.#time.nowMs / 1_000).toFixed(3).padStart(8)} s  ${text}`);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }
}

function inShort(workload: Workload | undefined): string {
  return workload === undefined
    ? 'nothing'
    : `${keyOf(workload)} with ${workload.images.join(' ')} at ${workload.replicas} ${workload.note ?? ''} ${workload.rolledBack ?? ''}`;
}
