// report: what a result keeps of the acts on its workload, a line for each, the newest first. Derived from the record of the
// status before and that of now, so a pass that is repeated adds no second line. Pure.
import type {
  ActAsker,
  ActFacts,
  Action,
  Enforcement,
  HistoryLine,
  PolicyKind,
  XrayScanResultStatus,
} from '../../api/v1alpha1/types.js';
import type { Judgement } from '../../evaluate/verdict.js';
import { isDue, type Violation } from '../../evaluate/violation.js';
import type { Contention } from '../../plan/contention.js';
import type { Before } from '../../plan/note.js';
import type { StopField } from '../../observe/observed.js';
import type { Workload } from '../../workload/workload.js';
import { nameOf } from './contention.js';
import { isStopAction, type Standing } from './standing.js';
import { untoldActs } from './untold.js';
import { cut, storedId } from '../wording.js';

const MAX_LINES = 10;
const MAX_ASKERS = 5;
const MAX_FACTS = 5;
const MAX_IDS = 10;

type Lines = readonly HistoryLine[];

/** What an act goes back to. */
export interface Cause {
  readonly judgement: Pick<Judgement, 'violations' | 'images'>;
  /** Of the form of a policy that is in force. */
  readonly generationOf: (kind: PolicyKind, policy: string) => number;
  /** Somebody has approved that form. */
  readonly isApproved: (policy: string) => boolean;
}

export interface HistoryInput extends Cause {
  readonly workload: Pick<Workload, 'ref' | 'target'>;
  readonly previous: XrayScanResultStatus | undefined;
  readonly standing: Standing;
  readonly contention?: Contention | undefined;
  readonly now: Date;
}

export function historyAfter(input: HistoryInput): Lines {
  const { workload, previous, standing } = input;
  const { enforcement } = standing;
  const known = [...recreation(input), ...(previous?.history ?? [])];
  const before = untoldActs(workload, previous, enforcement).reduce<Lines>(
    (lines, act) => withUntold(lines, act, input),
    known,
  );
  return (enforcement === undefined ? before : withAct(before, enforcement, input)).slice(0, MAX_LINES);
}

/** It turned out that the deletion that was requested was carried out. */
export function deletionDone(lines: Lines = [], { workloadUid, at }: Enforcement): Lines {
  return lines.map((line) =>
    line.act === 'Deleted' && line.workloadUid === workloadUid && line.at === at
      ? Object.assign({}, line, { outcome: 'Done' as const })
      : line,
  );
}

/**
 * What a pass has to tell, with what the passes before it had to tell and could not write. An end that was not recorded is found anew
 * by each pass, at another time: it is told as it was told first.
 *
 * @param lines what the pass made of what is written
 */
export function withUnwritten(lines: Lines, written: Lines = [], unwritten: Lines = []): Lines {
  if (unwritten.length === 0) return lines;
  const isIn = (line: HistoryLine, all: Lines): boolean => all.some((one) => isOfSameAct(one, line));
  const known = unwritten.map((line) =>
    later(
      line,
      lines.find((one) => isOfSameAct(line, one)),
    ),
  );
  const fresh = lines.filter((line) => !isIn(line, written) && !isIn(line, unwritten) && !isEndedAlready(line, known));
  return [...fresh, ...known, ...written.filter((line) => !isIn(line, unwritten))].slice(0, MAX_LINES);
}

/** Of two forms of a line, what tells of more. */
function later(kept: HistoryLine, made: HistoryLine | undefined): HistoryLine {
  if (made === undefined) return kept;
  if (made.outcome === 'Done' && kept.outcome === 'Requested') return made;
  const { times = 1, lastAt, undoneBy } = made;
  if (times <= (kept.times ?? 1)) return kept;
  return Object.assign({}, kept, { times, lastAt }, undoneBy === undefined ? {} : { undoneBy });
}

function isEndedAlready({ act, workloadUid }: HistoryLine, known: Lines): boolean {
  const last = known.find((line) => line.workloadUid === workloadUid);
  return isEnd(act) && last !== undefined && isEnd(last.act);
}

function isEnd(act: HistoryLine['act']): boolean {
  return act === 'Restored' || act === 'Released';
}

/** A pass that finds only the note of a stop that was made again begins its line at the last time. */
function isOfSameAct(known: HistoryLine, line: HistoryLine): boolean {
  return tells(known, { action: line.act, at: line.at, workloadUid: line.workloadUid });
}

/** The lines that `now` has more than `before`, or says otherwise, the oldest first. */
export function newLines(before: Lines = [], now: Lines = []): Lines {
  const known = new Set(before.map((line) => JSON.stringify(line)));
  return now.filter((line) => !known.has(JSON.stringify(line))).toReversed();
}

/** By `kubexray restore`, or by applying it again: who it was, the API server tells. */
function recreation({ previous, workload: { ref, target } }: HistoryInput): Lines {
  const former = previous?.enforcement;
  if (former?.action !== 'Deleted' || former.workloadUid === ref.uid || target === undefined) return [];
  const message = `Made anew by ${nameOf(target.stopManager)}, after it had been deleted at ${former.at}.`;
  const at = target.creationTimestamp;
  return [{ at, act: 'Recreated', outcome: 'Done', workloadUid: ref.uid, message: cut(message, 1024) }];
}

/** Who asked for it, and on which facts, nobody can tell any more; its message names the policy. */
function withUntold(before: Lines, act: Enforcement, input: HistoryInput): Lines {
  if (before.some((line) => tells(line, act))) return before;
  const [newest, ...older] = before;
  if (newest !== undefined && isDoneAgain(newest, act)) return [again(newest, act, input), ...older];
  const { action, phase, at, workloadUid, message } = act;
  return [{ at, act: action, outcome: phase, workloadUid, message: cut(message, 1024) }, ...before];
}

