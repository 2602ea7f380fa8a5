// chaos/simulated: whoever uses the cluster: writes what the story says, and lets the model know what came of it.
import { resultName } from '../../../src/report/result-name.js';
import type { Said, Workload } from '../model/invariants.js';
import { NOTE } from '../model/invariants.js';
import type { Model } from '../model/model.js';
import type { PolicyKey, PolicySpec, Step, WorkloadKey, WorkloadSpec } from '../story/world.js';
import { kinds, nameOf } from './cluster.js';
import { isObject, type JsonObject, parsed, type Stored } from './objects.js';
import type { Kind, Name, ObjectStore } from './store.js';
import type { SimulatedTime } from './time.js';

const custom = (kind: string, plural: string): Kind => ({ group: 'kubexray.io', version: 'v1alpha1', plural, kind });
const connections = custom('XrayConnection', 'xrayconnections');
const teamPolicies = custom('XrayPolicy', 'xraypolicies');
const clusterPolicies = custom('ClusterXrayPolicy', 'clusterxraypolicies');
const exceptions = custom('XrayException', 'xrayexceptions');
const results = custom('XrayScanResult', 'xrayscanresults');
const SPOILT = {
  matchExpressions: [
    { key: 'tier', operator: 'Exists' },
    { key: 'tier', operator: 'DoesNotExist' },
  ],
};

export type UsersStep = Extract<
  Step,
  {
    readonly do:
      | `${'put' | 'spoil' | 'delete'} policy`
      | `${'put' | 'delete'} exception`
      | `${'create' | 'delete' | 'label'} workload`
      | 'label namespace'
      | 'set image'
      | 'set replicas';
  }
>;

export class User {
  readonly #store: ObjectStore;
  readonly #model: Model;
  readonly #time: SimulatedTime;

  constructor(store: ObjectStore, model: Model, time: SimulatedTime) {
    this.#store = store;
    this.#model = model;
    this.#time = time;
  }

  connect(spec: JsonObject): void {
    this.#store.create(connections, { namespace: '', name: 'default' }, { spec }, 'user');
  }

  labelNamespace(name: string, labels: Readonly<Record<string, string>>): void {
    this.#put(kinds.namespace, { namespace: '', name }, { metadata: { labels } });
    this.#model.setNamespace(name, labels, this.#time.nowMs);
  }

  does(step: UsersStep): void {
    const { nowMs } = this.#time;
    switch (step.do) {
      case 'label namespace':
        this.labelNamespace(step.namespace, step.labels);
        return;
      case 'put policy':
        this.#put(policyKind(step.key), step.key, { spec: asJson(step.spec) });
        this.#model.setPolicy(step.key, step.spec, nowMs);
        return;
      case 'spoil policy':
        this.#spoil(step.key);
        return;
      case 'delete policy':
        this.#store.delete(policyKind(step.key), step.key, 'user');
        this.#model.setPolicy(step.key, undefined, nowMs);
        return;
      case 'put exception': {
        const expiresAt = `${new Date(this.#time.date().getTime() + step.lastsMs).toISOString().slice(0, 19)}Z`;
        const spec = { ...step.spec, expiresAt };
        const made = this.#store.create(exceptions, step, { spec: asJson(spec) }, 'user');
        if (!made.ok) return;
        const createdMs = this.#time.msOf(made.object.metadata.creationTimestamp);
        this.#model.setException(step, { spec, createdMs, expiresMs: this.#time.msOf(expiresAt) }, nowMs);
        return;
      }
      case 'delete exception':
        this.#store.delete(exceptions, step, 'user');
        this.#model.setException(step, undefined, nowMs);
        return;
      default:
        this.#changesWorkload(step);
    }
  }

  said(workload: Workload): Said | undefined {
    const { kind, namespace, name } = workload;
    const result = this.#store.get(results, { namespace, name: resultName({ apiVersion: 'apps/v1', kind, name }) });
    return result === undefined ? undefined : saidIn(result);
  }

  results(): readonly (Said & { readonly name: string })[] {
    return this.#store
      .list(results)
      .map((one) => ({ name: `${one.metadata.namespace ?? ''}/${one.metadata.name}`, ...saidIn(one) }));
  }

