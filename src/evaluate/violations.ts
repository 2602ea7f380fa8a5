// evaluate: what of a workload's images breaks which rule of which policy, and which of that an exception waives.
import type { WorkloadKind } from '../api/workload-kinds.js';
import { actionOf, breachesOf, graceMs, ruleOf } from './checks.js';
import type { Exception } from './exception.js';
import type { JudgedImage, Memory } from './judged-image.js';
import type { Policy } from './policy.js';
import type { AppliedPolicy } from './tiers.js';
import type { Breach } from './breach.js';
import type { Violation, WaivedViolation } from './violation.js';
import { type Waivers, waiversOf } from './waiver.js';

export interface FindInput {
  readonly images: readonly JudgedImage[];
  readonly applied: readonly AppliedPolicy[];
  /** Those that hold for the workload and have not expired. */
  readonly exceptions: readonly Exception[];
  /** Of the workload. */
  readonly kind: WorkloadKind;
  readonly memory: Memory;
  readonly now: Date;
}

export interface FoundViolations {
  readonly violations: readonly Violation[];
  readonly waived: readonly WaivedViolation[];
  readonly leftovers: readonly Violation[];
  readonly waivedLeftovers: readonly WaivedViolation[];
}

/** One pass over everything that is found: a policy edit may bring ten thousand workloads here at once. */
export function findViolations(input: FindInput): FoundViolations {
  const found = { violations: [], waived: [], leftovers: [], waivedLeftovers: [] };
  for (const image of input.images) {
    const { digest, knowledge } = image;
    if (digest !== undefined && knowledge !== undefined) new Finder(input, { ...image, digest, knowledge }).find(found);
  }
  return found;
}

interface Finding {
  readonly violations: Violation[];
  readonly waived: WaivedViolation[];
  readonly leftovers: Violation[];
  readonly waivedLeftovers: WaivedViolation[];
}

type KnownImage = JudgedImage & Required<Pick<JudgedImage, 'digest' | 'knowledge'>>;

class Finder {
  readonly #input: FindInput;
  readonly #image: KnownImage;
  readonly #exceptions: readonly Exception[];
  readonly #mentioned: ReadonlySet<string>;
  /** Most violations of an image were seen at the same time. */
  #lastDue: { readonly firstSeen: Date; readonly graceMs: number; readonly dueAt: Date } | undefined;

  constructor(input: FindInput, image: KnownImage) {
    this.#input = input;
    this.#image = image;
    this.#exceptions = input.exceptions.filter((one) => one.holdsForImage(image));
    this.#mentioned = new Set(this.#exceptions.flatMap(({ mentions }) => mentions));
  }

  find(into: Finding): void {
    const { reference, knowledge } = this.#image;
    const { now } = this.#input;
    for (const { policy, holds } of this.#input.applied)
      for (const condition of holds) {
        const demand = {
          asks: actionOf(policy, condition, this.#input.kind),
          allowsDataLoss: ruleOf(policy, condition)?.allowsDataLoss ?? false,
          graceMs: graceMs(policy, condition),
        };
        for (const breach of breachesOf(condition, { reference, knowledge, policy, now }))
          this.#add(breach, policy, demand, into);
      }
  }

  #add(breach: Breach, policy: Policy, demand: Demand, into: Finding): void {
    const naming = this.#naming(breach);
    const { waiver, waivedBy, refused } = naming.length === 0 ? NO_WAIVERS : waiversOf(naming, policy);
    const violation = this.#violation(breach, policy, demand, refused);
    const isLeftover = this.#image.revision === 'Previous';
    if (waiver === undefined) (isLeftover ? into.leftovers : into.violations).push(violation);
    else (isLeftover ? into.waivedLeftovers : into.waived).push({ ...violation, waiver, waivedBy });
  }

  #naming(breach: Breach): readonly Exception[] {
    return this.#mentions(breach) ? this.#exceptions.filter((one) => one.names(breach)) : NOBODY;
  }

  /** Whether any of the exceptions could name it: most breaches are named by none, and there are many of both. */
  #mentions({ condition, id, vulnerability }: Breach): boolean {
    const mentioned = this.#mentioned;
    if (mentioned.size === 0) return false;
    if (condition === 'Unscanned') return true;
    if (vulnerability === undefined) return mentioned.has(id.toLowerCase());
    return mentioned.has(vulnerability.id) || vulnerability.cves.some((cve) => mentioned.has(cve));
  }

  #violation(
    breach: Breach,
    { kind, name, mode, rollsBack }: Policy,
    { asks, allowsDataLoss, graceMs: graceOf }: Demand,
    refusedWaivers: Violation['refusedWaivers'],
  ): Violation {
    const { reference: image, digest } = this.#image;
    const firstSeen = this.#firstSeen(breach);
    const dueAt = this.#due(firstSeen, graceOf);
    const asked = { policyKind: kind, policy: name, mode, asks, allowsDataLoss, rollsBack };
    return { ...breach, ...asked, image, digest, firstSeen, dueAt, refusedWaivers };
  }

  #firstSeen(breach: Breach): Date {
    const { memory, now } = this.#input;
    // By its digest: to wait for its scan is the right of each image to which a tag has moved.
    if (breach.condition === 'Unscanned') return this.#image.firstSeen;
    return memory.violationFirstSeen(breach, this.#image.reference) ?? now;
  }

  #due(firstSeen: Date, graceOf: number): Date {
    if (this.#lastDue?.firstSeen !== firstSeen || this.#lastDue.graceMs !== graceOf)
      this.#lastDue = { firstSeen, graceMs: graceOf, dueAt: new Date(firstSeen.getTime() + graceOf) };
    return this.#lastDue.dueAt;
  }
}

interface Demand {
  readonly asks: Violation['asks'];
  readonly allowsDataLoss: boolean;
  readonly graceMs: number;
}

const NOBODY: readonly Exception[] = [];
const NO_WAIVERS: Waivers = { waivedBy: [], refused: [] };
