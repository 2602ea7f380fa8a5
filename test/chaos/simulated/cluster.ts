// chaos/simulated: plays the controllers and kubelets: pods of each workload by its template and replicas, rollouts in steps, digests
// that are there only once an image is pulled. Each step is a write of its own, some time after what caused it.
import { digestOf } from '../../cluster/digest.js';
import { controllerRevisions, keepRevision } from './controller-revisions.js';
import type { Random } from '../story/random.js';
import { isObject, type JsonObject, type Meta, type OwnerReference, type Stored } from './objects.js';
import type { HistoryEvent, Kind, Name, ObjectStore } from './store.js';
import type { SimulatedTime } from './time.js';

export const kinds = {
  pod: { group: '', version: 'v1', plural: 'pods', kind: 'Pod' },
  namespace: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' },
  secret: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' },
  node: { group: '', version: 'v1', plural: 'nodes', kind: 'Node' },
  deployment: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' },
  statefulSet: { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet' },
  daemonSet: { group: 'apps', version: 'v1', plural: 'daemonsets', kind: 'DaemonSet' },
  replicationController: { group: '', version: 'v1', plural: 'replicationcontrollers', kind: 'ReplicationController' },
  cronJob: { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob' },
  job: { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' },
  replicaSet: { group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet' },
} as const satisfies Readonly<Record<string, Kind>>;

const REVISION = 'deployment.kubernetes.io/revision';
const HASH = 'controller-revision-hash';
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const POD_GENERATION = 'pod-template-generation';
/** Whoever has a controller here, by its plural. */
const CONTROLLED: ReadonlyMap<string, Kind> = new Map(
  [kinds.deployment, kinds.statefulSet, kinds.daemonSet, kinds.replicationController, kinds.job, kinds.replicaSet].map(
    (kind) => [kind.plural, kind],
  ),
);
const CONTROLLER = 'kube-controller-manager';
const KUBELET = 'kubelet';
const LONGEST_STEP_MS = 150;
const LONGEST_PULL_MS = 1_500;

interface Desired {
  readonly owner: Stored;
  readonly template: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

export class Controllers {
  readonly #store: ObjectStore;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #due = new Set<string>();
  #pods = 0;

  constructor(store: ObjectStore, time: SimulatedTime, random: Random) {
    this.#store = store;
    this.#time = time;
    this.#random = random;
    store.onChange((event) => {
      this.#heard(event);
    });
  }

  #heard({ kind, type, object }: HistoryEvent): void {
    if (type === 'DELETED') this.#collect(object);
    const name = nameOf(object);
    const isControlled = object.metadata.ownerReferences === undefined || kind.plural === 'jobs'; // those of a CronJob, too
    if (CONTROLLED.has(kind.plural) && isControlled) this.#later(kind, name);
    if (kind.plural !== 'pods') return;
    if (type === 'ADDED') this.#pull(name);
    const owner = object.metadata.ownerReferences?.[0];
    if (type === 'DELETED' && owner !== undefined) this.#laterByOwner(name.namespace, owner);
  }

  #laterByOwner(namespace: string, { kind, name }: OwnerReference): void {
    const owner = kind === 'ReplicaSet' ? this.#deploymentOf(namespace, name) : undefined;
    const controlled = [...CONTROLLED.values()].find((one) => one.kind === kind);
    if (owner !== undefined) this.#later(kinds.deployment, { namespace, name: owner.name });
    else if (controlled !== undefined) this.#later(controlled, { namespace, name });
  }

  #deploymentOf(namespace: string, name: string): OwnerReference | undefined {
    return this.#store.get(kinds.replicaSet, { namespace, name })?.metadata.ownerReferences?.[0];
  }

  /** A controller looks at a workload some time after it changed, once for all changes until then. */
  #later(kind: Kind, name: Name): void {
    const key = `${kind.plural} ${name.namespace}/${name.name}`;
    if (this.#due.has(key)) return;
    this.#due.add(key);
    this.#time.after(this.#random.between(1, LONGEST_STEP_MS), () => {
      this.#due.delete(key);
      const object = this.#store.get(kind, name);
      if (object === undefined) return;
      this.#look(kind, object);
    });
  }

  #look(kind: Kind, object: Stored): void {
    switch (kind.plural) {
      case 'deployments':
        this.#deployment(object);
        return;
      case 'statefulsets':
        this.#statefulSet(object);
        return;
      case 'daemonsets': {
        const revision = object.metadata.annotations?.[TEMPLATE_GENERATION] ?? '';
        this.#rolling(kind, object, { label: POD_GENERATION, revision });
        return;
      }
      default:
        this.#plain(kind, object);
    }
  }

  /** A kind that never replaces a pod by one of another template. */
  #plain(kind: Kind, object: Stored): void {
    const { template, replicas } = wishOf(object);
    if (hasEnded(object)) return;
    const isSuspended = object.spec?.['suspend'] === true;
    const conditions = [{ type: 'Suspended', status: isSuspended ? 'True' : 'False' }];
    this.#observed(kind, object, kind.plural === 'jobs' ? { conditions } : {});
    if (!this.#fit({ owner: object, template, labels: {}, count: isSuspended ? 0 : replicas }))
      this.#later(kind, nameOf(object));
  }

  #deployment(deployment: Stored): void {
    const { template, replicas } = wishOf(deployment);
    const sets = this.#store
      .list(kinds.replicaSet, deployment.metadata.namespace)
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === deployment.metadata.uid);
    const current = sets.find(({ spec }) => JSON.stringify(spec?.['template']) === JSON.stringify(template));
    const newest = Math.max(0, ...sets.map(revisionOf));
    if (current === undefined) {
      const name = { ...nameOf(deployment), name: `${deployment.metadata.name}-${newest + 1}` };
      const metadata = {
        ownerReferences: [ownerReference(deployment)],
        annotations: { [REVISION]: String(newest + 1) },
      };
      this.#store.create(kinds.replicaSet, name, { metadata, spec: { template } }, CONTROLLER);
      this.#later(kinds.deployment, nameOf(deployment));
      return;
    }
    if (revisionOf(current) < newest) this.#annotate(kinds.replicaSet, current, { [REVISION]: String(newest + 1) });
    const revision = String(Math.max(newest + (revisionOf(current) < newest ? 1 : 0), 1));
    this.#annotate(kinds.deployment, deployment, { [REVISION]: revision });
    this.#observed(kinds.deployment, deployment, {});
    const isDone = this.#fit({ owner: current, template, labels: {}, count: replicas });
    const older = sets.filter((set) => set !== current).flatMap((set) => this.#podsOf(set));
    // A rollout takes the old pods away one by one, and not before the new ones run.
    if (older.length > 0 && (isDone || replicas === 0)) this.#remove(older[0]);
    if (older.length > 0 || !isDone) this.#later(kinds.deployment, nameOf(deployment));
  }

  #statefulSet(set: Stored): void {
    const owner = { ...ownerReference(set), namespace: set.metadata.namespace ?? '' };
    const revision = keepRevision(this.#store, owner, wishOf(set).template, CONTROLLER);
    this.#rolling(kinds.statefulSet, set, { label: HASH, revision });
  }

  /** A kind whose pods tell by a label of which revision they are. */
  #rolling(kind: Kind, set: Stored, { label, revision }: { readonly label: string; readonly revision: string }): void {
    const { template, replicas } = wishOf(set);
    this.#observed(kind, set, { updateRevision: revision });
    const old = this.#podsOf(set).filter(({ metadata }) => metadata.labels?.[label] !== revision);
    const isDone = this.#fit({ owner: set, template, labels: { [label]: revision }, count: replicas - old.length });
    if (old.length > 0) this.#remove(old[0]);
    if (old.length > 0 || !isDone) this.#later(kind, nameOf(set));
  }

  /** One step towards so many pods. @returns whether they all are there and run */
  #fit({ owner, template, labels, count }: Desired): boolean {
    const has = ({ metadata }: Stored): boolean =>
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
    const pods = this.#podsOf(owner).filter(has);
    if (pods.length < count) this.#makePod({ owner, template, labels, count });
    else if (pods.length > count) this.#remove(pods.at(-1));
    else return pods.every(isRunning);
    return false;
  }

  #makePod({ owner, template, labels }: Desired): void {
    const metadata = isObject(template['metadata']) ? template['metadata'] : {};
    const own = isObject(metadata['labels']) ? metadata['labels'] : {};
    const body = {
      metadata: { labels: { ...own, ...labels }, ownerReferences: [ownerReference(owner)] },
      spec: { ...(isObject(template['spec']) ? template['spec'] : {}), nodeName: 'node-1' },
      status: { phase: 'Pending' },
    };
    this.#store.create(
      kinds.pod,
      { namespace: owner.metadata.namespace ?? '', name: `${owner.metadata.name}-p${++this.#pods}` },
      body,
      CONTROLLER,
    );
  }

  #remove(pod: Stored | undefined): void {
    if (pod !== undefined) this.#store.delete(kinds.pod, nameOf(pod), KUBELET);
  }

  #pull(name: Name): void {
    this.#time.after(this.#random.between(20, LONGEST_PULL_MS), () => {
      this.#store.change(kinds.pod, name, {
        manager: KUBELET,
        next: (pod) => ({
          ...pod,
          status: {
            phase: 'Running',
            containerStatuses: statusesOf(pod.spec?.['containers']),
            initContainerStatuses: statusesOf(pod.spec?.['initContainers']),
          },
        }),
      });
      const owner = this.#store.get(kinds.pod, name)?.metadata.ownerReferences?.[0];
      if (owner !== undefined) this.#laterByOwner(name.namespace, owner);
    });
  }

  #observed(kind: Kind, object: Stored, more: JsonObject): void {
    const observedGeneration = object.metadata.generation;
    this.#store.change(kind, nameOf(object), {
      manager: CONTROLLER,
      next: (before) => ({ ...before, status: { ...before.status, observedGeneration, ...more } }),
    });
  }

  #annotate(kind: Kind, object: Stored, annotations: Readonly<Record<string, string>>): void {
    this.#store.change(kind, nameOf(object), {
      manager: CONTROLLER,
      next: (before) => ({
        ...before,
        metadata: { ...before.metadata, annotations: { ...before.metadata.annotations, ...annotations } },
      }),
    });
  }

  #podsOf({ metadata }: Stored): readonly Stored[] {
    return this.#store
      .list(kinds.pod, metadata.namespace)
      .filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  }

  /** What a deleted object owned goes after it. */
  #collect({ metadata }: Stored): void {
    for (const kind of [kinds.replicaSet, controllerRevisions, kinds.job, kinds.pod])
      for (const owned of this.#store.list(kind, metadata.namespace))
        if (owned.metadata.ownerReferences?.[0]?.uid === metadata.uid)
          this.#time.after(this.#random.between(1, LONGEST_STEP_MS), () => {
            this.#store.delete(kind, nameOf(owned), CONTROLLER, { uid: owned.metadata.uid });
          });
  }
}

