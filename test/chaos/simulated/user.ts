// chaos/simulated: whoever uses the cluster: writes what the story says, and lets the model know what came of it.
import { resultName } from '../../../src/report/result/result-name.js';
import type { Said } from '../model/at-rest.js';
import type { Workload } from '../model/workload.js';
import { APPROVE, bodyOf, patchOf, saidIn, SPOILT, type WireWorkload, workloadOf } from '../story/manifests.js';
import type { Model } from '../model/model.js';
import {
  type PolicyKey,
  type PolicySpec,
  type UsersStep,
  type WorkloadKey,
  type WorkloadKind,
} from '../story/world.js';
import { kinds } from './cluster.js';
import { isObject, type JsonObject, parsedAs, type Stored } from './objects.js';
import type { Kind, Name, ObjectStore } from './store.js';
import type { SimulatedTime } from './time.js';

const custom = (kind: string, plural: string): Kind => ({ group: 'kubexray.io', version: 'v1alpha1', plural, kind });
const connections = custom('XrayConnection', 'xrayconnections');
const teamPolicies = custom('XrayPolicy', 'xraypolicies');
const clusterPolicies = custom('ClusterXrayPolicy', 'clusterxraypolicies');
const exceptions = custom('XrayException', 'xrayexceptions');
const results = custom('XrayScanResult', 'xrayscanresults');

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
    if ('workload' in step) {
      this.#changesWorkload(step);
      return;
    }
    const { nowMs } = this.#time;
    switch (step.do) {
      case 'label namespace':
        this.labelNamespace(step.namespace, step.labels);
        return;
      case 'put policy':
        this.#put(policyKind(step.key), step.key, { spec: asJson(step.spec) });
        this.#policyIs(step.key, step.spec);
        return;
      case 'approve policy':
        this.#approve(step.key);
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
    }
  }

  said(workload: Workload): Said | undefined {
    const { kind, namespace, name } = workload;
    const result = this.#store.get(results, { namespace, name: resultName({ apiVersion: 'v1', kind, name }) });
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
      case 'set replicas':
      case 'label workload': {
        const patch = patchOf(step);
        if (patch !== undefined) this.#store.merge(kind, keyOf(step.workload), asJson(patch), 'user');
        return;
      }
      case 'delete workload':
        this.#store.delete(kind, keyOf(step.workload), 'user');
    }
  }

  /** A policy that makes no sense can't be approved: an older form of it is in force. */
  #approve(key: PolicyKey): void {
    const policy = this.#store.get(policyKind(key), key);
    if (policy === undefined) return;
    const annotations = { [APPROVE]: String(policy.metadata.generation) };
    this.#store.merge(policyKind(key), key, { metadata: { annotations } }, 'user');
    const isSound = JSON.stringify(policy.spec?.['workloadSelector']) !== JSON.stringify(SPOILT);
    if (isSound) this.#policyIs(key, parsedAs<PolicySpec>(JSON.stringify(policy.spec)));
  }

  #policyIs(key: PolicyKey, spec: PolicySpec): void {
    const { generation, annotations = {} } = this.#store.get(policyKind(key), key)?.metadata ?? {};
    this.#model.setPolicy(key, { ...spec, isApproved: annotations[APPROVE] === String(generation) }, this.#time.nowMs);
  }

  /** Only where the operator has written down what to go by meanwhile: else nobody could know it after a restart. */
  #spoil(key: PolicyKey): void {
    const policy = this.#store.get(policyKind(key), key);
    if (policy === undefined) return;
    const { spec, status = {} } = policy;
    const lastValid = isObject(status['lastValid']) ? status['lastValid'] : {};
    if (JSON.stringify(lastValid['spec']) !== JSON.stringify(spec)) return;
    this.#put(policyKind(key), key, { spec: { ...spec, workloadSelector: SPOILT } });
    this.#policyIs(key, parsedAs<PolicySpec>(JSON.stringify(spec)));
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
  return KIND_OF[kind];
}

const KIND_OF: Readonly<Record<WorkloadKind, Kind>> = {
  Deployment: kinds.deployment,
  StatefulSet: kinds.statefulSet,
  DaemonSet: kinds.daemonSet,
  ReplicaSet: kinds.replicaSet,
  ReplicationController: kinds.replicationController,
  Job: kinds.job,
  CronJob: kinds.cronJob,
  Pod: kinds.pod,
};

/** Those objects of a kind that somebody made, and no controller. */
export function workloadsIn(store: ObjectStore): readonly Workload[] {
  return Object.values(KIND_OF).flatMap((kind) => store.list(kind).filter(isOwn).map(workloadIn));
}

export function isWorkload(kind: Kind, object: Stored): boolean {
  return Object.values(KIND_OF).some(({ plural }) => plural === kind.plural) && isOwn(object);
}

export function isResult({ plural }: Kind): boolean {
  return plural === results.plural;
}

/** A Job that a CronJob has made. */
export function isStartedJob({ plural }: Kind, object: Stored): boolean {
  return plural === 'jobs' && !isOwn(object);
}

function isOwn({ metadata }: Stored): boolean {
  return metadata.ownerReferences === undefined;
}

function keyOf({ namespace, name }: WorkloadKey): Name {
  return { namespace, name };
}

function asJson(spec: PolicySpec | object): JsonObject {
  return parsedAs<JsonObject>(JSON.stringify(spec));
}

export function workloadIn(object: Stored): Workload {
  return workloadOf(parsedAs<WireWorkload>(JSON.stringify(object)));
}
