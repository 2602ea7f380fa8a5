// plan: the brake. Of each workload that is to be newly stopped it says whether it may be, waits for others to be judged, or
// is held until somebody approves. It holds figures only: no client, no clock; the time comes with each question.
import type { Action, Asker } from '../api/v1alpha1/types.js';
import { allowance, type BrakeRules, type Extent, GATHER_MS, gatherMs, isWithin } from './brake-limit.js';
import { BrakeStops, type CountedStop } from './brake-stops.js';
import { BrakeWants, type Group, type Want } from './brake-wants.js';

/** An action that would newly stop the workload, and who asks for it. */
export interface Ask {
  readonly action: Exclude<Action, 'Ignore'>;
  readonly asker: Asker;
  readonly policies: readonly string[];
  /** Somebody has approved one of these policies as it stands now. */
  readonly isApproved: boolean;
}

/** What is to come at the end of a grace period. */
export interface Coming {
  readonly asker: Asker;
  readonly policies: readonly string[];
  readonly dueMs: number;
}

export interface Moment {
  readonly nowMs: number;
  /** Everything that is due to be judged has been judged. */
  readonly isSettled: boolean;
  /** Not every workload has been judged since the start. */
  readonly isStarting: boolean;
}

export type Ruling =
  /** `counted`: whose stop it is counted as; absent: it was approved, or there is no brake. */
  | { readonly kind: 'go'; readonly action: Ask['action']; readonly counted?: Asker }
  | { readonly kind: 'gather'; readonly waitMs: number }
  /** Until something changes; at the latest look again at `againMs`, when the window has moved on. */
  | { readonly kind: 'hold'; readonly where: Extent['where']; readonly againMs: number | undefined };

export class Brake {
  readonly rules: BrakeRules;
  readonly #stops: BrakeStops;
  readonly #wants = new BrakeWants();
  readonly #namespaceOf = new Map<string, string>();
  readonly #populations = new Map<string, number>();
  /** Told to wait for others to be judged. */
  readonly #gathering = new Set<string>();
  /** Something left room since all that wait were looked at. */
  #hasRoom = false;

  readonly #isOff: boolean;

  constructor(rules: BrakeRules) {
    this.rules = rules;
    this.#isOff = allowance(rules, 0) === Number.POSITIVE_INFINITY;
    this.#stops = new BrakeStops(rules.windowMs);
  }

  /** A workload that could be stopped, or is. */
  counts(key: string, namespace: string): void {
    if (this.#namespaceOf.has(key)) return;
    this.#namespaceOf.set(key, namespace);
    this.#populations.set(namespace, this.#populationOf(namespace) + 1);
    this.#hasRoom = true;
  }

  /** It could not be stopped any more, or is gone. What was stopped counts on. */
  countsNoMore(key: string): void {
    const namespace = this.#namespaceOf.get(key);
    if (namespace === undefined) return;
    this.#namespaceOf.delete(key);
    const left = this.#populationOf(namespace) - 1;
    if (left === 0) this.#populations.delete(namespace);
    else this.#populations.set(namespace, left);
  }

  /** A stop that was made without approval, as its record tells it; told again, nothing changes. */
  stopped(key: string, stop: Omit<CountedStop, 'isDone'>, nowMs: number): void {
    const known = this.#stops.get(key);
    const isKnown = known?.isDone === true && known.atMs >= stop.atMs;
    if (isKnown || stop.atMs + this.rules.windowMs <= nowMs) return;
    this.#stops.put(key, { ...stop, isDone: true });
    this.#wants.remove(key);
    this.#gathering.delete(key);
  }

  /**
   * A stop is seen to be done, before a record tells so: the answer was lost.
   *
   * @returns whether it was let go here; else who made it is no more
   */
  carriedOut(key: string): boolean {
    const stop = this.#stops.get(key);
    if (stop?.isDone !== false) return false;
    this.#stops.put(key, { ...stop, isDone: true });
    return true;
  }

  /** The workload is not to be stopped, or is already; `coming`: it will be. */
  withdraw(key: string, coming?: Coming & { readonly namespace: string }): void {
    this.#gathering.delete(key);
    if (this.#wants.remove(key)) this.#hasRoom = true;
    if (this.#stops.get(key)?.isDone === false) {
      this.#stops.drop(key);
      this.#hasRoom = true;
    }
    if (coming === undefined) return;
    const { namespace, asker, policies, dueMs } = coming;
    this.#wants.put(key, {
      namespace,
      askers: new Set([asker]),
      policies: new Set(policies),
      dueMs,
      sinceMs: undefined,
    });
  }

