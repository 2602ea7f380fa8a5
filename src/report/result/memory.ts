// report: what a result remembers from pass to pass and over a restart: which digest a reference had, and what Xray said of it.
import type {
  Enforcement,
  ResultImage,
  ResultViolation,
  ResultWaived,
  XrayScanResultStatus,
} from '../../api/v1alpha1/types.js';
import { MALICIOUS } from '../../evaluate/checks.js';
import type { ObservedTarget } from '../../observe/observed.js';
import { type Before, isAsWeLeftIt, type Note, noteOn } from '../../plan/note.js';
import { type ImageFacts, licenseNamed, type Vulnerability } from '../../scan/finding.js';
import type { Remembered } from '../../scan/knowledge.js';
import { type Digest, parseDigest } from '../../workload/digest.js';
import { isStopped } from '../../workload/stopped.js';
import { isStopAction } from './standing.js';
import { parseTime } from '../wording.js';

/**
 * The note of the stop that is in force: from the workload itself, else from the result. The annotation may be gone
 * though the stop is not: `kubectl rollout undo` puts back all annotations of the revision that it goes back to.
 */
export function noteInForce(
  target: ObservedTarget | undefined,
  status: XrayScanResultStatus | undefined,
): Note | undefined {
  if (target === undefined) return undefined;
  return noteOn(target) ?? (isAsWeLeftIt(target) ? noteFromRecord(target, status) : undefined);
}

/**
 * The stop that somebody ended and took the note of along, as a plain replacement of the whole object does. Only how long
 * to wait comes from it: whether the operator itself had restored the workload just before it was cut off can't be told.
 */
export function formerStop(
  target: ObservedTarget | undefined,
  status: XrayScanResultStatus | undefined,
): Note | undefined {
  if (target === undefined || isStopped(target) || noteInForce(target, status) !== undefined) return undefined;
  return isStopOf(target, status?.enforcement) ? noteFromRecord(target, status) : undefined;
}

function isStopOf({ uid }: ObservedTarget, record: Enforcement | undefined): record is Enforcement {
  return record?.workloadUid === uid && isStopAction(record.action);
}

function noteFromRecord(target: ObservedTarget, status: XrayScanResultStatus = {}): Note | undefined {
  const { enforcement: record, violations: [worst] = [] } = status;
  const before = isStopOf(target, record) ? beforeIn(target, record) : undefined;
  if (record === undefined || before === undefined) return noteOfSign(target);
  const { at, attempts } = record;
  const policy = worst?.policy ?? '';
  return { before, at, attempts, policy, digests: {}, ...putBackOf(status) }; // the result still has the digests
}

/** As the last stop had noted it: while the workload is held, what the result counts has this very put-back in it. */
function putBackOf({ action, contention, enforcement }: XrayScanResultStatus): Pick<Note, 'putBack'> {
  if (contention === undefined || enforcement === undefined) return {};
  const { manager, since } = contention;
  const times = action === 'Held' ? contention.times - 1 : contention.times;
  if (times < 1) return {};
  return { putBack: { manager, times, since, inARow: Math.max(1, enforcement.attempts - 1), at: enforcement.at } };
}

function beforeIn({ stop: { by } }: ObservedTarget, { replicas = 0 }: Enforcement): Before | undefined {
  switch (by) {
    case 'replicas':
      return replicas > 0 ? { by, replicas } : undefined;
    case 'suspend':
    case 'nodeSelector':
      return { by };
    case 'deleteOnly':
    case 'nothing':
      return undefined;
  }
}

/**
 * The label in a DaemonSet's node selector is a sign of ours by itself: `kubectl rollout undo` brings it back when it goes
 * to the revision that a stop had made.
 */
function noteOfSign({ stop: { by }, creationTimestamp: at }: ObservedTarget): Note | undefined {
  return by === 'nodeSelector' ? { before: { by }, at, attempts: 1, policy: '', digests: {} } : undefined;
}

/**
 * A custom kind takes two writes to stop, of which the note is the first, and a stop is told of in the result after both. So
 * where one runs, with the note of a stop that nobody was told of, the second write never came.
 */
