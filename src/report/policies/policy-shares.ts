// report: what one judged workload means for each policy and exception that had a say in it; summed up by the ledger.
import type { Judgement } from '../../evaluate/verdict.js';
import { isDue, type Violation } from '../../evaluate/violation.js';
import { BRAKE_ENGAGED } from '../result/held-reasons.js';
import type { Standing } from '../result/standing.js';

export interface PolicyShare {
  readonly violating: boolean;
  readonly stopped: boolean;
  readonly held: boolean;
  /** Held by the brake, until the policy is approved. */
  readonly braked: boolean;
  readonly waived: boolean;
}

export interface ExceptionShare {
  /** How many violations it waives. */
  readonly waives: number;
  /** How many it names and may not waive, and why not one of them. */
  readonly refused: number;
  readonly refusal?: string;
}

export interface Shares {
  /** By the name that a policy is shown with. */
  readonly policies: ReadonlyMap<string, PolicyShare>;
  /** By `namespace/name`. */
  readonly exceptions: ReadonlyMap<string, ExceptionShare>;
}

/** Of a standing, what counts here. */
type Stands = Pick<Standing, 'kind'> & { readonly reason?: string };

export function sharesOf(judgement: Judgement, standing: Stands, now: Date): Shares {
  const { applied, violations, waived } = judgement;
  const violating = new Set<string>();
  const stopping = new Set<string>();
  for (const violation of violations) {
    violating.add(violation.policy);
    if (wantsItStopped(violation, now)) stopping.add(violation.policy);
  }
  const waivedOf = new Set(waived.map(({ policy }) => policy));
  const isStopped = standing.kind === 'stopped' || standing.kind === 'deleted';
  const isHeld = standing.kind === 'held';
  const isBraked = isHeld && standing.reason === BRAKE_ENGAGED;
  const policies = applied
    .filter(({ holds }) => holds.length > 0)
    .map(({ policy: { name } }): [string, PolicyShare] => [
      name,
      {
        violating: violating.has(name),
        stopped: isStopped && stopping.has(name),
        held: isHeld && stopping.has(name),
        braked: isBraked && stopping.has(name),
        waived: waivedOf.has(name),
      },
    ]);
  return { policies: new Map(policies), exceptions: exceptionShares(judgement) };
}

function wantsItStopped(violation: Violation, now: Date): boolean {
  return violation.mode === 'Enforce' && violation.asks !== 'Ignore' && isDue(violation, now);
}

const NO_SHARES: Shares['exceptions'] = new Map();

function exceptionShares({ violations, waived }: Judgement): Shares['exceptions'] {
  const shares = new Map<string, ExceptionShare>();
  const add = (name: string, more: ExceptionShare): void => {
    const before = shares.get(name) ?? { waives: 0, refused: 0 };
    shares.set(name, {
      ...before,
      ...more,
      waives: before.waives + more.waives,
      refused: before.refused + more.refused,
    });
  };
  for (const { waivedBy } of waived) for (const exception of waivedBy) add(exception, { waives: 1, refused: 0 });
  for (const list of [violations, waived])
    for (const { refusedWaivers } of list)
      for (const { exception, message } of refusedWaivers) add(exception, { waives: 0, refused: 1, refusal: message });
  return shares.size === 0 ? NO_SHARES : shares; // most workloads have none, and each of them is kept
}