function withAct(before: Lines, enforcement: Enforcement, input: HistoryInput): Lines {
  const known = input.previous?.enforcement;
  const isSameAct =
    known?.action === enforcement.action &&
    known.at === enforcement.at &&
    known.workloadUid === enforcement.workloadUid;
  if (isSameAct) return enforcement.phase === 'Done' ? deletionDone(before, enforcement) : before;
  if (before.some((line) => tells(line, enforcement))) return before; // before its record could be written
  const [newest, ...older] = before;
  if (newest !== undefined && isDoneAgain(newest, enforcement)) return [again(newest, enforcement, input), ...older];
  return [lineOf(enforcement, input), ...before];
}

/** The act, and not another of its kind. */
function tells(
  line: HistoryLine,
  { action, at, workloadUid }: Pick<Enforcement, 'at' | 'workloadUid'> & { readonly action: HistoryLine['act'] },
): boolean {
  return line.act === action && line.workloadUid === workloadUid && (line.at === at || line.lastAt === at);
}

/** Somebody ended the stop, and it was made again: a fight is one line, else it would push all others out. */
function isDoneAgain({ act, workloadUid }: HistoryLine, { action, attempts, workloadUid: uid }: Enforcement): boolean {
  return act === action && isStopAction(action) && workloadUid === uid && attempts > 1;
}

function again(line: HistoryLine, { attempts, at }: Enforcement, { contention }: HistoryInput): HistoryLine {
  const manager = contention?.manager ?? '';
  return Object.assign({}, line, {
    times: attempts,
    lastAt: at,
    ...(manager === '' ? {} : { undoneBy: cut(manager, 128) }),
  });
}

function lineOf(enforcement: Enforcement, input: HistoryInput): HistoryLine {
  const { action, phase, at, workloadUid, message } = enforcement;
  const before = beforeText(enforcement, input);
  return {
    at,
    act: action,
    outcome: phase,
    workloadUid,
    ...(before === undefined ? {} : { before }),
    ...causeOf(action, input),
    message: cut(message, 1024),
  };
}

/** As the manifest writes it. @returns undefined where the act before this one tells it */
function beforeText(
  { action, rollback }: Enforcement,
  { standing, workload: { target } }: HistoryInput,
): string | undefined {
  if (action === 'RolledBack') return rollback === undefined ? undefined : `revision: ${rollback.from.number}`;
  if (standing.kind === 'stopped') return stopText(standing.note.before);
  return standing.kind === 'deleted' && target !== undefined ? fieldText(target.stop) : undefined;
}

function stopText(before: Before): string {
  switch (before.by) {
    case 'replicas':
      return `replicas: ${before.replicas}`;
    case 'suspend':
      return 'suspend: false';
    case 'nodeSelector':
      return 'its own nodeSelector';
  }
}

function fieldText(stop: StopField): string | undefined {
  switch (stop.by) {
    case 'replicas':
      return `replicas: ${stop.replicas}`;
    case 'suspend':
      return `suspend: ${String(stop.suspend)}`;
    case 'nodeSelector':
      return stop.matchesNoNode ? 'stopped by its nodeSelector' : 'its own nodeSelector';
    case 'deleteOnly':
    case 'nothing':
      return undefined;
  }
}

/** Who asked for an act, on which facts. Where it ends a stop, the facts are what is known now of what is to run. */
function causeOf(
  action: Enforcement['action'],
  { judgement: { violations, images }, now, ...form }: Cause & { readonly now: Date },
): Pick<HistoryLine, 'askedBy' | 'facts'> {
  const saidAt = new Map(
    images.flatMap(({ digest, knowledge }) =>
      digest !== undefined && (knowledge?.state === 'scanned' || knowledge?.state === 'unscanned')
        ? [[digest as string, knowledge.at.toISOString()] as const]
        : [],
    ),
  );
  const factsOn = (digest: string, ids: readonly string[]): ActFacts => {
    const at = saidAt.get(digest);
    return { digest, ids, ...(at === undefined ? {} : { saidAt: at }) };
  };
  if (action === 'Restored' || action === 'Released') {
    const current = images.filter(({ revision }) => revision === 'Current').flatMap(({ digest }) => digest ?? []);
    return { facts: [...new Set(current)].slice(0, MAX_FACTS).map((digest) => factsOn(digest, [])) };
  }
  const asking = violations.filter((one) => asksFor(one, action === 'Deleted' ? 'Delete' : 'ScaleDown', now));
  const byDigest = [...Map.groupBy(asking, ({ digest }) => digest)].slice(0, MAX_FACTS);
  return {
    askedBy: askersOf(asking, form).slice(0, MAX_ASKERS),
    facts: byDigest.map(([digest, all]) =>
      factsOn(digest, [...new Set(all.map(({ id }) => storedId(id)))].slice(0, MAX_IDS)),
    ),
  };
}

function asksFor(violation: Violation, action: Action, now: Date): boolean {
  return violation.mode === 'Enforce' && violation.asks === action && isDue(violation, now);
}

function askersOf(
  asking: readonly Violation[],
  { generationOf, isApproved }: Pick<Cause, 'generationOf' | 'isApproved'>,
): readonly ActAsker[] {
  const byName = new Map(asking.map(({ policyKind, policy }) => [`${policyKind} ${policy}`, { policyKind, policy }]));
  return [...byName.values()].map(({ policyKind, policy }) => ({
    policyKind,
    policy,
    generation: generationOf(policyKind, policy),
    ...(isApproved(policy) ? { approved: true } : {}),
  }));
}
