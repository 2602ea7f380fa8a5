// controllers: judges one workload at a time, from what is observed to the one change and the one report.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Logger, Result } from '@dot-kube/operator';
import type { Action, Asker, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import { enforce, type Outcome, type WorkloadClient } from '../enforce/enforce.js';
import { goesByRaised } from '../evaluate/checks.js';
import { evaluate, type JudgedImage, type Judgement } from '../evaluate/verdict.js';
import { type Change, plan, type Plan, type PlanInput } from '../plan/plan.js';
import { type Contention, contentionOf } from '../plan/contention.js';
import { type JobsPlan, planJobs } from '../plan/plan-jobs.js';
import { eventsOf } from '../report/events.js';
import { memoryOf } from '../report/first-seen.js';
import { ENFORCEMENT_FAILED } from '../report/held-reasons.js';
import { kubeMetadataOf } from '../report/kube-metadata.js';
import { formerStop } from '../report/memory.js';
import { resultStatus } from '../report/result-status.js';
import { deletionOf, type Obstacle, type Standing, standingAfter } from '../report/standing.js';
import type { Knowledge } from '../scan/knowledge.js';
import type { RevisionClient } from '../observe/revisions.js';
import type { ScanStore } from '../scan/store.js';
import { isDigest } from '../workload/digest.js';
import { isStopped } from '../workload/stopped.js';
import { parseWorkloadKey, type Workload } from '../workload/workload.js';
import type { BrakeKeeper, Leave } from './brake-keeper.js';
import type { KedaKeeper } from './keda-keeper.js';
import type { MetadataSender } from './metadata-sender.js';
import { lookAt, type LookedAt, type Lookups } from './look-at.js';
import type { PolicyRoom } from './policies.js';
import { forgetResult } from './result-retention.js';
import { type Rollback, rollbackCandidates, type RollbackQuestion } from './rollback.js';
import type { ResultWriter, StoredResult } from './result-writer.js';
import { type PlatformsOf, wantedImages } from './wanted-images.js';
import type { SurroundingsOf } from './surroundings.js';
import { NOT_PERMITTED_MS, untilNext } from './until-next.js';

export interface WorkloadPorts extends Lookups {
  readonly policies: PolicyRoom;
  readonly scans: ScanStore;
  readonly metadata: Pick<MetadataSender, 'tell' | 'gone'>;
  /** Of nodes, by name; of all of them where none of these is known. */
  readonly platformsOf: PlatformsOf;
  readonly results: ResultWriter;
  readonly client: WorkloadClient;
  readonly revisions: RevisionClient;
  readonly events: EventRecorder;
  readonly keda: KedaKeeper;
  readonly brake: Pick<BrakeKeeper, 'ask' | 'done' | 'gone' | 'undecided'>;
  /** Hears of each change that was tried: for metrics. */
  readonly enforced: (change: Change['kind'], outcome: Outcome['kind']) => void;
  readonly surroundingsOf: SurroundingsOf;
  readonly clock: Clock;
}

/** The change that came in between brings the workload back; this is for a watch that is behind. */
const OUTDATED_MS = 1_000;

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
    await ports.keda.gone(stored, looked === 'gone' ? undefined : looked.workload, pass.signal);
    if (looked === 'gone') {
      scans.want(key, []);
      policies.gone(key);
      ports.metadata.gone(key);
      ports.brake.gone(key);
      return forgetResult(ref, stored, ports, pass.signal);
    }

    // Which policies cover a namespace is told by its labels; when it comes to be known, its workloads come back here.
    if (!policies.book.knows(ref.namespace)) return undecided(ports);

    const { workload } = looked;
    policies.seen(key, workload);
    const now = clock.now();
    const judge = judgeFor({ workload, status: stored?.status, now }, ports);
    const judgement = judge(workload);
    const candidates = await rollbackCandidates(
      { ...looked, judgement, status: stored?.status, now },
      ports.revisions,
      pass.signal,
    );
    const needsViolations = judgement.applied.some(goesByRaised);
    const images = [...workload.images, ...candidates.images];
    scans.want(
      key,
      wantedImages(
        { ...workload, images },
        { platformsOf: ports.platformsOf, status: stored?.status, needsViolations },
      ),
    );
    // The answer is a moment away and brings the workload back here: a result that says "asking" would only be noise.
    const isAsked = (image: JudgedImage): boolean => isBeingAsked(image, needsViolations);
    if (judgement.images.some(isAsked)) return undecided(ports);
    const rollback = candidates.choose((then, labels) => judge({ ...workload, images: then, labels }), isAsked);
    if (rollback === 'asking') return undecided(ports);

    return decideAndRun({ ...looked, key, stored, judgement, rollback, now }, ports, pass);
  };
}

