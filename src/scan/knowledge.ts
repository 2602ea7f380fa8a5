// scan: what is known of one digest. Filled by the store beside this file, read by evaluate.
import {
  type Answer,
  type Completeness,
  type ImageFacts,
  type License,
  oneForEach,
  type Raised,
  type ScanProgress,
} from './finding.js';

/**
 * Not knowing is a state of its own, never "unscanned" and never "clean" (DESIGN 4.1).
 *
 * - `scanned`: facts as Xray gave them at `at`. They stay in force when Xray fails or forgets; `stale` then says why
 *   they could not be confirmed since. `remembered`: they come from the workload's result, which does not hold them all;
 *   `unconfirmed`: and Xray has not been asked since, so what is missing may be anything.
 * - `unscanned`: Xray answered, and has no data of this digest; `progress` says how far it is, where it can tell.
 * - `notAsked`: the question is on its way.
 * - `unavailable`: nobody could be asked, and nothing was known before.
 */
export type Knowledge =
  | {
      readonly state: 'scanned';
      readonly facts: ImageFacts;
      readonly at: Date;
      readonly stale?: string;
      readonly completeness?: Completeness;
      readonly remembered?: true;
      readonly unconfirmed?: true;
      /** Xray answered that it has no data of it any more; that it could not be asked since then changes nothing of that. */
      readonly isForgotten?: true;
    }
  | { readonly state: 'unscanned'; readonly at: Date; readonly progress?: ScanProgress }
  | { readonly state: 'notAsked' }
  | { readonly state: 'unavailable'; readonly why: string };

type Scanned = Extract<Knowledge, { state: 'scanned' }>;

export const notAsked: Knowledge = { state: 'notAsked' };

/** What a workload's result kept of an image over a restart. */
export interface Remembered {
  readonly facts: ImageFacts;
  readonly at: Date;
}

/** All that results remember of an image: thousands may run it, so it is put together only where it counts. */
export type RecallAll = () => Remembered | undefined;

export const nothingRemembered: RecallAll = () => undefined;

const FORGOTTEN = 'Xray no longer has data of this image';

/** Xray forgets scans after its retention; facts once known stay in force with their age (DESIGN 4.11). */
export function afterAnswer(before: Knowledge, answer: Answer, remembered: RecallAll, now: Date): Knowledge {
  switch (answer.state) {
    case 'scanned':
      return {
        state: 'scanned',
        facts: withKnownRaised(answer.facts, before),
        completeness: answer.completeness,
        at: now,
      };
    case 'unscanned':
      return forgotten(before, remembered) ?? { state: 'unscanned', at: now, progress: answer.progress };
    case 'unresolved':
      return kept(before, remembered, answer.why) ?? { state: 'unavailable', why: answer.why };
  }
}

// What Xray would not tell now it may have told before: that stays in force like every fact, and says nothing of what was
// found since.
function withKnownRaised(facts: ImageFacts, before: Knowledge): ImageFacts {
  if (before.state !== 'scanned' || before.facts.raised?.known !== true || facts.raised?.known !== false) return facts;
  const { untold: untoldBefore, ...raised } = before.facts.raised;
  const vulnerabilities = untold(idsOf(facts), idsOf(before.facts), untoldBefore?.vulnerabilities);
  const licenses = untold(namesOf(facts), namesOf(before.facts), untoldBefore?.licenses);
  if (vulnerabilities.length + licenses.length === 0) return { ...facts, raised };
  return { ...facts, raised: { ...raised, untold: { why: facts.raised.why, vulnerabilities, licenses } } };
}

function untold(found: readonly string[], before: readonly string[], stillUntold: readonly string[] = []): string[] {
  const told = new Set(before).difference(new Set(stillUntold));
  return found.filter((one) => !told.has(one));
}

function idsOf({ vulnerabilities }: ImageFacts): readonly string[] {
  return vulnerabilities.map(({ id }) => id);
}

function namesOf({ licenses }: ImageFacts): readonly string[] {
  return licenses.map(({ name }) => name);
}

/** Xray could not be asked: facts stay in force, with the reason; where nothing was known it is said so. */
export function afterFailure(before: Knowledge, why: string, remembered: RecallAll): Knowledge {
  const facts = kept(before, remembered, why);
  if (facts !== undefined) return facts;
  return before.state === 'unscanned' ? before : { state: 'unavailable', why };
}

/** Somebody who runs it too comes with what its result kept, after Xray was asked: nobody else may have had that. */
export function recalled(before: Knowledge, remembered: Remembered): Knowledge {
  switch (before.state) {
    case 'notAsked':
      return before;
    case 'scanned':
      return before.remembered === true ? { ...before, ...rememberedTogether([before, remembered]) } : before;
    case 'unscanned':
      return forgotten(before, () => remembered) ?? before;
    case 'unavailable':
      return kept(before, () => remembered, before.why) ?? before;
  }
}

/** Each result keeps what counted against its own workload, so all of it is known; as of the newest of them. */
export function rememberedTogether(all: readonly [Remembered, ...Remembered[]]): Remembered {
  const [{ at: first }] = all;
  const facts = all.map((one) => one.facts);
  const raised = raisedTogether(facts.flatMap((one) => one.raised ?? []));
  return {
    at: all.reduce((newest, { at }) => (at > newest ? at : newest), first),
    facts: {
      vulnerabilities: oneForEach(facts.flatMap((one) => one.vulnerabilities)),
      licenses: distinctLicenses(facts.flatMap((one) => one.licenses)),
      paths: [...new Set(facts.flatMap((one) => one.paths))],
      ...(raised === undefined ? {} : { raised }),
    },
  };
}

function raisedTogether(all: readonly Raised[]): Raised | undefined {
  const told = all.filter((one) => one.known);
  if (told.length === 0) return all[0];
  return {
    known: true,
    vulnerabilities: [...new Set(told.flatMap((one) => one.vulnerabilities))].sort(),
    licenses: distinctLicenses(told.flatMap((one) => one.licenses)),
  };
}

function distinctLicenses(licenses: readonly License[]): readonly License[] {
  return [...new Map(licenses.map((one) => [one.name, one])).values()];
}

/** Xray has nothing more to say of it: more than what is remembered will never be known. */
function forgotten(before: Knowledge, remembered: RecallAll): Knowledge | undefined {
  const facts = kept(before, remembered, FORGOTTEN);
  if (facts === undefined) return undefined;
  const { unconfirmed, ...confirmed } = facts;
  return { ...(unconfirmed === undefined ? facts : confirmed), isForgotten: true };
}

function kept(before: Knowledge, remembered: RecallAll, stale: string): Scanned | undefined {
  if (before.state === 'scanned') return { ...before, stale };
  const all = remembered();
  return all === undefined ? undefined : { state: 'scanned', ...all, stale, remembered: true, unconfirmed: true };
}

/** The time of the answer alone is no news. */
export function saysTheSame(a: Knowledge, b: Knowledge): boolean {
  return JSON.stringify({ ...a, at: undefined }) === JSON.stringify({ ...b, at: undefined });
}