function wishOf({ kind, spec = {} }: Stored): { readonly template: JsonObject; readonly replicas: number } {
  const template = isObject(spec['template']) ? spec['template'] : {};
  const { replicas = 1, parallelism = 1 } = spec;
  if (kind === 'DaemonSet') return { template, replicas: isForNoNode(template) ? 0 : 1 }; // there is one node
  const count = kind === 'Job' ? parallelism : replicas;
  return { template, replicas: typeof count === 'number' ? count : 1 };
}

function isForNoNode({ spec }: JsonObject): boolean {
  const selector = isObject(spec) ? spec['nodeSelector'] : undefined;
  return isObject(selector) && Object.keys(selector).length > 0;
}

function statusesOf(containers: unknown): readonly JsonObject[] {
  if (!Array.isArray(containers)) return [];
  return containers.filter(isObject).map(({ name, image }) => {
    const reference = typeof image === 'string' ? image : '';
    const repository = reference.split(':')[0] ?? '';
    return { name, imageID: `registry.example/${repository}@${digestOf(reference)}` };
  });
}

function isRunning({ status }: Stored): boolean {
  return status?.['phase'] === 'Running';
}

/** Of a Job. */
export function hasEnded({ status }: Stored): boolean {
  const conditions = status?.['conditions'];
  return Array.isArray(conditions) && conditions.some((one) => isObject(one) && one['type'] === 'Complete');
}

function revisionOf({ metadata }: Stored): number {
  return Number(metadata.annotations?.[REVISION] ?? '0');
}

export function nameOf({
  metadata: { namespace = '', name },
}: {
  readonly metadata: Pick<Meta, 'namespace' | 'name'>;
}): Name {
  return { namespace, name };
}

export function ownerReference({ apiVersion, kind, metadata: { name, uid } }: Stored): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true };
}
