// chaos/real: whoever uses the cluster, at the real API server: writes what the story says, and lets the model know what came of it.
import { isApiError, type KubeClient, type ResourceCoordinates } from '@dot-kube/operator';
import { WORKLOAD_KINDS } from '../../../src/api/workload-kinds.js';
import { clusterXrayPolicies, xrayExceptions, xrayPolicies } from '../../../src/api/v1alpha1/coordinates.js';
import type { Model } from '../model/model.js';
import { APPROVE, bodyOf, patchOf, SPOILT } from '../story/manifests.js';
import type { PolicyKey, PolicySpec, UsersStep, WorkloadKey } from '../story/world.js';

const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const never = new AbortController().signal;
const MANAGER = 'user';

export interface Watch {
  /** By the story's clock. */
  readonly nowMs: () => number;
  readonly msOf: (time: string) => number;
  readonly dateAfter: (ms: number) => Date;
}

export class RealUser {
  readonly #client: KubeClient;
  readonly #model: Model;
  readonly #watch: Watch;

  constructor(client: KubeClient, model: Model, watch: Watch) {
    this.#client = client;
    this.#model = model;
    this.#watch = watch;
  }

  async does(step: UsersStep): Promise<void> {
    try {
      await this.#does(step);
    } catch (error) {
      if (!isApiError(error, 'NotFound', 'AlreadyExists')) throw error; // it is gone, or there already, by another's hand
    }
  }

  async #does(step: UsersStep): Promise<void> {
    if ('workload' in step) return this.#changesWorkload(step);
    const { nowMs } = this.#watch;
    switch (step.do) {
      case 'label namespace': {
        const metadata = { name: step.namespace, labels: step.labels };
        await this.#apply(namespaces, { namespace: '', name: step.namespace }, { metadata });
        this.#model.setNamespace(step.namespace, step.labels, nowMs());
        return;
      }
      case 'put policy':
        await this.#apply(kindOf(step.key), step.key, { spec: step.spec });
        this.#model.setPolicy(step.key, step.spec, nowMs());
        return;
      case 'spoil policy':
        await this.#spoil(step.key);
        return;
      case 'approve policy':
        await this.#approve(step.key);
        return;
      case 'delete policy':
        await this.#client.delete(kindOf(step.key), step.key, {}, { signal: never });
        this.#model.setPolicy(step.key, undefined, nowMs());
        return;
      case 'put exception': {
        const expiresAt = `${this.#watch.dateAfter(step.lastsMs).toISOString().slice(0, 19)}Z`;
        const spec = { ...step.spec, expiresAt };
        const body = { ...typeOf(xrayExceptions), metadata: { name: step.name }, spec };
        const made = await this.#client.create<Made>(xrayExceptions, step.namespace, body, { signal: never });
        const createdMs = this.#watch.msOf(made.metadata.creationTimestamp);
        this.#model.setException(step, { spec, createdMs, expiresMs: this.#watch.msOf(expiresAt) }, nowMs());
        return;
      }
      case 'delete exception':
        await this.#client.delete(xrayExceptions, step, {}, { signal: never });
        this.#model.setException(step, undefined, nowMs());
    }
  }

  async #changesWorkload(step: Extract<UsersStep, { workload: WorkloadKey }>): Promise<void> {
    const { kind, namespace, name } = step.workload;
    const coordinates = WORKLOAD_KINDS[kind];
    if (step.do === 'create workload') {
      const body = { ...typeOf(coordinates), ...withName(bodyOf(step.workload), name) };
      await this.#client.create(coordinates, namespace, body, { signal: never, fieldManager: MANAGER });
    } else if (step.do === 'delete workload') {
      await this.#client.delete(coordinates, step.workload, { propagationPolicy: 'Background' }, { signal: never });
    } else {
      const body = patchOf(step);
      const patch = { type: 'merge', body, fieldManager: MANAGER } as const;
      if (body !== undefined) await this.#client.patch(coordinates, step.workload, patch, { signal: never });
    }
  }

  /** Nothing comes of it: the brake is off. */
  async #approve(key: PolicyKey): Promise<void> {
    const { metadata } = await this.#client.get<Valid>(kindOf(key), key, { signal: never });
    const body = { metadata: { annotations: { [APPROVE]: String(metadata.generation) } } };
    await this.#client.patch(kindOf(key), key, { type: 'merge', body, fieldManager: MANAGER }, { signal: never });
  }

  /** Only where the operator has written down what to go by meanwhile. */
  async #spoil(key: PolicyKey): Promise<void> {
    const policy = await this.#client.get<Valid>(kindOf(key), key, { signal: never });
    if (policy.status?.lastValid?.generation !== policy.metadata.generation) return;
    const body = { spec: { workloadSelector: { ...SPOILT, matchLabels: null } } };
    await this.#client.patch(kindOf(key), key, { type: 'merge', body, fieldManager: MANAGER }, { signal: never });
  }

  async #apply(
    coordinates: ResourceCoordinates,
    { namespace, name }: PolicyKey,
    fields: { readonly metadata?: object; readonly spec?: PolicySpec },
  ): Promise<void> {
    const metadata = { ...fields.metadata, name, ...(namespace === '' ? {} : { namespace }) };
    const body = { ...typeOf(coordinates), ...fields, metadata };
    const patch = { type: 'apply', body, fieldManager: MANAGER, force: true } as const;
    await this.#client.patch(coordinates, { namespace, name }, patch, { signal: never });
  }
}

interface Made {
  readonly metadata: { readonly creationTimestamp: string };
}

interface Valid {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly lastValid?: { readonly generation: number } };
}

function kindOf({ namespace }: PolicyKey): ResourceCoordinates {
  return namespace === '' ? clusterXrayPolicies : xrayPolicies;
}

function typeOf({ group, version, kind }: ResourceCoordinates): object {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

function withName(body: object & { readonly metadata?: object }, name: string): object {
  return { ...body, metadata: { ...body.metadata, name } };
}
