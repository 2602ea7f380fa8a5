// report: judgement + plan + what came of it → the status of the workload's result. One summary; conditions, columns and Events come from it.
import { type Condition, withCondition } from '@dot-kube/operator/conditions';
import type {
  DeletedManifest,
  Enforcement,
  HistoryLine,
  ImageState,
  RememberedViolations,
  ResultAction,
  ResultImage,
  ResultViolation,
  ResultWaived,
  SeverityCounts,
  XrayScanResultStatus,
} from '../../api/v1alpha1/types.js';
import type { JudgedImage, Judgement } from '../../evaluate/verdict.js';
import { isDue, type Violation, type WaivedViolation } from '../../evaluate/violation.js';
import type { Contention } from '../../plan/contention.js';
import { contended, toldOf } from './contention.js';
import type { Refused } from '../../plan/refusal.js';
import { type Pause, pauseSaid } from './pause.js';
import { conditionsOf, withRefusal } from './result-conditions.js';
import { rolledBackText, type Standing, stopActionOf } from './standing.js';
import { carriedOver, MAX_GROUPS, rememberedViolations } from './first-seen.js';
import { knownRevisions } from './known-revisions.js';
import { cut, describe, describeWaived, storedId, whyUnavailable, whyUnscanned } from '../wording.js';

const MAX_VIOLATIONS_SHOWN = 50; // keeps a result under 64 KiB; etcd takes at most 1.5 MiB
const MAX_IMAGES_SHOWN = 100;
const MAX_LICENSES_SHOWN = 100;
const MAX_IGNORED_SHOWN = 20;
const MAX_COLUMN_TEXT = 256;

export interface StatusInput {
  readonly judgement: Judgement;
  readonly standing: Standing;
  /** Absent where nobody ends the stop again and again. */
  readonly contention?: Contention | undefined;
  readonly previous: XrayScanResultStatus | undefined;
  /** `metadata.generation` of the result. */
  readonly generation: number;
  readonly now: Date;
  /** Absent: as it was. */
  readonly history?: readonly HistoryLine[];
  /** Of the workload that is about to be deleted. */
  readonly manifest?: DeletedManifest | undefined;
  /** Why it is not deleted, as a policy asks, but stopped, as another does. */
  readonly refused?: Refused | undefined;
  /** Absent where nobody is paused for it. */
  readonly pause?: Pause | undefined;
  /** The name of what keeps the current revision, where that is known. */
  readonly revision?: string | undefined;
  /** What a rollback would go back to, were the policies that ask for it enforced. */
  readonly wouldRollBackTo?: number | undefined;
  /** What the result is to remember to have told Xray. */
  readonly toldXray?: string | undefined;
}

export function resultStatus(input: StatusInput): XrayScanResultStatus {
  const { judgement, standing, contention, previous, generation, now, toldXray } = input;
  const { verdict, images, violations, waived, leftovers, waivedLeftovers } = judgement;
  const shown = violations.slice(0, MAX_VIOLATIONS_SHOWN);
  const shownWaived = waived.slice(0, MAX_VIOLATIONS_SHOWN);
  const licenses = isFromRecord(images) ? (previous?.licenses ?? []) : licensesOf(images);
  const said = [
    ...withRefusal(conditionsOf(judgement, standing, input.wouldRollBackTo), input.refused),
    ...contended(contention, previous),
    ...pauseSaid(input.pause, previous),
  ];
  const conditions = said.reduce<readonly Condition[]>(
    (all, next) => withCondition(all, { ...next, observedGeneration: generation }, now),
    previous?.conditions ?? [],
  );
  return {
    observedGeneration: generation,
    verdict,
    action: actionOf(judgement, standing, now),
    message: cut(messageOf(judgement, standing), 1024),
    summary: isFromRecord(images) && previous?.summary !== undefined ? previous.summary : countsOf(images),
    licenses: licenses.slice(0, MAX_LICENSES_SHOWN),
    licensesText: cut(licenses.join(','), MAX_COLUMN_TEXT),
    images: images.slice(0, MAX_IMAGES_SHOWN).map((image) => resultImage(image, factsAtIn(previous, image))),
    imagesText: cut([...new Set(images.map(({ reference }) => reference))].join(','), MAX_COLUMN_TEXT),
    violations: shown.map(resultViolation),
    violationsOmitted: violations.length - shown.length,
    ...waivedPart(waived, shownWaived),
    ...rememberedPart([
      ...rememberedViolations(
        [...shown, ...shownWaived],
        [...violations.slice(shown.length), ...waived.slice(shownWaived.length), ...leftovers, ...waivedLeftovers],
      ),
      ...carriedOver(previous, images),
    ]),
    ...knownRevisions(judgement, input.revision, previous),
    ...(standing.enforcement === undefined ? {} : { enforcement: standing.enforcement }),
    ...historyPart(input),
    ...manifestPart(input),
    ...toldOf(contention),
    ...toldPart(toldXray),
    conditions,
  };
}

