// controllers: judges one workload at a time, from what is observed to the one change and the one report.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Logger, Result } from '@dot-kube/operator';
import type { XrayScanResultStatus } from '../api/v1alpha1/types.js';
import { enforce, type WorkloadClient } from '../enforce/enforce.js';
import { evaluate, type Judgement } from '../evaluate/verdict.js';
import { type Contention, contentionOf } from '../plan/contention.js';
import { plan, type Plan } from '../plan/plan.js';
import { eventsOf } from '../report/events.js';
import { memoryOf } from '../report/first-seen.js';
import { formerStop, noteInForce, rememberedDigests } from '../report/memory.js';
import { resultStatus } from '../report/result-status.js';
import { deletionOf, type Standing, standingAfter } from '../report/standing.js';
import type { ScanStore } from '../scan/store.js';
import { assembleWorkload } from '../workload/assemble.js';
import { isDigest } from '../workload/digest.js';
import { parseWorkloadKey, type Workload } from '../workload/workload.js';
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
      return forgetResult(ref, stored, ports, pass.signal);
    }

    // Which policies cover a namespace is told by its labels; when it comes to be known, its workloads come back here.
    if (!policies.book.knows(ref.namespace)) return {};

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
    if (judgement.images.some(({ knowledge }) => knowledge?.state === 'notAsked')) return {};

    const { target } = workload;
    const former = formerStop(target, stored?.status);
    const planned = plan({ judgement, target, note, former, protectedNamespaces, now });
    const contention = contentionOf({ judgement, target, note: note ?? former, now });
    return new WorkloadPass(ports, { key, workload, judgement, planned, contention, now }, pass).run(
      await results.ensure(workload, pass.signal),
    );
  };
}

interface Decided {
  readonly key: string;
  readonly workload: Workload;
  readonly judgement: Judgement;
  readonly planned: Plan;
  readonly contention: Contention | undefined;
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
    const { key, workload, judgement, planned, contention, now } = this.#decided;
    const previous = result.status;
    if (planned.kind === 'change' && planned.change.kind === 'Delete') await this.#announceDeletion(result);

    const outcome = await this.#enforce();
    if (outcome.kind === 'outdated') return { requeueAfterMs: 100 };
    const failure = outcome.kind === 'failed' ? { failure: outcome.message } : {};
    const standing = standingAfter({ workload, plan: planned, ...failure, previous, now });
    const { generation } = result;
    const status = resultStatus({ judgement, standing, contention, previous, generation, now });
    this.#ports.policies.judged(key, judgement, standing, now);

    await this.#recordEvents(previous, status, standing);
    await this.#writeStatus(result, status);
    if (outcome.kind === 'failed') throw outcome.cause;
    return untilNext(this.#decided);
  }

  async #announceDeletion(result: StoredResult): Promise<void> {
    const { workload, judgement, now } = this.#decided;
    const before = result.status?.enforcement;
    const enforcement = deletionOf(
      workload,
      before?.workloadUid === workload.ref.uid ? before : undefined,
      'Requested',
      now,
    );
    const standing: Standing = { kind: 'deleted', enforcement };
    const status = resultStatus({ judgement, standing, previous: result.status, generation: result.generation, now });
    await this.#writeStatus(result, status);
  }

  async #enforce(): ReturnType<typeof enforce> {
    const { workload, planned } = this.#decided;
    if (planned.kind !== 'change' || workload.target === undefined) return { kind: 'done' };
    const outcome = await enforce(planned.change, workload.target, this.#ports.client, this.#pass.signal);
    this.#pass.log.info(`${planned.change.kind} ${outcome.kind}`, { ...workload.ref });
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
}

function untilNext({ judgement: { nextAt }, planned, contention, now }: Decided): Result {
  const times = [nextAt, planned.kind === 'backingOff' ? planned.until : undefined, contention?.until].filter(
    (time) => time !== undefined,
  );
  if (times.length === 0) return {};
  return { requeueAfterMs: Math.max(0, Math.min(...times.map((time) => time.getTime())) - now.getTime()) };
}
