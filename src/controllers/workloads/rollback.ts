// controllers: where a rollback is asked for, finds what the workload could go back to: reads its history, has Xray asked of the images
// that those revisions would run, and has each judged as if it were the current one.
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import type { JudgedImage, Judgement } from '../../evaluate/verdict.js';
import type { ObservedRevision, ObservedTarget } from '../../observe/observed.js';
import { readRevisions, type RevisionClient } from '../../observe/revisions.js';
import {
  type Candidate,
  chooseRevision,
  hasHistory,
  type JudgeRevision,
  type RollbackOption,
  rollbackMode,
  whyNot,
} from '../../plan/rollback.js';
import type { RollbackNote } from '../../plan/rollback-note.js';
import { digestsOfRevision } from '../../report/result/known-revisions.js';
import { formerStop } from '../../report/result/memory.js';
import { lastRollback } from '../../report/result/rolled-back.js';
import type { Sighted } from '../../workload/assemble.js';
import { isOfRevision } from '../../workload/revision.js';
import { revisionImages } from '../../workload/revision-images.js';
import type { WorkloadImage } from '../../workload/workload.js';
import type { LookedAt } from './look-at.js';

export interface RollbackQuestion extends LookedAt {
  readonly key: string;
  readonly judgement: Judgement;
  readonly status: XrayScanResultStatus | undefined;
  readonly now: Date;
}

/** What a rollback would go back to, before it is judged. */
export interface Candidates {
  readonly images: readonly WorkloadImage[];
  /** @returns asking: what Xray knows of one of them is awaited */
  readonly choose: (judge: JudgeRevision, isBeingAsked: (image: JudgedImage) => boolean) => Rollback | 'asking';
}

/** What came of it. */
export interface Rollback {
  /** For the plan; absent where none is asked for. */
  readonly option?: RollbackOption;
  /** The number of the revision that an audit would have it rolled back to. */
  readonly wouldRollBackTo?: number;
}

const NOT_ASKED: Candidates = { images: [], choose: () => ({}) };

export class Rollbacks {
  readonly #client: RevisionClient;
  /** By workload, the names of the revisions that the API server did not take: they are not tried again. */
  readonly #refused = new Map<string, Set<string>>();

  constructor(client: RevisionClient) {
    this.#client = client;
  }

  /** @throws KubeApiError where the API server can't be asked */
  async candidates(question: RollbackQuestion, signal: AbortSignal): Promise<Candidates> {
    const { key, workload, note, judgement, status, now } = question;
    const { target } = workload;
    const mode = rollbackMode(judgement, now);
    if (mode === undefined || !hasHistory(target)) return NOT_ASKED;
    if (note !== undefined || formerStop(target, status) !== undefined) return NOT_ASKED; // stopped once more, and not for the first time

    const isRefused = (name: string): boolean => this.#refused.get(key)?.has(name) ?? false;
    const history =
      whyNot(target, lastRollback(target, status), judgement.violations, now) ??
      (await historyOf(question, target, isRefused, { client: this.#client, signal }));
    if (history.kind === 'none') return settled(mode === 'Enforce' ? { option: history } : {});
    const { from, candidates } = history;
    return {
      images: candidates.flatMap(({ images = [] }) => images),
      choose: (judge, isBeingAsked) => {
        const choice = chooseRevision(candidates, judge, isBeingAsked);
        if (choice.kind === 'asking') return 'asking';
        if (mode === 'Audit') return choice.kind === 'to' ? { wouldRollBackTo: choice.revision.number } : {};
        return { option: choice.kind === 'to' ? { kind: 'to', from, to: choice.revision } : choice };
      },
    };
  }

  /** The API server did not take the revision. */
  refused(key: string, { to }: RollbackNote): void {
    this.#refused.set(key, (this.#refused.get(key) ?? new Set()).add(to.name));
  }

  gone(key: string): void {
    this.#refused.delete(key);
  }
}

function settled(rollback: Rollback): Candidates {
  return { images: [], choose: () => rollback };
}

type History =
  | Extract<RollbackOption, { kind: 'none' }>
  | {
      readonly kind: 'found';
      readonly from: Pick<ObservedRevision, 'name' | 'number'>;
      readonly candidates: readonly Candidate[];
    };

async function historyOf(
  { workload, sighted, status }: RollbackQuestion,
  target: ObservedTarget,
  isRefused: (name: string) => boolean,
  { client, signal }: { readonly client: RevisionClient; readonly signal: AbortSignal },
): Promise<History> {
  const read = await readRevisions(target, sighted.owners, client, signal);
  if (read.kind === 'unreadable') return { kind: 'none', why: read.why };
  // A reference that carries its digest is judged before the workload's controller has made a revision of it.
  const current = read.revisions.find(({ name }) => name === workload.revision);
  const candidates = read.revisions
    .filter((revision) => revision !== current)
    .map((revision): Candidate => {
      const images = revisionImages({
        containers: revision.templateContainers,
        pods: runningPods(sighted, target, revision),
        remembered: digestsOfRevision(revision.name, status),
        images: workload.images,
      });
      return { revision, isRefused: isRefused(revision.name), ...(images === undefined ? {} : { images }) };
    });
  const { name, number } = current ?? { name: '', number: (read.revisions[0]?.number ?? 0) + 1 };
  return { kind: 'found', from: { name, number }, candidates };
}

function runningPods({ pods }: Sighted, target: ObservedTarget, { name }: ObservedRevision): Sighted['pods'] {
  return pods.filter((pod) => !pod.finished && isOfRevision(name, target, pod));
}