function historyPart({ history, previous }: StatusInput): Pick<XrayScanResultStatus, 'history'> {
  const lines = history ?? previous?.history ?? [];
  return lines.length === 0 ? {} : { history: lines };
}

/** Until the workload is made anew. */
function manifestPart({ standing, manifest, previous }: StatusInput): Pick<XrayScanResultStatus, 'deletedManifest'> {
  if (standing.enforcement?.action !== 'Deleted') return {};
  const deletedManifest = manifest ?? previous?.deletedManifest;
  return deletedManifest === undefined ? {} : { deletedManifest };
}

function toldPart(toldXray: string | undefined): Pick<XrayScanResultStatus, 'toldXray'> {
  return toldXray === undefined ? {} : { toldXray };
}

function waivedPart(
  waived: readonly WaivedViolation[],
  shown: readonly WaivedViolation[],
): Pick<XrayScanResultStatus, 'waived' | 'waivedOmitted'> {
  if (waived.length === 0) return {};
  return { waived: shown.map(resultWaived), waivedOmitted: waived.length - shown.length };
}

function rememberedPart(remembered: readonly RememberedViolations[]): Pick<XrayScanResultStatus, 'remembered'> {
  return remembered.length === 0 ? {} : { remembered: remembered.slice(0, MAX_GROUPS) };
}

function actionOf({ violations, auditDemand }: Judgement, standing: Standing, now: Date): ResultAction {
  switch (standing.kind) {
    case 'stopped':
      return stopActionOf(standing.note.before);
    case 'deleted':
      return 'Deleted';
    case 'rolledBack':
      return 'RolledBack';
    case 'held':
      return 'Held';
    case 'running': {
      if (auditDemand !== 'Ignore') return 'Audited';
      if (violations.some((violation) => isDue(violation, now))) return 'Ignored';
      return cameBack(standing.enforcement);
    }
  }
}

function cameBack({ action }: Partial<Pick<Enforcement, 'action'>> = {}): ResultAction {
  return action === 'Restored' || action === 'RolledBack' ? action : 'None';
}

/** One sentence for the Message column: what stands in the way, or that nothing does. */
function messageOf(judgement: Judgement, standing: Standing): string {
  if (standing.kind === 'held') return standing.message;
  const [worst] = judgement.violations;
  if (worst !== undefined) {
    const more = judgement.violations.length - 1;
    return `${describe(worst)}${more > 0 ? ` (and ${more} more)` : ''}`;
  }
  const [leftover] = judgement.leftovers;
  const rolledBack = rolledBackText(judgement, standing);
  if (rolledBack !== undefined) return `${rolledBack}${stillText(leftover)}`;
  return textWithout(judgement);
}

function stillText(leftover: Violation | undefined): string {
  return leftover === undefined ? '' : ` Pods of the revision before it still run: ${describe(leftover)}`;
}

/** Where nothing of the current revision violates. */
function textWithout(judgement: Judgement): string {
  const [leftover] = judgement.leftovers;
  if (leftover !== undefined) return `Only pods of an older revision violate: ${describe(leftover)}`;
  switch (judgement.verdict) {
    case 'Compliant':
      return compliantText(judgement);
    case 'Pending':
      return 'Waiting: an image has not been pulled, or Xray has not answered yet.';
    case 'Unknown':
      return whyUnknown(judgement);
    case 'Unscanned':
      return 'Xray has no scan of an image; no policy speaks of unscanned images.';
    case 'Violating':
      return 'A policy is violated.';
  }
}

function whyUnknown({ images, open: [why] }: Judgement): string {
  return why === undefined
    ? `Xray could not be asked, and nothing is known of an image: ${whyUnavailable(images)}`
    : `A policy goes by what Xray raised as violations, and that is not known of an image: ${why}`;
}

function compliantText({ waived: [first, ...others] }: Judgement): string {
  if (first === undefined) return 'No policy is violated.';
  return `No policy is violated, but for what is waived: ${describeWaived(first)}${others.length > 0 ? ` (and ${others.length} more)` : ''}.`;
}

function countsOf(images: readonly JudgedImage[]): SeverityCounts {
  const seen = new Map(
    images
      .filter(isCurrent)
      .flatMap(vulnerabilities)
      .map((v) => [v.id, v.severity]),
  );
  const count = (severity: string): number => [...seen.values()].filter((one) => one === severity).length;
  return {
    critical: count('Critical'),
    high: count('High'),
    medium: count('Medium'),
    low: count('Low'),
    unknown: count('Unknown'),
  };
}

/** The result itself is all that is left of what Xray said, and it holds less than that: what it counted stays. */
function isFromRecord(images: readonly JudgedImage[]): boolean {
  return images.some(
    ({ revision, knowledge }) =>
      revision === 'Current' && knowledge?.state === 'scanned' && knowledge.remembered === true,
  );
}

