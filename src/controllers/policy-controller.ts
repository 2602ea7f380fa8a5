// controllers: says of each policy whether it can be judged by, and keeps its last valid form.
import { isDeepStrictEqual } from 'node:util';
import type { Clock, EventRecorder, KubeClient, Result, Store } from '@dot-kube/operator';
import { withCondition } from '@dot-kube/operator/conditions';
import { API_VERSION, xrayPolicies } from '../api/v1alpha1/coordinates.js';
import type { XrayPolicyStatus } from '../api/v1alpha1/types.js';
import { policyReadiness } from '../report/policy-readiness.js';
import type { ObservedPolicy, PolicyBook } from './policy-book.js';

export interface PolicyPorts {
  readonly store: Store<ObservedPolicy>;
  readonly policies: PolicyBook;
  readonly client: Pick<KubeClient, 'patch'>;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

export function policyReconciler(ports: PolicyPorts): (key: string, pass: { signal: AbortSignal }) => Promise<Result> {
  const { store, policies, client, events, clock } = ports;
  return async (key, { signal }) => {
    const [namespace = '', name = ''] = key.split('/');
    const policy = store.get({ namespace, name });
    if (policy === undefined) return {};

    const { generation, uid } = policy;
    const { newest } = policies.effective(policy);
    const { condition, event } = policyReadiness(newest, policy.status?.lastValid !== undefined);
    const status = statusOf(policy, newest.ok, condition, clock.now());
    if (isDeepStrictEqual(policy.status, status)) return {};
    if (event !== undefined) {
      const regarding = { apiVersion: API_VERSION, kind: xrayPolicies.kind, namespace, name, uid };
      await events.record({ regarding, ...event, once: String(generation) }, signal);
    }
    const body = { apiVersion: API_VERSION, kind: xrayPolicies.kind, metadata: { namespace, name, uid }, status };
    const patch = {
      type: 'apply',
      body,
      subresource: 'status',
      fieldManager: 'kubexray-operator',
      force: true,
    } as const;
    await client.patch(xrayPolicies, { namespace, name }, patch, { signal });
    return {};
  };
}

function statusOf(
  { generation, spec, status: before }: ObservedPolicy,
  isValid: boolean,
  condition: ReturnType<typeof policyReadiness>['condition'],
  now: Date,
): XrayPolicyStatus {
  const lastValid = isValid ? { generation, spec } : before?.lastValid;
  return {
    observedGeneration: generation,
    conditions: withCondition(before?.conditions ?? [], { ...condition, observedGeneration: generation }, now),
    ...(lastValid === undefined ? {} : { lastValid }),
  };
}
