// controllers: keeps the brake for the pass of each workload: what it has to be told, when all that was due has been judged, and
// who is to be looked at again. The brake itself (plan/brake.ts) only reckons.
import type { Clock, Logger } from '@dot-kube/operator';
import type { Asker, CountedStop, Enforcement } from '../../api/v1alpha1/types.js';
import type { Judgement } from '../../evaluate/verdict.js';
import { Brake, type Moment, type Ruling } from '../../plan/brake.js';
import { comingOf, couldBeStopped, type Options, optionsOf, type PlanFor } from '../../plan/brake-asks.js';
import type { BrakeRules } from '../../plan/brake-limit.js';
import { type Owed, type Rate, takeTurn } from '../../plan/brake-rate.js';
import type { Plan } from '../../plan/plan.js';
import type { Refused } from '../../plan/refusal.js';
import { brakeObstacle, limitsText, turnObstacle } from '../../report/brake-wording.js';
import type { Obstacle } from '../../report/result/standing.js';
import type { Approvals } from '../policies/approvals.js';

/** A stop that a result tells of. */
export interface RecordedStop {
  readonly key: string;
  readonly namespace: string;
  readonly counted: CountedStop;
}

export interface BrakePorts {
  readonly rules: BrakeRules;
  readonly rate: Rate;
  readonly clock: Clock;
  readonly log: Logger | undefined;
  /** Has a figure read when somebody scrapes. */
  readonly measure: (name: string, help: string, read: () => number) => void;
  readonly approvals: Pick<Approvals, 'isApproved' | 'approvable'>;
  /** How many workloads are due to be judged, and have neither asked nor turned out to have nothing to ask for. */
  readonly undecided: () => number;
  /** All workloads that are there at the start. */
  readonly workloads: () => Iterable<string>;
  /** All that the results tell of. */
  readonly recorded: () => Iterable<RecordedStop>;
  readonly judgeAgain: (key: string) => void;
}

export interface BrakeQuestion {
  readonly key: string;
  readonly namespace: string;
  readonly judgement: Judgement;
  readonly planFor: PlanFor;
  /** It stands still, whoever did that. */
  readonly isAtRest: boolean;
  /** Stops and rollbacks that the notes on it tell of, and its result does not, the oldest first. */
  readonly carriedOut: readonly Pick<Enforcement, 'counted'>[];
  readonly now: Date;
}

export type Leave =
  /** `counted`: of a new stop that nobody approved; `againMs`: something stricter is asked for, and held; `refused`: and refused. */
  | {
      readonly kind: 'go';
      readonly plan: Plan;
      readonly counted?: Asker;
      readonly againMs?: number;
      readonly refused?: Refused;
    }
  /** Say nothing yet. */
  | { readonly kind: 'gather'; readonly waitMs: number }
  | { readonly kind: 'hold'; readonly obstacle: Obstacle; readonly againMs?: number };

const LONGEST_START_MS = 300_000;
const SHORTEST_LOOK_MS = 60_000; // at a window that moves on
const SHORT_TURN_MS = 2_000; // not worth two writes

export class BrakeKeeper {
  readonly #ports: BrakePorts;
  readonly #brake: Brake;
  /** Not judged since the start; undefined before the first pass. */
  #awaited: Set<string> | undefined;
  #startedMs = 0;
  #owed: Owed = 0;
  readonly #turns = new Map<string, number>();
  readonly #held = new Set<string>();
  #toldHeld = false;

  constructor(ports: BrakePorts) {
    this.#ports = ports;
    this.#brake = new Brake(ports.rules);
    this.#measure();
  }

  /** Whether the planned change of a workload may be made. */
  ask({ key, namespace, judgement, planFor, isAtRest, carriedOut, now }: BrakeQuestion): Leave {
    this.#begin(key);
    if (couldBeStopped(planFor, isAtRest)) this.#brake.counts(key, namespace);
    else this.#brake.countsNoMore(key);

    const isApproved = (policy: string): boolean => this.#ports.approvals.isApproved(policy);
    const options = optionsOf(judgement, planFor, isApproved, now);
    if (options.newStops.length === 0) {
      for (const act of carriedOut) this.#carriedOut(key, namespace, act);
      const coming = comingOf(judgement, planFor, isApproved, now);
      this.#withdraw(key, coming === undefined ? undefined : { ...coming, namespace });
      return { kind: 'go', plan: options.otherwise ?? planFor(judgement.demand), ...refusedOf(options) };
    }
    const asks = options.newStops.map(({ ask }) => ask);
    const ruling = this.#brake.rule(key, namespace, asks, this.#moment(now));
    const leave = this.#leave(key, ruling, options, now);
    if (leave.kind === 'hold' && ruling.kind === 'hold') this.#held.add(key);
    else this.#held.delete(key);
    this.#settle(now);
    return leave;
  }

  /** Its record comes only at the end of the pass, and meanwhile others would be let go. */
  #carriedOut(key: string, namespace: string, act: Pick<Enforcement, 'counted'>): void {
    if (!this.#brake.carriedOut(key)) this.done(key, namespace, act);
  }

  /** What came of the pass: what stands in the result is what counts, now and after a restart. */
  done(key: string, namespace: string, { counted }: Pick<Enforcement, 'counted'>): void {
    if (counted === undefined) return;
    const atMs = Date.parse(counted.at);
    if (Number.isNaN(atMs)) return;
    this.#brake.stopped(key, { namespace, asker: counted.asker, atMs }, this.#ports.clock.now().getTime());
  }

