// controllers: the policies of one kind, each compiled once for each of its generations, with the form that is in force.
import { effectivePolicy } from '../../evaluate/effective-policy.js';
import type { Compiled, Policy, PolicyKey } from '../../evaluate/policy.js';
import type { Change } from '../../evaluate/reach.js';

/** What is observed of a policy of either kind. */
export interface PolicyObject<S> extends PolicyKey {
  readonly uid: string;
  readonly generation: number;
  readonly spec: S;
  readonly status?: { readonly lastValid?: ValidSpec<S> };
}

export interface ValidSpec<S> {
  readonly generation: number;
  readonly spec: S;
}

export interface PolicyVersion<S> {
  readonly uid: string;
  readonly generation: number;
  readonly newest: Compiled;
  readonly inForce: Policy | undefined;
  /** The last spec that was valid. It is known here before it stands in the status. */
  readonly lastValid: ValidSpec<S> | undefined;
}

export class PolicyVersions<S> {
  readonly #compile: (key: PolicyKey, spec: S) => Compiled;
  readonly #versions = new Map<string, PolicyVersion<S>>();

  constructor(compile: (key: PolicyKey, spec: S) => Compiled) {
    this.#compile = compile;
  }

  get(key: PolicyKey): PolicyVersion<S> | undefined {
    return this.#versions.get(textOf(key));
  }

  inForce(): readonly Policy[] {
    return [...this.#versions.values()].flatMap((version) => version.inForce ?? []);
  }

  put(policy: PolicyObject<S>): Change<Policy> {
    const before = this.get(policy);
    const former = before?.uid === policy.uid ? before : undefined;
    if (former?.generation === policy.generation) return { before: former.inForce, now: former.inForce };
    const version = this.#version(policy, former);
    this.#versions.set(textOf(policy), version);
    return { before: before?.inForce, now: version.inForce };
  }

  remove(key: PolicyKey): Change<Policy> {
    const before = this.get(key);
    this.#versions.delete(textOf(key));
    return { before: before?.inForce, now: undefined };
  }

  #version(policy: PolicyObject<S>, former: PolicyVersion<S> | undefined): PolicyVersion<S> {
    const { uid, generation, spec, status } = policy;
    const valid = former?.lastValid ?? status?.lastValid;
    const { newest, inForce } = effectivePolicy((one: S) => this.#compile(policy, one), spec, valid?.spec);
    if (newest.ok) return { uid, generation, newest, inForce, lastValid: { generation, spec } };
    return { uid, generation, newest, inForce: former?.inForce ?? inForce, lastValid: valid };
  }
}

function textOf({ namespace, name }: PolicyKey): string {
  return `${namespace}/${name}`;
}
