// controllers: judges one workload at a time, from what is observed to the one change and the one report.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Logger, Result } from '@dot-kube/operator';
import type { Action, Asker, XrayScanResultStatus } from '../api/v1alpha1/types.js';
import { enforce, type Outcome, type WorkloadClient } from '../enforce/enforce.js';
import { evaluate, type Judgement } from '../evaluate/verdict.js';
import { plan, type Plan } from '../plan/plan.js';
import { eventsOf } from '../report/events.js';
import { memoryOf } from '../report/first-seen.js';
import { noteInForce, rememberedDigests } from '../report/memory.js';
import { resultStatus } from '../report/result-status.js';
import { deletionOf, type Obstacle, type Standing, standingAfter } from '../report/standing.js';
import type { ScanStore } from '../scan/store.js';
import { assembleWorkload } from '../workload/assemble.js';
import { isDigest } from '../workload/digest.js';
import { isStopped } from '../workload/stopped.js';
import { parseWorkloadKey, type Workload } from '../workload/workload.js';
import type { BrakeKeeper, Leave } from './brake-keeper.js';
import type { PolicyRoom } from './policies.js';
import { forgetResult } from './result-retention.js';
import type { ResultWriter, StoredResult } from './result-writer.js';
import { type PlatformsOf, wantedImages } from './wanted-images.js';
import type { WorkloadLookup } from './workload-lookup.js';

export interface WorkloadPorts {
  readonly lookup: WorkloadLookup;
  readonly policies: PolicyRoom;
  readonly scans: ScanStore;
  /** Of nodes, by name; of all of them where none of these is known. */
  readonly platformsOf: PlatformsOf;
  readonly results: ResultWriter;
  readonly client: WorkloadClient;
  readonly events: EventRecorder;
  readonly brake: Pick<BrakeKeeper, 'ask' | 'done' | 'gone' | 'undecided'>;
  readonly protectedNamespaces: ReadonlySet<string>;
  readonly clock: Clock;
}

interface Pass {
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export function workloadReconciler(ports: WorkloadPorts): (key: string, pass: Pass) => Promise<Result> {
  const { lookup, policies, scans, results, protectedNamespaces, clock } = ports;
  return async (key, pass) => {
    const ref = parseWorkloadKey(key);
    const stored = results.read(ref);
    const sighted = lookup.sight(ref);
    const note = noteInForce(sighted?.target, stored?.status);
    const workload = sighted && assembleWorkload(sighted, rememberedDigests(stored?.status, note));
    if (workload === undefined) {
      scans.want(key, []);
      policies.gone(key);
      ports.brake.gone(key);
      return forgetResult(ref, stored, ports, pass.signal);
    }

    // Which policies cover a namespace is told by its labels; when it comes to be known, its workloads come back here.
    if (!policies.book.knows(ref.namespace)) return undecided(ports);

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

    const { target } = workload;
    const planFor = (demand: Action): Plan =>
      plan({ judgement: { ...judgement, demand }, target, note, protectedNamespaces, now });
    const isAtRest = target !== undefined && isStopped(target);
    const leave = ports.brake.ask({ key, namespace: ref.namespace, judgement, planFor, isAtRest, now });
    if (leave.kind === 'gather') return { requeueAfterMs: leave.waitMs };
    return new WorkloadPass(ports, { key, workload, judgement, leave, now }, pass).run(
      await results.ensure(workload, pass.signal),
    );
  };
}

/** What it waits for brings it back. */
function undecided({ brake }: Pick<WorkloadPorts, 'brake'>): Result {
  brake.undecided();
  return {};
}

interface Decided {
  readonly key: string;
  readonly workload: Workload;
  readonly judgement: Judgement;
  readonly leave: Exclude<Leave, { kind: 'gather' }>;
  readonly now: Date;
}

const NOTHING: Plan = { kind: 'nothing' };

/** The writes of one pass, in the order that makes each of them safe to repeat: record of a deletion, change, Events, status. */
class WorkloadPass {
  readonly #ports: WorkloadPorts;
  readonly #decided: Decided;
  readonly #pass: Pass;
  readonly #planned: Plan;
  /** Of a new stop that nobody approved. */
  readonly #counted: Asker | undefined;

  constructor(ports: WorkloadPorts, decided: Decided, pass: Pass) {
    this.#ports = ports;
    this.#decided = decided;
    this.#pass = pass;
    const { leave } = decided;
    this.#planned = leave.kind === 'go' ? leave.plan : NOTHING;
    this.#counted = leave.kind === 'go' ? leave.counted : undefined;
  }

  async run(result: StoredResult): Promise<Result> {
    const { key, workload, judgement, now } = this.#decided;
    const { policies, brake } = this.#ports;
    const previous = result.status;
    if (this.#planned.kind === 'change' && this.#planned.change.kind === 'Delete') await this.#announceDeletion(result);

    const outcome = await this.#enforce();
    if (outcome.kind === 'outdated') return { requeueAfterMs: 100 };
    const standing = this.#standing(outcome, previous);
    const status = resultStatus({ judgement, standing, previous, generation: result.generation, now });
    policies.judged(key, judgement, standing, now);
    if (standing.enforcement !== undefined) brake.done(key, workload.ref.namespace, standing.enforcement);

    await this.#recordEvents(previous, status, standing);
    await this.#writeStatus(result, status);
    if (outcome.kind === 'failed') throw outcome.cause;
    return this.#untilNext();
  }

  #standing(outcome: Outcome, previous: XrayScanResultStatus | undefined): Standing {
    const { workload, leave, now } = this.#decided;
    const obstacle = obstacleOf(leave, outcome);
    return standingAfter({
      workload,
      plan: this.#planned,
      ...(obstacle === undefined ? {} : { obstacle }),
      ...this.#countedPart(),
      previous,
      now,
    });
  }

  #countedPart(): { counted?: Asker } {
    return this.#counted === undefined ? {} : { counted: this.#counted };
  }

  async #announceDeletion(result: StoredResult): Promise<void> {
    const { workload, judgement, now } = this.#decided;
    const former = result.status?.enforcement;
    const before = former?.workloadUid === workload.ref.uid ? former : undefined;
    const enforcement = deletionOf({ workload, before, phase: 'Requested', counted: this.#counted, now });
    const standing: Standing = { kind: 'deleted', enforcement };
    const status = resultStatus({ judgement, standing, previous: result.status, generation: result.generation, now });
    await this.#writeStatus(result, status);
  }

  async #enforce(): Promise<Outcome> {
    const { target } = this.#decided.workload;
    const planned = this.#planned;
    if (planned.kind !== 'change' || target === undefined) return { kind: 'done' };
    const outcome = await enforce(planned.change, target, this.#ports.client, this.#pass.signal);
    this.#pass.log.info(`${planned.change.kind} ${outcome.kind}`, { ...this.#decided.workload.ref });
    return outcome;
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

  #untilNext(): Result {
    const { judgement, leave, now } = this.#decided;
    const nowMs = now.getTime();
    const times = [
      judgement.nextAt?.getTime(),
      this.#planned.kind === 'backingOff' ? this.#planned.until.getTime() : undefined,
      leave.againMs === undefined ? undefined : nowMs + leave.againMs,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? {} : { requeueAfterMs: Math.max(0, Math.min(...times) - nowMs) };
  }
}

function obstacleOf(leave: Decided['leave'], outcome: Outcome): Obstacle | undefined {
  if (leave.kind === 'hold') return leave.obstacle;
  return outcome.kind === 'failed' ? { reason: 'EnforcementFailed', message: outcome.message } : undefined;
}
