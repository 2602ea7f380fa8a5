// xray-simulator: what the simulated Xray is at the moment; its API answers from it, and the admin API changes it.
import { type Artifact, Catalog, type Issue } from './catalog.js';
import type { Demands } from './demands.js';
import type { Faults } from './faults.js';
import { type HookTarget, sendHook } from './hook-sender.js';
import { type Violation, violationByIssue, violationByLicense } from './violations.js';

/** As GET /api/v1/ignore_rules lists it. */
export interface IgnoreRule {
  readonly id: string;
  readonly notes?: string;
  readonly expires_at?: string;
  readonly ignore_filters: Readonly<Record<string, readonly unknown[]>>;
}

export class State {
  readonly catalog: Catalog;
  /** `METHOD /path`, the oldest first; requests of the admin API are not in here. */
  readonly requests: string[] = [];
  /** The checksums of each summary that was asked for. */
  readonly questions: (readonly string[])[] = [];
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
    const kept = this.catalog.put(digest, artifact);
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
    this.violations.push(violation);
    if (this.hook === undefined) return;
    const payload = { artifact, digest: digest.replace(/^sha256:/, ''), violation };
    sendHook(this.hook, payload, this.#closing).catch(() => undefined); // it ends with the simulator
  }
}
