// scan: what is known of each digest that somebody runs, and when it was asked. Knows who wants which digest, so that news
// reach exactly them; what nobody runs any more is forgotten after a while.
import type { Digest } from '../workload/digest.js';
import type { Answer } from './finding.js';
import { type IgnoreRule, nextExpiry, withoutIgnored } from './ignore-rule.js';
import {
  afterAnswer,
  afterFailure,
  type Knowledge,
  notAsked,
  recalled,
  type RecallAll,
  saysTheSame,
} from './knowledge.js';
import type { RaisedFinding } from './xray/violation.js';
import { type AskedImage, allRemembered, type WantedImage, wantedTogether } from './wanted.js';

interface Entry {
  /** As Xray gave it. */
  knowledge: Knowledge;
  /** What of it is in force: without what Xray's ignore rules excuse. */
  inForce: Knowledge;
  readonly wantedBy: Map<string, WantedImage>;
  readonly wantedAt: Date;
  /** When it was last asked about, answered or not; undefined = never. */
  askedAt: Date | undefined;
  isBeingAsked: boolean;
  isHinted: boolean;
  /** The last question got no answer. */
  hasFailed: boolean;
  /** Answers in a row that left something open. */
  unsettledRounds: number;
}

/** What decides when a digest is asked about next. */
export interface Asked extends Readonly<Omit<Entry, 'knowledge' | 'inForce' | 'wantedBy'>> {
  readonly digest: Digest;
  readonly hasFacts: boolean;
}

export interface KnowledgeCounts {
  readonly known: number;
  readonly unscanned: number;
  readonly stale: number;
}

export interface ScanStorePorts {
  readonly now: () => Date;
  /** Something is to be asked sooner than it was: a digest is wanted that never was, or was hinted at. */
  readonly onNew: () => void;
  /** The workloads for which something changed by what one of them remembers. */
  readonly onRecalled: (workloads: ReadonlySet<string>) => void;
}

/** A rollout may let go of a digest for a moment and come back to it. */
const KEPT_UNWANTED_MS = 5 * 60_000;

export class ScanStore {
  readonly #entries = new Map<Digest, Entry>();
  /** What nobody runs any more, and since when; the longest ago first. Not a part of what is asked, hinted at or counted. */
  readonly #unwanted = new Map<Digest, Date>();
  /** Never asked about, and not being asked; who waits longest comes first. */
  readonly #new = new Set<Digest>();
  readonly #wants = new Map<string, readonly Digest[]>();
  readonly #byPath = new Map<string, Set<Digest>>();
  readonly #ports: ScanStorePorts;
  #rules: readonly IgnoreRule[] = [];

  constructor(ports: ScanStorePorts) {
    this.#ports = ports;
  }

  /** Says which images a workload runs now. @returns whether more is known of them now, by what it remembers of them */
  want(workload: string, images: readonly WantedImage[]): boolean {
    const next = images.map(({ digest }) => digest);
    for (const digest of this.#wants.get(workload) ?? []) if (!next.includes(digest)) this.#release(workload, digest);
    for (const image of images) this.#claim(workload, image);
    if (images.length === 0) this.#wants.delete(workload);
    else this.#wants.set(workload, next);
    const touched = new Set(images.flatMap((image) => this.#recall(image)));
    if (touched.size > 0) this.#ports.onRecalled(touched);
    return touched.size > 0;
  }

  /** Those that run images now. */
  workloads(): Iterable<string> {
    return this.#wants.keys();
  }

  knowledgeOf(digest: Digest): Knowledge {
    return this.#entries.get(digest)?.inForce ?? notAsked;
  }

  /** Xray has told of it, now or before, and it is not only remembered. */
  isKnown(digest: Digest): boolean {
    const knowledge = this.#entries.get(digest)?.knowledge;
    return knowledge?.state === 'scanned' && knowledge.remembered === undefined;
  }

  /** All that is to be known to ask about them; those that nobody wants any more are left out. */
  questions(digests: readonly Digest[]): readonly AskedImage[] {
    return digests.flatMap((digest) => {
      const entry = this.#wanted(digest);
      if (entry === undefined) return [];
      return [{ ...wantedTogether(digest, [...entry.wantedBy.values()]), wasUnsettled: isUnsettled(entry.knowledge) }];
    });
  }

  asked(): readonly Asked[] {
    return this.#allWanted().map(([digest, entry]) => {
      const { wantedAt, askedAt, isBeingAsked, isHinted, hasFailed, unsettledRounds } = entry;
      const hasFacts = entry.knowledge.state === 'scanned';
      return { digest, wantedAt, askedAt, isBeingAsked, isHinted, hasFailed, unsettledRounds, hasFacts };
    });
  }

  /** Those that were never asked about: while they fill a batch, nothing else is to be looked at. */
  firstNew(count: number): readonly Digest[] {
    return this.#new.values().take(count).toArray();
  }

  counts(): KnowledgeCounts {
    const all = this.#allWanted().map(([, { knowledge }]) => knowledge);
    return {
      known: all.filter(({ state }) => state === 'scanned').length,
      unscanned: all.filter(({ state }) => state === 'unscanned').length,
      stale: all.filter((knowledge) => knowledge.state === 'scanned' && knowledge.stale !== undefined).length,
    };
  }

  /** Of each digest that somebody runs, as Xray gave it. */
  knowledge(): readonly Knowledge[] {
    return this.#allWanted().map(([, { knowledge }]) => knowledge);
  }

  /**
   * Something may have changed about these: they are asked about again, unless they were after `changedAt`. What nobody runs
   * is passed over.
   *
   * @returns how many are asked about again
   */
  hint(digests: Iterable<Digest>, changedAt?: Date): number {
    let count = 0;
    for (const digest of digests) {
      const entry = this.#wanted(digest);
      if (entry === undefined || isAskedSince(entry, changedAt)) continue;
      entry.isHinted = true;
      count++;
    }
    if (count > 0) this.#ports.onNew();
    return count;
  }

  /** Asks again about all images of which it is known what Xray raised. */
  hintRaised(): void {
    const concerned = this.#allWanted().filter(
      ([, { knowledge }]) => knowledge.state === 'scanned' && knowledge.facts.raised !== undefined,
    );
    this.hint(concerned.map(([digest]) => digest));
  }

