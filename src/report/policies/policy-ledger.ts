// report: how many workloads each policy and exception has to do with, kept up workload by workload: nothing is ever counted
// anew. Fed with the shares of each pass, read by the status of policies and exceptions.
import type { PolicyWorkloads } from '../../api/v1alpha1/types.js';
import type { ExceptionShare, PolicyShare, Shares } from './policy-shares.js';

export interface PolicyTally {
  readonly workloads: PolicyWorkloads;
  /** Of those held, those that the brake holds until the policy is approved. */
  readonly braked: number;
  readonly lastEvaluated: Date | undefined;
}

export interface ExceptionTally {
  readonly workloads: number;
  readonly violations: number;
  readonly refused: number;
  /** Why one of them is refused. */
  readonly refusal: string | undefined;
}

/** Whose tallies a pass has changed. */
export interface Touched {
  readonly policies: ReadonlySet<string>;
  readonly exceptions: ReadonlySet<string>;
}

type Counts = Record<keyof PolicyWorkloads | 'braked', number>;

const NONE: Readonly<Counts> = { selected: 0, violating: 0, stopped: 0, held: 0, braked: 0, waived: 0 };

const NOTHING: Shares = { policies: new Map(), exceptions: new Map() };

export class PolicyLedger {
  readonly #noted = new Map<string, Shares>();
  readonly #counts = new Map<string, Counts>();
  readonly #evaluated = new Map<string, Date>();
  readonly #exceptions = new Map<string, Map<string, ExceptionShare>>();
  #awaited: Set<string> | undefined;

  /** Whether every workload that was there at the start has been judged: before that, counts would be too low. */
  get isSettled(): boolean {
    return this.#awaited?.size === 0;
  }

  get isExpecting(): boolean {
    return this.#awaited !== undefined;
  }

  /** Says which workloads there are at the start. */
  expect(keys: Iterable<string>): void {
    this.#awaited = new Set([...keys].filter((key) => !this.#noted.has(key)));
  }

  note(key: string, shares: Shares, now: Date): Touched {
    const before = this.#noted.get(key) ?? NOTHING;
    this.#noted.set(key, shares);
    this.#awaited?.delete(key);
    for (const name of shares.policies.keys()) this.#evaluated.set(name, now);
    return this.#replace(key, before, shares);
  }

  /** The workload is no more. */
  forget(key: string): Touched {
    const before = this.#noted.get(key) ?? NOTHING;
    this.#noted.delete(key);
    this.#awaited?.delete(key);
    return this.#replace(key, before, NOTHING);
  }

  policy(name: string): PolicyTally {
    const { braked, ...workloads } = this.#counts.get(name) ?? NONE;
    return { workloads, braked, lastEvaluated: this.#evaluated.get(name) };
  }

  exception(name: string): ExceptionTally {
    const shares = [...(this.#exceptions.get(name)?.values() ?? [])];
    return {
      workloads: shares.filter(({ waives }) => waives > 0).length,
      violations: shares.reduce((sum, { waives }) => sum + waives, 0),
      refused: shares.reduce((sum, { refused }) => sum + refused, 0),
      refusal: shares.find(({ refusal }) => refusal !== undefined)?.refusal,
    };
  }

  /** The policy is no more. */
  forgetPolicy(name: string): void {
    this.#evaluated.delete(name);
  }

  #replace(key: string, before: Shares, now: Shares): Touched {
    for (const [name, share] of before.policies) this.#count(name, share, -1);
    for (const [name, share] of now.policies) this.#count(name, share, 1);
    for (const name of before.exceptions.keys()) this.#exceptions.get(name)?.delete(key);
    for (const [name, share] of now.exceptions) {
      const shares = this.#exceptions.get(name) ?? new Map<string, ExceptionShare>();
      this.#exceptions.set(name, shares.set(key, share));
    }
    for (const name of before.exceptions.keys())
      if (this.#exceptions.get(name)?.size === 0) this.#exceptions.delete(name);
    return {
      policies: new Set([...before.policies.keys(), ...now.policies.keys()]),
      exceptions: new Set([...before.exceptions.keys(), ...now.exceptions.keys()]),
    };
  }

  #count(name: string, { violating, stopped, held, braked, waived }: PolicyShare, by: 1 | -1): void {
    const counts = this.#counts.get(name) ?? { ...NONE };
    counts.selected += by;
    if (violating) counts.violating += by;
    if (stopped) counts.stopped += by;
    if (held) counts.held += by;
    if (braked) counts.braked += by;
    if (waived) counts.waived += by;
    if (counts.selected === 0) this.#counts.delete(name);
    else this.#counts.set(name, counts);
  }
}
