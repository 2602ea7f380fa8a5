// controllers: judges one workload at a time, from what is observed to the one change and the one report.
import type { Clock, Result } from '@dot-kube/operator';
import type { Action } from '../../api/v1alpha1/types.js';
import { goesByRaised } from '../../evaluate/checks.js';
import { allowsLoss } from '../../evaluate/violation.js';
import { evaluate, type JudgedImage, type Judgement } from '../../evaluate/verdict.js';
import { plan, type Plan, type PlanInput } from '../../plan/plan.js';
import { contentionOf } from '../../plan/contention.js';
import { planJobs } from '../../plan/plan-jobs.js';
import { memoryOf } from '../../report/result/first-seen.js';
import { formerStop } from '../../report/result/memory.js';
import { untoldActs } from '../../report/result/untold.js';
import type { Knowledge } from '../../scan/knowledge.js';
import type { ScanStore } from '../../scan/store.js';
import { isDigest } from '../../workload/digest.js';
import { isStopped } from '../../workload/stopped.js';
import { parseWorkloadKey, type Workload } from '../../workload/workload.js';
import type { Pass } from './act-teller.js';
import type { BrakeKeeper } from '../brake/brake-keeper.js';
import type { MetadataSender } from '../connection/metadata-sender.js';
import { lookAt, type LookedAt, type Lookups } from './look-at.js';
import type { PolicyRoom } from '../policies/policies.js';
import type { ReportTurn } from './report-turn.js';
import { forgetResult } from './result-retention.js';
import type { Rollback, RollbackQuestion, Rollbacks } from './rollback.js';
import type { StoredResult } from './result-writer.js';
import { type PlatformsOf, type WantedFor, wantedImages } from './wanted-images.js';
import type { SurroundingsOf } from './surroundings.js';
import { NOT_PERMITTED_MS } from './until-next.js';
import { type PassPorts, WorkloadPass } from './workload-pass.js';

export interface WorkloadPorts extends Lookups, PassPorts {
  readonly policies: PolicyRoom;
  readonly scans: ScanStore;
  readonly metadata: Pick<MetadataSender, 'tell' | 'gone'>;
  /** Of nodes, by name; of all of them where none of these is known. */
  readonly platformsOf: PlatformsOf;
  readonly rollbacks: Rollbacks;
  readonly brake: Pick<BrakeKeeper, 'ask' | 'done' | 'gone' | 'passed'>;
  readonly surroundingsOf: SurroundingsOf;
  readonly reports: Pick<ReportTurn, 'isLater' | 'gone'>;
  readonly clock: Clock;
}

export function workloadReconciler(ports: WorkloadPorts): (key: string, pass: Pass) => Promise<Result> {
  const judge = judgeOne(ports);
  return async (key, pass) => {
    try {
      return await judge(key, pass);
    } finally {
      pass.decided();
      ports.brake.passed();
    }
  };
}