/** Judges the workload as it is, or as it would be. */
function judgeFor(
  { workload, status, now }: Pick<RollbackQuestion, 'workload' | 'status' | 'now'>,
  { policies, scans }: Pick<WorkloadPorts, 'policies' | 'scans'>,
): (as: Workload) => Judgement {
  const { namespace } = workload.ref;
  const around = {
    knowledgeOf: (digest: string): Knowledge => (isDigest(digest) ? scans.knowledgeOf(digest) : { state: 'notAsked' }),
    policies: policies.book.policiesIn(namespace),
    exceptions: policies.book.exceptionsIn(namespace),
    memory: memoryOf(status),
    now,
  };
  return (as) => evaluate({ ...around, workload: as });
}

interface Judged extends LookedAt {
  readonly key: string;
  readonly stored: StoredResult | undefined;
  readonly judgement: Judgement;
  readonly rollback: Rollback;
  readonly now: Date;
}

async function decideAndRun(judged: Judged, ports: WorkloadPorts, pass: Pass): Promise<Result> {
  const { key, workload, stored, judgement, rollback, note, now } = judged;
  const { target, startedJobs, ref } = workload;
  const surroundings = ports.surroundingsOf(ref.namespace);
  const former = formerStop(target, stored?.status);
  const planFor = plannerOf(judged, { former, rollback: rollback.option, surroundings, pauses: ports.keda.asked });
  const isAtRest = target !== undefined && isStopped(target);
  const leave = ports.brake.ask({ key, namespace: ref.namespace, judgement, planFor, isAtRest, now });
  if (leave.kind === 'gather') return { requeueAfterMs: leave.waitMs };
  const planned = leave.kind === 'go' ? leave.plan : NOTHING;
  const jobs = planJobs({ jobs: startedJobs, judgement, planned, surroundings, now });
  const contention = contentionOf({ judgement, target, note: judged.isCutOff ? undefined : (note ?? former), now });
  const decided = { key, workload, judgement, rollback, leave, planned, contention, jobs, now };
  return new WorkloadPass(ports, decided, pass).run(await ports.results.ensure(workload, pass.signal));
}

const NOTHING: Plan = { kind: 'nothing' };

/** What it waits for brings it back. */
function undecided({ brake }: Pick<WorkloadPorts, 'brake'>): Result {
  brake.undecided();
  return {};
}

/** Also for a milder action than the one that won; that volumes may go was said of that one alone. */
function plannerOf(
  { workload, judgement, note, isCutOff: cutOff, now }: Judged,
  around: Pick<PlanInput, 'former' | 'rollback' | 'surroundings' | 'pauses'>,
): (demand: Action) => Plan {
  const { target, untouchable, pods } = workload;
  return (demand) => {
    const allowsDataLoss = demand === judgement.demand && judgement.allowsDataLoss;
    const demanded = { ...judgement, demand, allowsDataLoss };
    return plan({ judgement: demanded, target, untouchable, note, isCutOff: cutOff, pods, now, ...around });
  };
}