function isCurrent({ revision }: JudgedImage): boolean {
  return revision === 'Current';
}

function vulnerabilities({ knowledge }: JudgedImage): readonly { id: string; severity: string }[] {
  return knowledge?.state === 'scanned' ? knowledge.facts.vulnerabilities : [];
}

function licensesOf(images: readonly JudgedImage[]): readonly string[] {
  const names = images
    .filter(isCurrent)
    .flatMap(({ knowledge }) => (knowledge?.state === 'scanned' ? knowledge.facts.licenses : []))
    .map(({ name }) => name);
  return [...new Set(names)].sort();
}

function resultImage(
  { reference, digest, containers, revision, knowledge, firstSeen }: JudgedImage,
  shownAt: string | undefined,
): ResultImage {
  const { state, message, factsAt } = imageState(knowledge, shownAt);
  return {
    reference,
    ...(digest === undefined ? {} : { digest }),
    containers,
    revision,
    state,
    ...(message === undefined ? {} : { message: cut(message, MAX_COLUMN_TEXT) }),
    firstSeen: firstSeen.toISOString(),
    ...(factsAt === undefined ? {} : { factsAt }),
    ...ignoredIn(knowledge),
  };
}

function ignoredIn(knowledge: JudgedImage['knowledge']): Pick<ResultImage, 'ignoredInXray'> {
  const ignored = knowledge?.state === 'scanned' ? (knowledge.facts.ignored ?? []) : [];
  if (ignored.length === 0) return {};
  const shown = ignored.slice(0, MAX_IGNORED_SHOWN).map(({ id, until }) => ({
    id,
    ...(until === undefined ? {} : { until: until.toISOString() }),
  }));
  return { ignoredInXray: shown };
}

function factsAtIn(previous: XrayScanResultStatus | undefined, { digest }: JudgedImage): string | undefined {
  return previous?.images?.find((image) => image.digest === digest)?.factsAt;
}

interface ShownState {
  readonly state: ImageState;
  readonly message?: string;
  readonly factsAt?: string;
}

function imageState(knowledge: JudgedImage['knowledge'], shownAt: string | undefined): ShownState {
  switch (knowledge?.state) {
    case 'scanned':
      return scannedState(knowledge, shownAt);
    case 'unscanned':
      return { state: 'Unscanned', message: whyUnscanned(knowledge.progress) };
    case 'unavailable':
      return { state: 'Unavailable', message: knowledge.why };
    case 'notAsked':
      return { state: 'Pending', message: 'Xray is being asked' };
    case undefined:
      return { state: 'Pending', message: 'the digest is not known before the image is pulled' };
  }
}

const DAY_MS = 24 * 3_600_000;

// A time that moves with each answer would be a write with each answer: while facts are confirmed it moves once a day.
function scannedState(
  { at, stale, completeness }: Extract<JudgedImage['knowledge'], { state: 'scanned' }>,
  shownAt: string | undefined,
): ShownState {
  if (stale !== undefined) return { state: 'Scanned', message: stale, factsAt: at.toISOString() };
  const ageMs = shownAt === undefined ? Number.POSITIVE_INFINITY : at.getTime() - Date.parse(shownAt);
  const factsAt = shownAt !== undefined && ageMs < DAY_MS ? shownAt : at.toISOString();
  return completeness === 'Partial'
    ? { state: 'Scanned', message: 'a part of it only: Xray has not ended all of its scans of this image', factsAt }
    : { state: 'Scanned', factsAt };
}

function resultViolation(violation: Violation): ResultViolation {
  const { field, reason, asks, mode, dueAt } = violation;
  return { ...found(violation), field, reason, asks, mode, dueAt: dueAt.toISOString() };
}

function resultWaived(violation: WaivedViolation): ResultWaived {
  const { exception, until } = violation.waiver;
  return { ...found(violation), exception, until: until.toISOString() };
}

/** What is said of a finding, waived or not. */
function found(violation: Violation) {
  const { policy, policyKind, condition, id, image, severity, summary, fixedVersions, firstSeen } = violation;
  return {
    policy,
    policyKind,
    condition,
    id: storedId(id),
    ...aliasesOf(violation),
    image,
    ...(severity === undefined ? {} : { severity }),
    summary: cut(summary, 256),
    fixedVersions: fixedVersions.slice(0, 10),
    firstSeen: firstSeen.toISOString(),
  };
}

const MAX_ALIASES = 20;

function aliasesOf({ id, vulnerability }: Violation): { aliases?: readonly string[] } {
  if (vulnerability === undefined) return {};
  const others = [vulnerability.id, ...vulnerability.cves].filter((name) => name !== id);
  return others.length === 0 ? {} : { aliases: others.slice(0, MAX_ALIASES).map((name) => cut(name, 64)) };
}
