// xray-simulator: what the simulated Xray is at the moment; its API answers from it, and the admin API changes it.
import { type Artifact, Catalog, type Issue } from './catalog.js';
import type { Demands } from './demands.js';
import type { Faults } from './faults.js';
import { type HookTarget, sendHook } from './hook-sender.js';
import { type IgnoreRule, ignores } from './ignore-rules.js';
import { type ListedViolation, type Violation, violationByIssue, violationByLicense } from './violations.js';

export class State {
  readonly catalog: Catalog;
  /** `METHOD /path`, the oldest first; requests of the admin API are not in here. */
  readonly requests: string[] = [];
  /** The checksums of each summary that was asked for. */
  readonly questions: (readonly string[])[] = [];
  /** The bodies of kube/metadata. */
  readonly told: object[] = [];
  ignoreRules: readonly IgnoreRule[] = [];
  readonly violations: Violation[] = [];
  demands: Demands;
  faults: Faults = {};
  hook: HookTarget | undefined;
  readonly #closing: AbortSignal;
  readonly #nowMs: () => number;

  constructor(demands: Demands, closing: AbortSignal, nowMs: () => number) {
    this.demands = demands;
    this.#closing = closing;
    this.#nowMs = nowMs;
    this.catalog = new Catalog(nowMs);
  }

  now(): Date {
    return new Date(this.#nowMs() + (this.faults.clockOffsetMs ?? 0));
  }

  put(digest: string, artifact: Partial<Artifact>): void {
    this.#raiseAll(digest, this.catalog.put(digest, artifact));
  }

  /** From now on a watch covers it, and raises what is found in it. */
  watch(digest: string): void {
    const kept = this.catalog.watch(digest);
    if (kept !== undefined) this.#raiseAll(digest, kept);
  }

  /** Those that it lists: without what its ignore rules excuse, unless it is told to list that, too. */
  listed(): readonly ListedViolation[] {
    const { listsIgnored = false } = this.faults;
    return this.violations.flatMap((violation) => {
      const rule = this.ignoreRules.find((one) => ignores(one, violation, this.now()));
      if (rule === undefined) return [violation];
      return listsIgnored ? [{ ...violation, ignore_rule_info: { id: rule.id, is_expired: false } }] : [];
    });
  }

  #raiseAll(digest: string, kept: Artifact): void {
    for (const issue of kept.issues) this.#raiseIssue(digest, kept, issue);
    for (const license of kept.licenses) this.#raiseLicense(digest, kept, license);
  }

  addIssue(digest: string, issue: Issue): void {
    this.#raiseIssue(digest, this.catalog.addIssue(digest, issue), issue);
  }

  addLicense(digest: string, license: string): void {
    this.#raiseLicense(digest, this.catalog.addLicense(digest, license), license);
  }

  #raiseIssue(digest: string, artifact: Artifact, issue: Issue): void {
    this.#raise(digest, artifact, violationByIssue(this.#nextId(), artifact, issue, this.now()));
  }

  #raiseLicense(digest: string, artifact: Artifact, license: string): void {
    this.#raise(digest, artifact, violationByLicense(this.#nextId(), artifact, license, this.now()));
  }

  #nextId(): string {
    return String(this.violations.length + 1).padStart(24, '0');
  }

  #raise(digest: string, artifact: Artifact, violation: Violation): void {
    if (!artifact.watched) return;
    this.violations.push(violation);
    if (this.hook === undefined) return;
    const payload = { artifact, digest: digest.replace(/^sha256:/, ''), violation };
    sendHook(this.hook, payload, this.#closing).catch(() => undefined); // it ends with the simulator
  }
}
