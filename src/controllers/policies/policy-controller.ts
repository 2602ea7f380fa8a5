// controllers: says of each policy, of either kind, whether it can be judged by and what it does now, and keeps its last
// valid form. Written at most once in a few seconds, however much happens.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, Resource, Result, Store, Writer } from '@dot-kube/operator';
import { API_VERSION } from '../../api/v1alpha1/coordinates.js';
import { type Overridden, overriddenBy } from '../../evaluate/floor.js';
import type { Policy } from '../../evaluate/policy.js';
import type { ObservedObject } from '../../observe/observed.js';
import { brakeEvent } from '../../report/policies/brake-condition.js';
import type { PolicyLedger } from '../../report/policies/policy-ledger.js';
import { type PolicyReadiness, policyReadiness } from '../../report/policies/policy-readiness.js';
import { evaluatedWaitMs, type PolicyStatus, policyStatus } from '../../report/policies/policy-status.js';
import { WriteThrottle } from '../../report/write-throttle.js';
import type { PolicyVersion, PolicyVersions } from './policy-versions.js';

const MIN_BETWEEN_WRITES_MS = 3_000;

type ObservedOf<S> = ObservedObject & {
  readonly spec: S;
  readonly status?: PolicyStatus<S>;
  readonly approve?: string;
};

export interface PolicyPorts<S> {
  readonly resource: Resource<ObservedOf<S>>;
  readonly store: Pick<Store<ObservedOf<S>>, 'get'>;
  readonly versions: Pick<PolicyVersions<S>, 'get'>;
  /** Where a floor is stricter; none for the floor itself. */
  readonly floorsOf: (namespace: string) => readonly Policy[];
  readonly ledger: PolicyLedger;
  readonly writer: (signal: AbortSignal) => Pick<Writer, 'applyStatus'>;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

export class PolicyController<S> {
  readonly #ports: PolicyPorts<S>;
  readonly #throttle = new WriteThrottle(MIN_BETWEEN_WRITES_MS);

  constructor(ports: PolicyPorts<S>) {
    this.#ports = ports;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const { store, versions, clock } = this.#ports;
    const [namespace = '', name = ''] = key.includes('/') ? key.split('/') : ['', key];
    const policy = store.get({ namespace, name });
    const version = versions.get({ namespace, name });
    if (policy === undefined || version === undefined) {
      this.#throttle.forget(key);
      return {};
    }
    const readiness = this.#readiness(policy, version);
    const status = this.#status(policy, version, readiness);
    if (isDeepStrictEqual(policy.status, status)) return {};
    const waitMs = Math.max(this.#throttle.waitMs(key, clock.monotonicMs()), this.#lastEvaluatedWaitMs(policy, status));
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    this.#throttle.wrote(key, clock.monotonicMs());
    await this.#write(policy, status, readiness, signal);
    return {};
  }

  #readiness({ namespace }: ObservedOf<S>, { newest, inForce }: PolicyVersion<S>): PolicyReadiness {
    const overridden: readonly Overridden[] =
      inForce === undefined ? [] : overriddenBy(inForce, this.#ports.floorsOf(namespace));
    return policyReadiness({ newest, hasValidForm: inForce !== undefined, overridden });
  }

  #status(policy: ObservedOf<S>, { newest, lastValid }: PolicyVersion<S>, readiness: PolicyReadiness): PolicyStatus<S> {
    const { ledger, clock } = this.#ports;
    const { generation, namespace, name, approve, status: previous } = policy;
    const shown = namespace === '' ? name : `${namespace}/${name}`;
    const tally = ledger.isSettled ? ledger.policy(shown) : undefined;
    const ofPolicy = { policy: shown, generation, approve, isInForce: newest.ok, previous };
    return policyStatus({ ...ofPolicy, readiness, lastValid, tally, now: clock.now() });
  }

  /** That a policy was evaluated again is news only once in a while. */
  #lastEvaluatedWaitMs({ status: previous }: ObservedOf<S>, { lastEvaluated, ...next }: PolicyStatus<S>): number {
    const { lastEvaluated: before, ...others } = previous ?? {};
    return isDeepStrictEqual(others, next) && before !== lastEvaluated
      ? evaluatedWaitMs(before, this.#ports.clock.now())
      : 0;
  }

  async #write(
    policy: ObservedOf<S>,
    status: PolicyStatus<S>,
    { event }: PolicyReadiness,
    signal: AbortSignal,
  ): Promise<void> {
    const { resource, writer, events } = this.#ports;
    const { namespace, name, uid, generation } = policy;
    const regarding = { apiVersion: API_VERSION, kind: resource.coordinates.kind, namespace, name, uid };
    if (event !== undefined) await events.record({ regarding, ...event, once: String(generation) }, signal);
    const held = brakeEvent(policy.status?.conditions, status.conditions);
    if (held !== undefined) await events.record({ regarding, ...held }, signal);
    await writer(signal).applyStatus(resource, policy, status, { uid });
  }
}
