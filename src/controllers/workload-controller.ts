// controllers: judges one workload at a time, from what is observed to the one change and the one report.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Logger, Result } from '@dot-kube/operator';
import type { Action, Asker, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import { enforce, type Outcome, type WorkloadClient } from '../enforce/enforce.js';
import { evaluate, type Judgement } from '../evaluate/verdict.js';
import type { Note } from '../plan/note.js';
import { plan, type Plan } from '../plan/plan.js';
import { type JobsPlan, planJobs } from '../plan/plan-jobs.js';
import type { Surroundings } from '../plan/surroundings.js';
import { eventsOf } from '../report/events.js';
import { memoryOf } from '../report/first-seen.js';
import { digestsNoted, isCutOff, noteInForce, rememberedDigests } from '../report/memory.js';
import { resultStatus } from '../report/result-status.js';
import { deletionOf, type Obstacle, type Standing, standingAfter } from '../report/standing.js';
import type { ScanStore } from '../scan/store.js';
import { workloadKindOf } from '../api/workload-kinds.js';
import { assembleWorkload, type Sighted } from '../workload/assemble.js';
import { isDigest } from '../workload/digest.js';
import { isStopped } from '../workload/stopped.js';
import { parseWorkloadKey, type Workload, type WorkloadRef } from '../workload/workload.js';
import type { BrakeKeeper, Leave } from './brake-keeper.js';
import type { CustomLookup } from './custom-lookup.js';
import type { PolicyRoom } from './policies.js';
import { forgetResult } from './result-retention.js';
import type { ResultWriter, StoredResult } from './result-writer.js';
import { type PlatformsOf, wantedImages } from './wanted-images.js';
import type { SurroundingsOf } from './surroundings.js';
import { NOT_PERMITTED_MS, untilNext } from './until-next.js';
import type { WorkloadLookup } from './workload-lookup.js';

export interface WorkloadPorts {
  readonly lookup: WorkloadLookup;
  readonly customs: CustomLookup;
  readonly policies: PolicyRoom;
  readonly scans: ScanStore;
  /** Of nodes, by name; of all of them where none of these is known. */
  readonly platformsOf: PlatformsOf;
  readonly results: ResultWriter;
  readonly client: WorkloadClient;
  readonly events: EventRecorder;
  readonly brake: Pick<BrakeKeeper, 'ask' | 'done' | 'gone' | 'undecided'>;
  readonly surroundingsOf: SurroundingsOf;
  readonly clock: Clock;
}

interface Pass {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export function workloadReconciler(ports: WorkloadPorts): (key: string, pass: Pass) => Promise<Result> {
  const { policies, scans, results, clock } = ports;
  return async (key, pass) => {
    const ref = parseWorkloadKey(key);
    const stored = results.read(ref);
    const looked = await lookAt(ref, stored, ports, pass.signal);
    if (looked === 'outOfSight') return { requeueAfterMs: NOT_PERMITTED_MS };
    if (looked === 'gone') {
      scans.want(key, []);
      policies.gone(key);
      ports.brake.gone(key);
      return forgetResult(ref, stored, ports, pass.signal);
    }

    // Which policies cover a namespace is told by its labels; when it comes to be known, its workloads come back here.
    if (!policies.book.knows(ref.namespace)) return undecided(ports);

    const { workload } = looked;
    policies.seen(key, workload);
    scans.want(key, wantedImages(workload, ports.platformsOf, stored?.status));
    const now = clock.now();
    const judgement = evaluate({
      workload,
      knowledgeOf: (digest) => (isDigest(digest) ? scans.knowledgeOf(digest) : { state: 'notAsked' }),
      policies: policies.book.policiesIn(ref.namespace),
      exceptions: policies.book.exceptionsIn(ref.namespace),
      memory: memoryOf(stored?.status),
      now,
    });
    // The answer is a moment away and brings the workload back here: a result that says "asking" would only be noise.
    if (judgement.images.some(({ knowledge }) => knowledge?.state === 'notAsked')) return undecided(ports);

    return decideAndRun({ ...looked, key, judgement, now }, ports, pass);
  };
}

interface LookedAt {
  readonly workload: Workload;
  readonly note: Note | undefined;
  readonly isCutOff: boolean;
}

async function lookAt(
  ref: Omit<WorkloadRef, 'uid'>,
  stored: StoredResult | undefined,
  ports: WorkloadPorts,
  signal: AbortSignal,
): Promise<LookedAt | 'gone' | 'outOfSight'> {
  const status = stored?.status;
  const sighted = await sight(ref, stored, ports, signal);
  if (isOutOfSight(sighted, stored)) return 'outOfSight';
  if (sighted === undefined) return 'gone';
  const note = noteInForce(sighted.target, status);
  const workload = assembleWorkload(sighted, rememberedDigests(status, note), digestsNoted);
  return workload === undefined ? 'gone' : { workload, note, isCutOff: isCutOff(sighted.target, note, status) };
}

interface Judged extends LookedAt {
  readonly key: string;
  readonly judgement: Judgement;
  readonly now: Date;
}

async function decideAndRun(judged: Judged, ports: WorkloadPorts, pass: Pass): Promise<Result> {
  const { key, workload, judgement, now } = judged;
  const { target, startedJobs, ref } = workload;
  const surroundings = ports.surroundingsOf(ref.namespace);
  const planFor = plannerOf(judged, surroundings);
  const isAtRest = target !== undefined && isStopped(target);
  const leave = ports.brake.ask({ key, namespace: ref.namespace, judgement, planFor, isAtRest, now });
  if (leave.kind === 'gather') return { requeueAfterMs: leave.waitMs };
  const planned = leave.kind === 'go' ? leave.plan : NOTHING;
  const jobs = planJobs({ jobs: startedJobs, judgement, planned, surroundings, now });
  return new WorkloadPass(ports, { key, workload, judgement, leave, planned, jobs, now }, pass).run(
    await ports.results.ensure(workload, pass.signal),
  );
}

const NOTHING: Plan = { kind: 'nothing' };

/** What it waits for brings it back. */
function undecided({ brake }: Pick<WorkloadPorts, 'brake'>): Result {
  brake.undecided();
  return {};
}

/** Also for a milder action than the one that won; that volumes may go was said of that one alone. */
function plannerOf({ workload, judgement, ...judged }: Judged, surroundings: Surroundings): (demand: Action) => Plan {
  const { target, untouchable, pods } = workload;
  return (demand) => {
    const allowsDataLoss = demand === judgement.demand && judgement.allowsDataLoss;
    const demanded = { ...judgement, demand, allowsDataLoss };
    return plan({ ...judged, judgement: demanded, target, untouchable, surroundings, pods });
  };
}

/** A custom workload that may not be read any more, and has no pods: whether it is still there and stopped, nobody can tell. */
function isOutOfSight(sighted: Sighted | undefined, stored: StoredResult | undefined): boolean {
  return stored !== undefined && sighted?.untouchable !== undefined && sighted.uid === undefined;
}

/** Custom kinds are looked up where there is something to judge, or a result that tells that there was. */
async function sight(
  ref: Omit<WorkloadRef, 'uid'>,
  stored: StoredResult | undefined,
  { lookup, customs }: WorkloadPorts,
  signal: AbortSignal,
): Promise<Sighted | undefined> {
  const sighted = lookup.sight(ref);
  if (sighted === undefined || workloadKindOf(ref) !== 'Custom') return sighted;
  return sighted.pods.length > 0 || stored !== undefined ? customs.sight(ref, sighted, signal) : undefined;
}

interface Decided {
  readonly key: string;
  readonly workload: Workload;
  readonly judgement: Judgement;
  readonly leave: Exclude<Leave, { kind: 'gather' }>;
  /** What it has leave to do. */
  readonly planned: Plan;
  readonly jobs: JobsPlan;
  readonly now: Date;
}

/** The writes of one pass, in the order that makes each of them safe to repeat: record of a deletion, change, Events, status. */
class WorkloadPass {
  readonly #ports: WorkloadPorts;
  readonly #decided: Decided;
  readonly #pass: Pass;

  constructor(ports: WorkloadPorts, decided: Decided, pass: Pass) {
    this.#ports = ports;
    this.#decided = decided;
    this.#pass = pass;
  }

  async run(result: StoredResult): Promise<Result> {
    const { key, workload, judgement, leave, planned, now } = this.#decided;
    const { policies, brake } = this.#ports;
    const previous = result.status;
    if (planned.kind === 'change' && planned.change.kind === 'Delete')
      await this.#announceDeletion(result, planned.change.budgets);

    const outcome = await this.#enforce();
    if (outcome.kind === 'outdated') return { requeueAfterMs: 100 };
    const obstacle = obstacleOf(leave, outcome);
    const standing = standingAfter({ workload, plan: planned, obstacle, counted: countedBy(leave), previous, now });
    const status = resultStatus({ judgement, standing, previous, generation: result.generation, now });
    policies.judged(key, judgement, standing, now);
    if (standing.enforcement !== undefined) brake.done(key, workload.ref.namespace, standing.enforcement);

    await this.#recordEvents(previous, status, standing);
    await this.#writeStatus(result, status);
    if (outcome.kind === 'failed') throw outcome.cause;
    return untilNext({ ...this.#decided, againMs: leave.againMs }, outcome.kind !== 'forbidden');
  }

  async #announceDeletion(result: StoredResult, budgets: readonly string[]): Promise<void> {
    const { workload, judgement, leave, now } = this.#decided;
    const before = result.status?.enforcement;
    const enforcement = deletionOf({
      workload,
      budgets,
      before: before?.workloadUid === workload.ref.uid ? before : undefined,
      phase: 'Requested',
      counted: countedBy(leave),
      now,
    });
    const standing: Standing = { kind: 'deleted', enforcement };
    const status = resultStatus({ judgement, standing, previous: result.status, generation: result.generation, now });
    await this.#writeStatus(result, status);
  }

  /** A CronJob comes before its Jobs, so that it starts no other meanwhile; after a failure nothing more is done. */
  async #enforce(): Promise<Outcome> {
    const { workload, planned, jobs } = this.#decided;
    const own =
      planned.kind === 'change' && workload.target !== undefined
        ? [{ change: planned.change, target: workload.target }]
        : [];
    for (const { change, target } of [...own, ...jobs.changes]) {
      const outcome = await enforce(change, target, this.#ports.client, this.#pass.signal);
      const { coordinates, namespace, name } = target;
      this.#pass.log.info(`${change.kind} ${outcome.kind}`, { kind: coordinates.kind, namespace, name });
      if (outcome.kind !== 'done') return outcome;
    }
    return { kind: 'done' };
  }

  async #recordEvents(
    previous: XrayScanResultStatus | undefined,
    next: XrayScanResultStatus,
    standing: Standing,
  ): Promise<void> {
    for (const draft of eventsOf(previous, next, standing))
      await this.#ports.events.record({ regarding: this.#decided.workload.ref, ...draft }, this.#pass.signal);
  }

  async #writeStatus(result: StoredResult, status: XrayScanResultStatus): Promise<void> {
    if (isDeepStrictEqual(result.status, status)) return;
    await this.#ports.results.writeStatus(result, status, this.#pass.signal);
  }
}

function obstacleOf(leave: Decided['leave'], outcome: Outcome): Obstacle | undefined {
  if (leave.kind === 'hold') return leave.obstacle;
  if (outcome.kind !== 'failed' && outcome.kind !== 'forbidden') return undefined;
  return { reason: 'EnforcementFailed', message: outcome.message };
}

/** Who asked for a new stop that nobody approved. */
function countedBy(leave: Decided['leave']): Asker | undefined {
  return leave.kind === 'go' ? leave.counted : undefined;
}