  /** Whether a policy goes by what Xray raised of the image, and it is not known yet that Xray raised this. */
  isUnawareOf(digest: Digest, finding: RaisedFinding): boolean {
    const knowledge = this.#wanted(digest)?.knowledge;
    const raised = knowledge?.state === 'scanned' ? knowledge.facts.raised : undefined;
    if (raised?.known !== true || finding.kind === 'other') return false;
    const ids = finding.kind === 'license' ? raised.licenses.map(({ name }) => name) : raised.vulnerabilities;
    return !ids.includes(finding.id);
  }

  /** The digests that lie at a place in Artifactory, as far as Xray has said where they lie. */
  at(path: string): ReadonlySet<Digest> {
    return this.#byPath.get(path) ?? new Set();
  }

  /** The question is on its way: nobody asks it a second time meanwhile. */
  asking(digests: readonly Digest[]): void {
    for (const digest of digests) {
      const entry = this.#entries.get(digest);
      if (entry === undefined) continue;
      entry.isBeingAsked = true;
      this.#new.delete(digest);
      entry.isHinted = false; // a hint from now on asks once more: the answer under way may not know of it
    }
  }

  /** Keeps what was answered. @returns the workloads for which something changed */
  answered(answers: readonly Answer[]): ReadonlySet<string> {
    const now = this.#ports.now();
    return this.#update(
      false,
      answers.map((answer) => ({
        digest: answer.digest,
        next: (before, remembered) => afterAnswer(before, answer, remembered, now),
      })),
    );
  }

  /** From now on these are Xray's ignore rules. @returns the workloads for which something changed */
  ignore(rules: readonly IgnoreRule[]): ReadonlySet<string> {
    this.#rules = rules;
    return this.followRules();
  }

  /** A rule may have expired. @returns the workloads for which something changed */
  followRules(): ReadonlySet<string> {
    const touched = [...this.#entries.values()].flatMap((entry) => {
      const before = entry.inForce;
      entry.inForce = this.#inForce(entry.knowledge);
      return saysTheSame(before, entry.inForce) ? [] : [...entry.wantedBy.keys()];
    });
    return new Set(touched);
  }

  /** When the next rule expires. */
  nextExpiry(): Date | undefined {
    return nextExpiry(this.#rules, this.#ports.now());
  }

  #inForce(knowledge: Knowledge): Knowledge {
    if (knowledge.state !== 'scanned' || this.#rules.length === 0) return knowledge;
    return { ...knowledge, facts: withoutIgnored(knowledge.facts, this.#rules, this.#ports.now()) };
  }

  /** Nobody could be asked. @returns the workloads for which something changed */
  failed(digests: readonly Digest[], why: string): ReadonlySet<string> {
    return this.#update(
      true,
      digests.map((digest) => ({ digest, next: (before, remembered) => afterFailure(before, why, remembered) })),
    );
  }

  #update(hasFailed: boolean, changes: readonly Change[]): ReadonlySet<string> {
    const now = this.#ports.now();
    const touched = changes.flatMap(({ digest, next }) => {
      const entry = this.#entries.get(digest);
      if (entry === undefined) return [];
      const [before, shown] = [entry.knowledge, entry.inForce];
      entry.knowledge = next(before, () => allRemembered(entry.wantedBy.values()));
      entry.inForce = this.#inForce(entry.knowledge);
      entry.askedAt = now;
      entry.isBeingAsked = false;
      this.#new.delete(digest);
      entry.hasFailed = hasFailed;
      if (!hasFailed) entry.unsettledRounds = isSettled(entry.knowledge) ? 0 : entry.unsettledRounds + 1;
      this.#index(digest, before, entry.knowledge);
      return saysTheSame(shown, entry.inForce) ? [] : [...entry.wantedBy.keys()];
    });
    return new Set(touched);
  }

  #claim(workload: string, image: WantedImage): void {
    const entry = this.#entries.get(image.digest);
    if (entry !== undefined) {
      entry.wantedBy.set(workload, image);
      this.#unwanted.delete(image.digest);
      if (entry.askedAt === undefined && !entry.isBeingAsked) this.#new.add(image.digest);
      if (image.needsViolations === true && lacksRaised(entry)) this.hint([image.digest]);
      return;
    }
    this.#entries.set(image.digest, {
      knowledge: notAsked,
      inForce: notAsked,
      wantedBy: new Map([[workload, image]]),
      wantedAt: this.#ports.now(),
      askedAt: undefined,
      isBeingAsked: false,
      isHinted: false,
      hasFailed: false,
      unsettledRounds: 0,
    });
    this.#new.add(image.digest);
    this.#ports.onNew();
  }

  /** @returns the workloads for which something changed */
  #recall({ digest, remembered }: WantedImage): readonly string[] {
    const entry = this.#entries.get(digest);
    if (entry === undefined || remembered === undefined) return [];
    const before = entry.inForce;
    const knowledge = recalled(entry.knowledge, remembered);
    if (knowledge === entry.knowledge) return [];
    entry.knowledge = knowledge;
    entry.inForce = this.#inForce(entry.knowledge);
    return saysTheSame(before, entry.inForce) ? [] : [...entry.wantedBy.keys()];
  }

  #release(workload: string, digest: Digest): void {
    const entry = this.#entries.get(digest);
    entry?.wantedBy.delete(workload);
    if (entry?.wantedBy.size === 0) {
      this.#unwanted.set(digest, this.#ports.now());
      this.#new.delete(digest);
    }
    this.#forgetUnwanted();
  }

  #forgetUnwanted(): void {
    const nowMs = this.#ports.now().getTime();
    for (const [digest, since] of this.#unwanted) {
      if (nowMs - since.getTime() < KEPT_UNWANTED_MS) return;
      this.#unwanted.delete(digest);
      const entry = this.#entries.get(digest);
      this.#entries.delete(digest);
      if (entry !== undefined) this.#index(digest, entry.knowledge, notAsked);
    }
  }

  #wanted(digest: Digest): Entry | undefined {
    return this.#unwanted.has(digest) ? undefined : this.#entries.get(digest);
  }

  #allWanted(): readonly (readonly [Digest, Entry])[] {
    return [...this.#entries].filter(([digest]) => !this.#unwanted.has(digest));
  }

  #index(digest: Digest, before: Knowledge, after: Knowledge): void {
    for (const path of pathsOf(before)) {
      const digests = this.#byPath.get(path);
      digests?.delete(digest);
      if (digests?.size === 0) this.#byPath.delete(path);
    }
    for (const path of pathsOf(after)) {
      const digests = this.#byPath.get(path) ?? new Set();
      this.#byPath.set(path, digests.add(digest));
    }
  }
}