  /** @param asks the strictest first; the first that may be done is done */
  rule(key: string, namespace: string, asks: readonly Ask[], moment: Moment): Ruling {
    const [strictest] = asks;
    if (strictest !== undefined && this.#isOff) return { kind: 'go', action: strictest.action };
    this.#slideTo(moment.nowMs);
    const approved = asks.find(({ isApproved }) => isApproved);
    if (approved !== undefined) {
      this.withdraw(key);
      return { kind: 'go', action: approved.action };
    }
    const granted = asks.find((ask) => this.#isCounted(key, ask));
    if (granted !== undefined) return { kind: 'go', action: granted.action, counted: this.#countedAs(key, granted) };

    const want = this.#want(key, namespace, asks, moment.nowMs);
    const open = asks.find(({ asker }) => this.#extentBeyond(asker, namespace, moment.nowMs) === undefined);
    if (open === undefined) return this.#hold(key, namespace, asks, moment); // more will not make it fit
    const waitMs = this.#gatherUntilMs(open, want, moment) - moment.nowMs;
    if (waitMs > 0) {
      this.#gathering.add(key);
      return { kind: 'gather', waitMs };
    }
    this.#grant(key, want, open.asker, moment.nowMs);
    return { kind: 'go', action: open.action, counted: open.asker };
  }

  /**
   * Everything that was due has been judged, so it is known how many are to be stopped: those for whom there is room are
   * let go together, all or none.
   *
   * @returns the workloads to look at again: those, and those that waited to be told
   */
  settle(nowMs: number): readonly string[] {
    this.#slideTo(nowMs);
    if (this.#gathering.size === 0 && !this.#hasRoom) return [];
    this.#hasRoom = false;
    const again = new Set(this.#gathering);
    this.#gathering.clear();
    for (const [key, want] of [...this.#wants.due()]) {
      const open = [...want.askers].find((asker) => !this.#extentBeyond(asker, want.namespace, nowMs));
      if (open === undefined) continue;
      this.#grant(key, want, open, nowMs);
      again.add(key);
    }
    return [...again];
  }

  /** Those that a policy wants stopped, or will. */
  askedBy(policy: string): readonly string[] {
    return [...this.#wants.keysAskedBy(policy)];
  }

  cluster(nowMs: number): Extent {
    return this.#extent('cluster', 'all', nowMs);
  }

  #want(key: string, namespace: string, asks: readonly Ask[], nowMs: number): Want {
    const want = {
      namespace,
      askers: new Set(asks.map(({ asker }) => asker)),
      policies: new Set(asks.flatMap(({ policies }) => policies)),
      dueMs: nowMs,
      sinceMs: this.#wants.get(key)?.sinceMs ?? nowMs,
    };
    this.#wants.put(key, want);
    return want;
  }

  #grant(key: string, { namespace }: Want, asker: Asker, nowMs: number): void {
    this.#wants.remove(key);
    this.#gathering.delete(key);
    this.#stops.put(key, { namespace, asker, atMs: nowMs, isDone: false });
  }

  #hold(key: string, namespace: string, asks: readonly Ask[], { nowMs, isStarting }: Moment): Ruling {
    if (isStarting) {
      this.#gathering.add(key); // nobody knows yet of how many it is a share
      return { kind: 'gather', waitMs: GATHER_MS };
    }
    this.#gathering.delete(key);
    const [beyond] = asks.flatMap(({ asker }) => this.#extentBeyond(asker, namespace, nowMs) ?? []);
    return { kind: 'hold', where: beyond?.where ?? 'cluster', againMs: this.#stops.nextEndMs() };
  }

  /** It was let go, or stopped within the window, as a stop that weighs as much as this one. */
  #isCounted(key: string, { asker }: Ask): boolean {
    const stop = this.#stops.get(key);
    return stop !== undefined && (asker === 'Platform' || stop.asker === asker);
  }

  /** What a team's policies once stopped counts for the team, whoever stops it again. */
  #countedAs(key: string, { asker }: Ask): Asker {
    return this.#stops.get(key)?.asker === 'Team' ? 'Team' : asker;
  }

  #gatherUntilMs({ asker }: Ask, { namespace, sinceMs = 0 }: Want, { nowMs, isSettled, isStarting }: Moment): number {
    if (isSettled) return nowMs;
    return sinceMs + gatherMs(this.#extents(asker, namespace, nowMs), this.rules, isStarting);
  }

  #extentBeyond(asker: Asker, namespace: string, nowMs: number): Extent | undefined {
    return this.#extents(asker, namespace, nowMs).find((extent) => !isWithin(extent, this.rules));
  }

  /** What the platform asks for is measured against what else the platform asks for: no team's wishes stand in its way. */
  #extents(asker: Asker, namespace: string, nowMs: number): readonly Extent[] {
    if (asker === 'Platform') return [this.#extent('cluster', 'Platform', nowMs)];
    return [this.#extent('namespace', `Team ${namespace}`, nowMs, namespace), this.#extent('cluster', 'all', nowMs)];
  }

  #extent(where: Extent['where'], group: Group, nowMs: number, namespace?: string): Extent {
    const population = namespace === undefined ? this.#namespaceOf.size : this.#populationOf(namespace);
    const stopped = namespace === undefined ? this.#stops.size : this.#stops.ofTeam(namespace);
    const wanting = this.#wants.count(group, nowMs, allowance(this.rules, population) - stopped);
    return { where, population, stopped, wanting };
  }

  #populationOf(namespace: string): number {
    return this.#populations.get(namespace) ?? 0;
  }

  #slideTo(nowMs: number): void {
    if (this.#stops.slideTo(nowMs)) this.#hasRoom = true;
  }
}