  /** A pass has ended: those that wait for others may have waited for it, if it had nothing to ask for. */
  passed(): void {
    this.#settle(this.#ports.clock.now());
  }

  /** The workload is no more. */
  gone(key: string): void {
    this.#begin(key);
    this.#brake.countsNoMore(key);
    this.#withdraw(key);
  }

  approvalChanged(policy: string): void {
    for (const key of this.#brake.askedBy(policy)) this.#ports.judgeAgain(key);
    for (const key of this.#turns.keys()) this.#ports.judgeAgain(key);
  }

  #begin(key: string): void {
    if (this.#awaited === undefined) {
      const { workloads, recorded, clock } = this.#ports;
      this.#awaited = new Set(workloads());
      this.#startedMs = clock.monotonicMs();
      const stops = [...recorded()].map(({ counted, ...where }) => ({ ...where, counted, at: Date.parse(counted.at) }));
      for (const stop of stops.sort((a, b) => a.at - b.at)) this.done(stop.key, stop.namespace, stop);
    }
    this.#awaited.delete(key);
  }

  #withdraw(key: string, coming?: Parameters<Brake['withdraw']>[1]): void {
    this.#brake.withdraw(key, coming);
    this.#turns.delete(key);
    this.#held.delete(key);
    this.#settle(this.#ports.clock.now());
  }

  #moment(now: Date): Moment {
    const { clock, undecided } = this.#ports;
    const isStarting = (this.#awaited?.size ?? 0) > 0 && clock.monotonicMs() - this.#startedMs < LONGEST_START_MS;
    return { nowMs: now.getTime(), isStarting, isSettled: !isStarting && undecided() === 0 };
  }

  #settle(now: Date): void {
    if (!this.#moment(now).isSettled) return;
    for (const key of this.#brake.settle(now.getTime())) this.#ports.judgeAgain(key);
    this.#tell();
  }

  #leave(key: string, ruling: Ruling, options: Options, now: Date): Leave {
    const { newStops, otherwise } = options;
    const again = this.#againOf(ruling, now);
    switch (ruling.kind) {
      case 'gather':
        return ruling;
      case 'hold': {
        if (otherwise !== undefined) return { kind: 'go', plan: otherwise, ...again, ...refusedOf(options) };
        const asking = [...new Set(newStops.flatMap(({ ask }) => ask.policies))].sort();
        const approvable = asking.map((policy) => this.#ports.approvals.approvable(policy));
        return { kind: 'hold', obstacle: brakeObstacle(ruling.where, this.#ports.rules, approvable), ...again };
      }
      case 'go': {
        const plan = newStops.find(({ ask }) => ask.action === ruling.action)?.plan ?? { kind: 'nothing' };
        const counted = ruling.counted === undefined ? {} : { counted: ruling.counted };
        return this.#turnOf(key, now) ?? { kind: 'go', plan, ...counted, ...refusedOf(options) };
      }
    }
  }

  #againOf(ruling: Ruling, now: Date): { againMs?: number } {
    if (ruling.kind !== 'hold' || ruling.againMs === undefined) return {};
    return { againMs: Math.max(SHORTEST_LOOK_MS, ruling.againMs - now.getTime()) };
  }

  /** @returns undefined once it is its turn */
  #turnOf(key: string, now: Date): Leave | undefined {
    const nowMs = now.getTime();
    let turnMs = this.#turns.get(key);
    if (turnMs === undefined) {
      const turn = takeTurn(this.#owed, nowMs, this.#ports.rate);
      this.#owed = turn.owed;
      turnMs = turn.turnMs;
    }
    const waitMs = turnMs - nowMs;
    if (waitMs <= 0) {
      this.#turns.delete(key);
      return undefined;
    }
    this.#turns.set(key, turnMs);
    if (waitMs < SHORT_TURN_MS) return { kind: 'gather', waitMs };
    return { kind: 'hold', obstacle: turnObstacle(this.#ports.rate), againMs: waitMs };
  }

  /** Once each time that it comes to hold something, and once that it holds nothing any more. */
  #tell(): void {
    const holds = this.#held.size > 0;
    if (holds === this.#toldHeld) return;
    this.#toldHeld = holds;
    const { log, rules } = this.#ports;
    if (holds)
      log?.warn(
        `the brake holds ${this.#held.size} workloads that are to be stopped ${limitsText(rules)}: approve the policies that say so, see kubectl get xpol,cxpol -A -o wide`,
      );
    else log?.info('the brake holds nothing any more');
  }

  #measure(): void {
    const { measure, clock } = this.#ports;
    const cluster = () => this.#brake.cluster(clock.now().getTime());
    measure('kubexray_brake_held', 'Workloads that the brake holds until a policy is approved.', () => this.#held.size);
    measure(
      'kubexray_brake_newly_stopped',
      'Workloads that were newly stopped within the window without approval.',
      () => cluster().stopped,
    );
    measure('kubexray_brake_stoppable', 'Workloads that could be stopped, or are.', () => cluster().population);
    measure(
      'kubexray_enforcement_waiting',
      'Workloads that wait for their turn to be stopped.',
      () => this.#turns.size,
    );
  }
}

function refusedOf({ refused }: Options): { refused?: Refused } {
  return refused === undefined ? {} : { refused };
}
