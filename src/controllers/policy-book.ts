// controllers: the policies in force in a namespace, each compiled once for each of its versions.
import type { Store } from '@dot-kube/operator';
import type { XrayPolicy } from '../api/v1alpha1/types.js';
import { type EffectivePolicy, effectivePolicy } from '../evaluate/effective-policy.js';
import type { Policy } from '../evaluate/policy.js';
import type { ObservedObject } from '../observe/observed.js';

export type ObservedPolicy = ObservedObject & XrayPolicy;

export class PolicyBook {
  readonly #store: Store<ObservedPolicy>;
  // A store hands out the same object until it changes, so the object itself is the key to its compiled form.
  readonly #compiled = new WeakMap<ObservedPolicy, EffectivePolicy>();

  constructor(store: Store<ObservedPolicy>) {
    this.#store = store;
  }

  inForceIn(namespace: string): readonly Policy[] {
    return this.#store.list(namespace).flatMap((policy) => this.effective(policy).inForce ?? []);
  }

  effective(policy: ObservedPolicy): EffectivePolicy {
    const known = this.#compiled.get(policy);
    if (known !== undefined) return known;
    const compiled = effectivePolicy(`${policy.namespace}/${policy.name}`, policy.spec, policy.status?.lastValid);
    this.#compiled.set(policy, compiled);
    return compiled;
  }
}