export function isCutOff(
  target: ObservedTarget | undefined,
  note: Note | undefined,
  status: XrayScanResultStatus | undefined,
): boolean {
  if (target?.kind !== 'Custom' || note === undefined || isStopped(target)) return false;
  return status?.enforcement?.at !== note.at;
}

/** The digests that a suspended Job was stopped for. */
export function digestsNoted(job: ObservedTarget): ReadonlyMap<string, Digest> {
  return new Map(Object.entries(noteOn(job)?.digests ?? {}));
}

/** The digest that each reference of the current revision had last; what a stop noted on the workload itself comes first. */
export function rememberedDigests(
  status: XrayScanResultStatus | undefined,
  note: Note | undefined,
): ReadonlyMap<string, Digest> {
  const known = (status?.images ?? []).flatMap(({ reference, digest, revision }): [string, Digest][] => {
    const parsed = digest === undefined || revision === 'Previous' ? undefined : parseDigest(digest);
    return parsed?.ok === true ? [[reference, parsed.digest]] : [];
  });
  return new Map([...known, ...Object.entries(note?.digests ?? {})]);
}

/**
 * What the result kept of an image that Xray knew: when it said so, and what it said against the image. Enough for what was
 * found to stay in force where Xray has forgotten the image while the operator was away (DESIGN 4.11).
 */
export function rememberedFacts(status: XrayScanResultStatus | undefined, digest: Digest): Remembered | undefined {
  const image = rememberedImage(status?.images, digest);
  const at = parseTime(image?.factsAt);
  if (image === undefined || at === undefined) return undefined;
  const listed = [...(status?.violations ?? []), ...(status?.waived ?? [])];
  const found = listed.filter((violation) => violation.image === image.reference);
  const vulnerabilities = found.filter(({ condition }) => condition === 'Security').map(vulnerabilityIn);
  const licenses = found.filter(({ condition }) => condition === 'License').map(({ id }) => licenseNamed(id));
  return {
    at,
    facts: {
      vulnerabilities: [...new Map(vulnerabilities.map((one) => [one.id, one])).values()],
      licenses: [...new Map(licenses.map((one) => [one.name, one])).values()],
      paths: [],
      ...raisedIn(image.reference, status),
    },
  };
}

// A violation is one of the current revision and names its image by the reference, which may have stood for two.
function rememberedImage(images: readonly ResultImage[] = [], digest: Digest): ResultImage | undefined {
  const current = images.filter(({ revision }) => revision !== 'Previous');
  const image = current.find((one) => one.digest === digest && one.state === 'Scanned');
  const isClear = current.every((one) => one.reference !== image?.reference || one.digest === digest);
  return isClear ? image : undefined;
}

// Only where it lists something that Xray had raised is it certain that it was known what Xray raised.
function raisedIn(reference: string, status: XrayScanResultStatus | undefined): Pick<ImageFacts, 'raised'> {
  const raised = (status?.violations ?? []).filter(
    ({ image, reason }) => image === reference && reason === 'RaisedByXray',
  );
  if (raised.length === 0) return {};
  const of = (condition: string): typeof raised => raised.filter((one) => one.condition === condition);
  return {
    raised: {
      known: true,
      vulnerabilities: of('Security').map((one) => vulnerabilityIn(one).id),
      licenses: of('License').map(({ id }) => licenseNamed(id)),
    },
  };
}

function vulnerabilityIn({
  id,
  aliases = [],
  severity,
  summary,
  fixedVersions = [],
}: ResultViolation | ResultWaived): Vulnerability {
  const malicious = summary.startsWith(MALICIOUS);
  const names = [id, ...aliases];
  return {
    id: names.find((name) => name.startsWith('XRAY-')) ?? id,
    cves: names.filter((name) => name.startsWith('CVE-')),
    severity: severity ?? 'Unknown',
    summary: malicious ? summary.slice(MALICIOUS.length) : summary,
    fixedVersions,
    applicability: 'Undetermined',
    malicious,
  };
}
