// controllers: says on a policy whether its messages arrive, in a condition that another field manager owns than the rest of the status.
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Kept, type Manager, parseKey, type Resource, type Result } from '@dot-kube/operator';
import { withCondition } from '@dot-kube/operator/conditions';
import type { Condition } from '../../api/v1alpha1/types.js';
import { clusterPolicies, NOTIFIED, policies } from '../../observe/resources.js';
import type { PolicyWithNotify, Receivers } from './receivers.js';

export const NOTIFY_FIELD_MANAGER = 'kubexray-notifications';

export class NotifiedConditions {
  readonly #manager: Manager;
  readonly #receivers: Receivers;
  readonly #clock: Clock;

  constructor(manager: Manager, receivers: Receivers, clock: Clock) {
    this.#manager = manager;
    this.#receivers = receivers;
    this.#clock = clock;
  }

  /** Writes the condition of a policy, where it differs. @param key kind and name */
  async say(key: string, signal: AbortSignal): Promise<Result> {
    return key.startsWith('XrayPolicy ')
      ? this.#sayOf(policies, key, signal)
      : this.#sayOf(clusterPolicies, key, signal);
  }

  async #sayOf<T extends Kept & PolicyWithNotify>(
    resource: Resource<T>,
    key: string,
    signal: AbortSignal,
  ): Promise<Result> {
    const policy = this.#manager.store(resource).get(parseKey(key.slice(key.indexOf(' ') + 1)));
    if (policy === undefined) return {};
    const before = policy.notified === undefined ? [] : [policy.notified];
    const next = this.#conditions(key, policy, before);
    if (isDeepStrictEqual(next, before)) return {};
    const writer = this.#manager.writer(NOTIFY_FIELD_MANAGER, signal);
    await writer.applyStatus(resource, policy, next.length === 0 ? {} : { conditions: next }, { uid: policy.uid });
    return {};
  }

  #conditions(key: string, { generation }: PolicyWithNotify, before: readonly Condition[]): readonly Condition[] {
    const receivers = this.#receivers.of(key);
    if (receivers.length === 0) return [];
    const bad = receivers.find(({ finding }) => finding !== undefined);
    if (bad?.finding === undefined && receivers.some(({ checkedAtMs }) => checkedAtMs === undefined)) return before;
    const said =
      bad?.finding === undefined
        ? { status: 'True' as const, reason: 'AllReachable', message: 'Nothing stands in the way of messages.' }
        : { status: 'False' as const, reason: bad.finding.reason, message: `${bad.name}: ${bad.finding.message}` };
    return withCondition(before, { type: NOTIFIED, ...said, observedGeneration: generation }, this.#clock.now());
  }
}