function isAskedSince({ askedAt }: Entry, changedAt: Date | undefined): boolean {
  return changedAt !== undefined && askedAt !== undefined && askedAt.getTime() > changedAt.getTime();
}

/** A policy that goes by what Xray raised is new to the image. Where Xray is in trouble the question comes by itself. */
function lacksRaised({ knowledge, isHinted }: Entry): boolean {
  return (
    !isHinted && knowledge.state === 'scanned' && knowledge.stale === undefined && knowledge.facts.raised === undefined
  );
}

interface Change {
  readonly digest: Digest;
  readonly next: (before: Knowledge, remembered: RecallAll) => Knowledge;
}

function pathsOf(knowledge: Knowledge): readonly string[] {
  return knowledge.state === 'scanned' ? knowledge.facts.paths : [];
}

/** Whole facts that Xray has just confirmed; anything else is asked about again soon. */
function isSettled(knowledge: Knowledge): boolean {
  return knowledge.state === 'scanned' && knowledge.completeness !== 'Partial' && knowledge.stale === undefined;
}

/** Xray had nothing of it, or a part: how far it is with it is worth a question of its own. */
function isUnsettled(knowledge: Knowledge): boolean {
  return knowledge.state === 'unscanned' || (knowledge.state === 'scanned' && knowledge.completeness === 'Partial');
}