  #changesWorkload(step: Extract<UsersStep, { workload: WorkloadKey }>): void {
    const kind = workloadKind(step.workload);
    switch (step.do) {
      case 'create workload':
        this.#store.create(kind, keyOf(step.workload), bodyOf(step.workload), 'user');
        return;
      case 'set image':
        this.#store.merge(
          kind,
          keyOf(step.workload),
          inTemplate({ spec: { containers: [{ name: 'main', image: step.image }] } }),
          'user',
        );
        return;
      case 'set replicas':
        this.#store.merge(kind, keyOf(step.workload), { spec: { replicas: step.replicas } }, 'user');
        return;
      case 'label workload': {
        const labels = { extra: null, ...step.labels };
        this.#store.merge(kind, keyOf(step.workload), inTemplate({ metadata: { labels } }), 'user');
        return;
      }
      case 'delete workload':
        this.#store.delete(kind, keyOf(step.workload), 'user');
    }
  }

  /** Only where the operator has written down what to go by meanwhile: else nobody could know it after a restart. */
  #spoil(key: PolicyKey): void {
    const policy = this.#store.get(policyKind(key), key);
    if (policy === undefined) return;
    const { spec, status = {} } = policy;
    const lastValid = isObject(status['lastValid']) ? status['lastValid'] : {};
    if (JSON.stringify(lastValid['spec']) !== JSON.stringify(spec)) return;
    this.#put(policyKind(key), key, { spec: { ...spec, workloadSelector: SPOILT } });
  }

  #put(
    kind: Kind,
    name: Name,
    { metadata, spec }: { metadata?: { labels: Readonly<Record<string, string>> }; spec?: JsonObject },
  ): void {
    const whole = { ...(metadata === undefined ? {} : { metadata }), ...(spec === undefined ? {} : { spec }) };
    const made = this.#store.create(kind, name, whole, 'user');
    if (made.ok) return;
    this.#store.change(kind, name, {
      manager: 'user',
      next: (before) => ({
        ...before,
        ...(spec === undefined ? {} : { spec }),
        metadata: { ...before.metadata, ...metadata },
      }),
    });
  }
}

function policyKind({ namespace }: PolicyKey): Kind {
  return namespace === '' ? clusterPolicies : teamPolicies;
}

function workloadKind({ kind }: WorkloadKey): Kind {
  return kind === 'Deployment' ? kinds.deployment : kinds.statefulSet;
}

function keyOf({ namespace, name }: WorkloadKey): Name {
  return { namespace, name };
}

function asJson(spec: PolicySpec | object): JsonObject {
  return parsed<JsonObject>(JSON.stringify(spec));
}

function inTemplate(template: JsonObject): JsonObject {
  return { spec: { template } };
}

function bodyOf({ kind, name, labels, replicas, image, initImage, claims }: WorkloadSpec): object {
  const initContainers = initImage === undefined ? {} : { initContainers: [{ name: 'init', image: initImage }] };
  return {
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...(claims === undefined ? {} : { persistentVolumeClaimRetentionPolicy: claims }),
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { containers: [{ name: 'main', image }], ...initContainers },
      },
    },
  };
}

interface WireSpec {
  readonly replicas?: number;
  readonly persistentVolumeClaimRetentionPolicy?: { readonly whenScaled: string; readonly whenDeleted: string };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: Readonly<Record<'containers' | 'initContainers', readonly { readonly image: string }[] | undefined>>;
  };
}

export function workloadOf(object: Stored): Workload {
  const { replicas = 1, ...rest } = parsed<WireSpec>(JSON.stringify(object.spec));
  const { containers = [], initContainers = [] } = rest.template.spec;
  return {
    ...nameOf(object),
    uid: object.metadata.uid,
    kind: object.kind === 'Deployment' ? 'Deployment' : 'StatefulSet',
    labels: rest.template.metadata.labels,
    images: [...containers, ...initContainers].map(({ image }) => image),
    replicas,
    note: object.metadata.annotations?.[NOTE],
    claims: rest.persistentVolumeClaimRetentionPolicy ?? { whenScaled: 'Retain', whenDeleted: 'Retain' },
    rest: JSON.stringify(rest),
  };
}

function saidIn({ status = {} }: Stored): Said {
  const { verdict, action } = status;
  return {
    verdict: typeof verdict === 'string' ? verdict : undefined,
    action: typeof action === 'string' ? action : undefined,
  };
}