interface Decided {
  readonly key: string;
  readonly workload: Workload;
  readonly judgement: Judgement;
  readonly rollback: Rollback;
  readonly leave: Exclude<Leave, { kind: 'gather' }>;
  /** What it has leave to do. */
  readonly planned: Plan;
  readonly contention: Contention | undefined;
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
    const { key, workload, judgement, rollback, leave, planned, contention, now } = this.#decided;
    const { policies, brake, metadata } = this.#ports;
    const previous = result.status;
    if (planned.kind === 'change' && planned.change.kind === 'Delete')
      await this.#announceDeletion(result, planned.change.budgets);

    const outcome = await this.#enforce();
    if (outcome.kind === 'outdated') return { requeueAfterMs: OUTDATED_MS };
    const obstacle = obstacleOf(leave, outcome);
    const standing = standingAfter({ workload, plan: planned, obstacle, counted: countedBy(leave), previous, now });
    const toldXray = metadata.tell(key, kubeMetadataOf(workload, standing), previous?.toldXray);
    const { generation } = result;
    const { wouldRollBackTo } = rollback;
    const told = { toldXray, wouldRollBackTo, revision: workload.revision };
    const status = resultStatus({ judgement, standing, contention, previous, generation, now, ...told });
    policies.judged(key, judgement, standing, now);
    if (standing.enforcement !== undefined) brake.done(key, workload.ref.namespace, standing.enforcement);

    await this.#recordEvents(previous, status, standing);
    await this.#writeStatus(result, status);
    if (outcome.kind === 'failed') throw outcome.cause;
    const paused = await this.#pauseKeda();
    if (paused.kind === 'outdated') return { requeueAfterMs: 100 };
    if (paused.kind === 'failed') throw new Error(paused.message, { cause: paused.cause });
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
    const { status: previous, generation } = result;
    const status = resultStatus({ judgement, standing, previous, generation, now, toldXray: previous?.toldXray });
    await this.#writeStatus(result, status);
  }

  async #resumeKeda(): Promise<Outcome> {
    const { workload, planned } = this.#decided;
    if (planned.kind !== 'change' || (planned.change.kind !== 'Restore' && planned.change.kind !== 'Forget'))
      return { kind: 'done' };
    return this.#ports.keda.released(workload.ref, planned.change.note, this.#pass.signal);
  }

  /** The stop stands and is reported whatever comes of it. */
  async #pauseKeda(): Promise<Outcome> {
    const {
      workload: { target },
      planned,
    } = this.#decided;
    const note =
      planned.kind === 'stopped'
        ? planned.note
        : planned.kind === 'change' && planned.change.kind === 'ScaleDown'
          ? planned.change.note
          : undefined;
    if (target === undefined || note === undefined) return { kind: 'done' };
    return this.#ports.keda.stopped(target, note, this.#pass.signal);
  }

  /** A CronJob comes before its Jobs, so that it starts no other meanwhile; after a failure nothing more is done. */
  async #enforce(): Promise<Outcome> {
    const { workload, planned, jobs } = this.#decided;
    const own =
      planned.kind === 'change' && workload.target !== undefined
        ? [{ change: planned.change, target: workload.target }]
        : [];
    const resumed = await this.#resumeKeda();
    if (resumed.kind !== 'done') return resumed;
    for (const { change, target } of [...own, ...jobs.changes]) {
      const outcome = await enforce(change, target, this.#ports.client, this.#pass.signal);
      this.#ports.enforced(change.kind, outcome.kind);
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

function isBeingAsked({ knowledge }: JudgedImage, needsViolations: boolean): boolean {
  if (knowledge?.state !== 'scanned') return knowledge?.state === 'notAsked';
  return needsViolations && knowledge.facts.raised === undefined && knowledge.stale === undefined;
}

function obstacleOf(leave: Decided['leave'], outcome: Outcome): Obstacle | undefined {
  if (leave.kind === 'hold') return leave.obstacle;
  if (outcome.kind !== 'failed' && outcome.kind !== 'forbidden') return undefined;
  return { reason: ENFORCEMENT_FAILED, message: outcome.message };
}

/** Who asked for a new stop that nobody approved. */
function countedBy(leave: Decided['leave']): Asker | undefined {
  return leave.kind === 'go' ? leave.counted : undefined;
}
