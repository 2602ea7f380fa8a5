// controllers: the writes of one pass over one workload, in the order that makes each of them safe to repeat: record of a
// deletion, change, Events, status.
import { isDeepStrictEqual } from 'node:util';
import type { EventRecorder, Result } from '@dot-kube/operator';
import type { Asker, HistoryLine, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { enforce, type Outcome, type WorkloadClient } from '../../enforce/enforce.js';
import { readBeforeDeletion } from '../../enforce/read-before-deletion.js';
import type { Judgement } from '../../evaluate/verdict.js';
import type { ObservedTarget } from '../../observe/observed.js';
import type { Contention } from '../../plan/contention.js';
import type { Note } from '../../plan/note.js';
import type { Change, Plan } from '../../plan/plan.js';
import type { JobsPlan } from '../../plan/plan-jobs.js';
import { eventsOf } from '../../report/events.js';
import { ENFORCEMENT_FAILED } from '../../report/result/held-reasons.js';
import { historyAfter } from '../../report/result/history.js';
import { keptManifest } from '../../report/result/kept-manifest.js';
import { kubeMetadataOf } from '../../report/kube-metadata.js';
import type { Pause } from '../../report/result/pause.js';
import { resultStatus } from '../../report/result/result-status.js';
import { deletionOf, type Obstacle, type Standing, standingAfter } from '../../report/result/standing.js';
import type { Workload } from '../../workload/workload.js';
import { logActs, type Pass, tellActs } from './act-teller.js';
import type { BrakeKeeper, Leave } from '../brake/brake-keeper.js';
import type { KedaKeeper } from './keda-keeper.js';
import type { MetadataSender } from '../connection/metadata-sender.js';
import type { PolicyRoom } from '../policies/policies.js';
import { isNothingToDo, type ReportTurn } from './report-turn.js';
import type { Rollback, Rollbacks } from './rollback.js';
import type { ResultWriter, StoredResult } from './result-writer.js';
import { untilNext } from './until-next.js';
import type { UnwrittenHistory } from './unwritten-history.js';

export interface PassPorts {
  readonly policies: Pick<PolicyRoom, 'judged' | 'book' | 'isApproved'>;
  readonly metadata: Pick<MetadataSender, 'tell'>;
  readonly results: ResultWriter;
  readonly client: WorkloadClient;
  readonly events: EventRecorder;
  readonly keda: KedaKeeper;
  readonly brake: Pick<BrakeKeeper, 'done'>;
  readonly rollbacks: Pick<Rollbacks, 'refused'>;
  readonly reports: Pick<ReportTurn, 'isLater'>;
  readonly unwritten: UnwrittenHistory;
  /** Hears of each change that was tried: for metrics. */
  readonly enforced: (change: Change['kind'], outcome: Outcome['kind']) => void;
  /** Whether the values of environment variables are kept of what is deleted. */
  readonly keepsEnvValues: boolean;
}

export interface Decided {
  readonly key: string;
  readonly workload: Workload;
  readonly judgement: Judgement;
  /** Of the stop that is in force, if there is one. */
  readonly note: Note | undefined;
  readonly rollback: Pick<Rollback, 'wouldRollBackTo'>;
  readonly leave: Exclude<Leave, { kind: 'gather' }>;
  /** What it has leave to do. */
  readonly planned: Plan;
  readonly contention: Contention | undefined;
  readonly jobs: JobsPlan;
  readonly now: Date;
}

/** What came of the acts of a pass. */
interface Acted {
  readonly outcome: Outcome;
  /** Absent where nothing is stopped. */
  readonly pausing?: Outcome;
  /** As it stands now. */
  readonly previous: XrayScanResultStatus | undefined;
}

/** The change that came in between brings the workload back; this is for a watch that is behind. */
const OUTDATED_MS = 1_000;
const PAUSE_OUTDATED_MS = 100;
const DONE: Outcome = { kind: 'done' };

export class WorkloadPass {
  readonly #ports: PassPorts;
  readonly #decided: Decided;
  readonly #pass: Pass;

  constructor(ports: PassPorts, decided: Decided, pass: Pass) {
    this.#ports = ports;
    this.#decided = decided;
    this.#pass = pass;
  }

  /** @param stored its result, where it has one: where nothing is to be done, another is not made before it is its turn */
  async run(stored: StoredResult | undefined): Promise<Result> {
    if (stored === undefined && this.#isPutOff()) return {};
    const { results } = this.#ports;
    return this.#actAndReport(await results.ensure(this.#decided.workload, this.#pass.signal));
  }

  async #actAndReport(result: StoredResult): Promise<Result> {
    const { key, workload, judgement, rollback, leave, planned, contention, now } = this.#decided;
    const { policies, brake, metadata } = this.#ports;
    const { outcome, pausing, previous } = await this.#act(result);
    if (outcome.kind === 'outdated') return { requeueAfterMs: OUTDATED_MS };
    if (outcome.kind === 'refused') return this.#afterRefusal(outcome.message);
    const obstacle = obstacleOf(leave, outcome);
    const standing = standingAfter({ workload, plan: planned, obstacle, counted: countedBy(leave), previous, now });
    const toldXray = metadata.tell(key, kubeMetadataOf(workload, standing), previous?.toldXray);
    const { generation } = result;
    const history = this.#history(previous, standing);
    const refused = leave.kind === 'go' ? leave.refused : undefined;
    const pause = this.#pauseOf(pausing);
    const { wouldRollBackTo } = rollback;
    const told = { history, toldXray, refused, wouldRollBackTo, revision: workload.revision };
    const status = resultStatus({ judgement, standing, contention, previous, generation, now, ...told, pause });
    policies.judged(key, judgement, standing, now);
    if (standing.enforcement !== undefined) brake.done(key, workload.ref.namespace, standing.enforcement);

    if (previous !== undefined && !isDeepStrictEqual(previous, status) && this.#isPutOff()) return {};
    const drafts = eventsOf(previous, status, standing);
    await tellActs(this.#ports.events, drafts, { ref: workload.ref, result }, this.#pass.signal);
    await this.#writeStatus(result, previous, status);
    return this.#next(outcome, pausing);
  }

  #isPutOff(): boolean {
    return isNothingToDo(this.#decided) && this.#ports.reports.isLater(this.#decided.key);
  }

  /** @throws what went wrong, so that it is tried again, ever more slowly */
  #next(outcome: Outcome, pausing: Outcome | undefined): Result {
    if (outcome.kind === 'failed') throw outcome.cause;
    if (pausing?.kind === 'outdated') return { requeueAfterMs: PAUSE_OUTDATED_MS };
    if (pausing?.kind === 'failed') throw new Error(pausing.message, { cause: pausing.cause });
    return untilNext({ ...this.#decided, againMs: this.#decided.leave.againMs }, outcome.kind !== 'forbidden');
  }

  /** Another revision is tried, or it is scaled down. */
  #afterRefusal(why: string): Result {
    const { key, planned } = this.#decided;
    if (planned.kind === 'change' && planned.change.kind === 'RollBack')
      this.#ports.rollbacks.refused(key, planned.change.note);
    this.#pass.log.warn(`the rollback was refused: ${why}`, { workload: key });
    return { requeueAfterMs: 1 };
  }

  /** What can't be recorded is not deleted: nobody could bring it back. */
  async #act(result: StoredResult): Promise<Acted> {
    const { workload, planned } = this.#decided;
    const { status: previous } = result;
    if (planned.kind !== 'change' || planned.change.kind !== 'Delete' || workload.target === undefined) {
      const outcome = await this.#enforce();
      return outcome.kind === 'done' ? { outcome, pausing: await this.#pauseKeda(), previous } : { outcome, previous };
    }
    const read = await readBeforeDeletion(workload.target, this.#ports.client, this.#pass.signal);
    if (read.kind !== 'read') return { outcome: read, previous };
    const announced = await this.#announceDeletion(result, planned.change.budgets, {
      object: read.object,
      target: workload.target,
    });
    return { outcome: await this.#enforce(), previous: announced };
  }

  async #announceDeletion(
    result: StoredResult,
    budgets: readonly string[],
    whole: { readonly object: Readonly<Record<string, unknown>>; readonly target: ObservedTarget },
  ): Promise<XrayScanResultStatus> {
    const { workload, judgement, leave, note, now } = this.#decided;
    const manifest = keptManifest({ ...whole, note, keepsEnvValues: this.#ports.keepsEnvValues });
    const before = result.status?.enforcement;
    const enforcement = deletionOf({
      workload,
      budgets,
      isKept: manifest !== undefined,
      before: before?.workloadUid === workload.ref.uid ? before : undefined,
      phase: 'Requested',
      counted: countedBy(leave),
      now,
    });
    const standing: Standing = { kind: 'deleted', enforcement };
    const { status: previous, generation } = result;
    const history = this.#history(previous, standing);
    const told = { history, manifest, toldXray: previous?.toldXray };
    const status = resultStatus({ judgement, standing, previous, generation, now, ...told });
    await this.#writeStatus(result, previous, status);
    return status;
  }

  #history(previous: XrayScanResultStatus | undefined, standing: Standing): readonly HistoryLine[] {
    const { book, isApproved } = this.#ports.policies;
    const generationOf = book.generationOf.bind(book);
    const lines = historyAfter({ ...this.#decided, previous, standing, generationOf, isApproved });
    return this.#ports.unwritten.addedTo(lines, this.#decided.key, previous?.history);
  }

  async #resumeKeda(): Promise<Outcome> {
    const { workload, planned } = this.#decided;
    if (planned.kind !== 'change' || (planned.change.kind !== 'Restore' && planned.change.kind !== 'Forget'))
      return DONE;
    return this.#ports.keda.released(workload.ref, planned.change.note, this.#pass.signal);
  }

  /** After the stop: a workload that KEDA holds at zero always has a note of ours. */
  async #pauseKeda(): Promise<Outcome> {
    const { target } = this.#decided.workload;
    const note = this.#noteOfStop();
    if (target === undefined || note === undefined) return DONE;
    return this.#ports.keda.stopped(target, note, this.#pass.signal);
  }

  #pauseOf(pausing: Outcome | undefined): Pause | undefined {
    return this.#noteOfStop()?.paused?.keda === true ? pauseAfter(pausing) : undefined;
  }

  #noteOfStop(): Note | undefined {
    const { planned } = this.#decided;
    if (planned.kind === 'stopped') return planned.note;
    return planned.kind === 'change' && planned.change.kind === 'ScaleDown' ? planned.change.note : undefined;
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
      // What was done to the workload itself is logged with the line that its history gets.
      const level = target === workload.target && outcome.kind === 'done' ? 'debug' : 'info';
      this.#pass.log[level](`${change.kind} ${outcome.kind}`, { kind: coordinates.kind, namespace, name });
      if (outcome.kind !== 'done') return outcome;
    }
    return DONE;
  }

  async #writeStatus(
    result: StoredResult,
    previous: XrayScanResultStatus | undefined,
    status: XrayScanResultStatus,
  ): Promise<void> {
    if (isDeepStrictEqual(previous, status)) return;
    logActs(this.#decided.workload.ref, previous, status, this.#pass);
    await this.#ports.results.writeStatus(result, status, this.#pass.signal);
    this.#ports.unwritten.forget(this.#decided.key);
  }
}

function pauseAfter(pausing: Outcome | undefined): Pause | undefined {
  switch (pausing?.kind) {
    case undefined:
      return undefined;
    case 'done':
      return { kind: 'paused' };
    case 'outdated':
      return { kind: 'pending' };
    case 'forbidden':
    case 'refused':
    case 'failed':
      return { kind: 'failed', message: pausing.message };
  }
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