function judgeOne(ports: WorkloadPorts): (key: string, pass: Pass) => Promise<Result> {
  const { policies, scans, results, clock } = ports;
  return async (key, pass) => {
    const ref = parseWorkloadKey(key);
    const stored = results.read(ref);
    const looked = await lookAt(ref, stored, ports, pass.signal);
    if (looked === 'outOfSight') return { requeueAfterMs: NOT_PERMITTED_MS };
    await ports.keda.gone(stored, looked === 'gone' ? undefined : looked.workload, pass.signal);
    if (looked === 'gone') {
      pass.decided();
      scans.want(key, []);
      policies.gone(key);
      ports.metadata.gone(key);
      ports.brake.gone(key);
      ports.rollbacks.gone(key);
      ports.reports.gone(key);
      ports.unwritten.forget(key);
      return forgetResult(ref, stored, ports, pass);
    }

    // Which policies cover a namespace is told by its labels; when it comes to be known, its workloads come back here.
    if (!policies.book.knows(ref.namespace)) return {};

    const { workload } = looked;
    policies.seen(key, workload);
    const [status, now] = [stored?.status, clock.now()];
    const judge = judgeFor({ workload, status, now }, ports);
    const judgement = judge(workload);
    const question = { ...looked, key, judgement, status, now };
    const candidates = await ports.rollbacks.candidates(question, pass.signal);
    const needsViolations = judgement.applied.some(goesByRaised);
    const isAsked = (image: JudgedImage): boolean => isBeingAsked(image, needsViolations);
    const asks = { ...workload, images: [...workload.images, ...candidates.images] };
    const hasRecalled = wantAll(key, asks, { status, needsViolations }, ports);
    // The answer is a moment away and brings the workload back here: a result that says "asking" would only be noise. So does what
    // its result remembers of an image and nobody knew: it was not judged yet.
    if (hasRecalled || judgement.images.some(isAsked)) return {};
    const rollback = candidates.choose((then, labels) => judge({ ...workload, images: then, labels }), isAsked);
    if (rollback === 'asking') return {};

    return decideAndRun({ ...looked, key, stored, judgement, rollback, now }, ports, pass);
  };
}

/** @returns whether more is known of its images now, by what its result remembers of them */
function wantAll(
  key: string,
  workload: Workload,
  wanted: Pick<WantedFor, 'status' | 'needsViolations'>,
  { scans, platformsOf }: Pick<WorkloadPorts, 'scans' | 'platformsOf'>,
): boolean {
  return scans.want(key, wantedImages(workload, { ...wanted, platformsOf, isKnown: scans.isKnown.bind(scans) }));
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
  const carriedOut = untoldActs(workload, stored?.status, undefined);
  pass.decided();
  const leave = ports.brake.ask({ key, namespace: ref.namespace, judgement, planFor, isAtRest, carriedOut, now });
  if (leave.kind === 'gather') return { requeueAfterMs: leave.waitMs };
  const planned = leave.kind === 'go' ? leave.plan : NOTHING;
  const jobs = planJobs({ jobs: startedJobs, judgement, planned, surroundings, now });
  const contention = contentionFor(judged, planned, former);
  const decided = { key, workload, judgement, note, rollback, leave, planned, contention, jobs, now };
  return new WorkloadPass(ports, decided, pass).run(stored);
}

function contentionFor(
  { workload: { target }, judgement, note, isCutOff, now }: Judged,
  planned: Plan,
  former: ReturnType<typeof formerStop>,
): ReturnType<typeof contentionOf> {
  const demand = isStop(planned) ? 'ScaleDown' : judgement.demand; // a deletion may be refused, or held
  const stop = isCutOff ? undefined : (note ?? former);
  return contentionOf({ judgement: { ...judgement, demand }, target, note: stop, now });
}

function isStop(planned: Plan): boolean {
  if (planned.kind === 'change') return planned.change.kind === 'ScaleDown';
  return planned.kind === 'stopped' || planned.kind === 'backingOff';
}

const NOTHING: Plan = { kind: 'nothing' };

/** Also for a milder action than the one that won: whether volumes may go is said for each. */
function plannerOf(
  { workload, judgement, note, isCutOff: cutOff, now }: Judged,
  around: Pick<PlanInput, 'former' | 'rollback' | 'surroundings' | 'pauses'>,
): (demand: Action) => Plan {
  const { target, untouchable, pods, labels } = workload;
  return (demand) => {
    const allowsDataLoss = allowsLoss(judgement.violations, demand, now);
    const demanded = { ...judgement, demand, allowsDataLoss };
    return plan({ judgement: demanded, target, untouchable, note, isCutOff: cutOff, pods, labels, now, ...around });
  };
}

function isBeingAsked({ knowledge }: JudgedImage, needsViolations: boolean): boolean {
  if (knowledge?.state !== 'scanned') return knowledge?.state === 'notAsked';
  return needsViolations && knowledge.facts.raised === undefined && knowledge.stale === undefined;
}
