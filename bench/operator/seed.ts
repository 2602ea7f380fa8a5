// bench/operator: fills a server. One object of each kind is made by the API server, with defaults and managed fields, and all
// others are copies of it with names, owners, images and digests of their own, written to etcd.
import { randomUUID } from 'node:crypto';
import type { KubeClient } from '@dot-kube/operator';
import { type Entry, Etcd } from './etcd.js';
import { deployments, namespaceKind, never, nodes, pods, replicaSets } from './kinds.js';
import {
  digestOf,
  imageOf,
  nameOf,
  namespaceOf,
  namespaces,
  PODS_PER_WORKLOAD,
  PROXY_IMAGE,
  referenceOf,
  type Shape,
} from './shape.js';

interface Made {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly uid: string };
}

const HASHES = ['6d5f8c9b7', '7c9d4b8f6']; // of the template before and the one in force
const MODEL = 'model';
const MODEL_IMAGE = 'registry.example.com/team/model:1.0';

export async function seed(client: KubeClient, etcdUrl: string, shape: Shape): Promise<void> {
  for (const name of namespaces) await client.create(namespaceKind, '', { metadata: { name } }, { signal: never });
  for (let i = 0; i < shape.nodes; i++) await client.create(nodes, '', node(i), { signal: never });
  const models = await modelsMadeBy(client);
  await new Etcd(etcdUrl).putAll(entries(models, shape));
}

interface Models {
  readonly deployment: string;
  readonly replicaSet: string;
  readonly pod: string;
}

/** As text, so that a copy is made by replacing what is its own. */
async function modelsMadeBy(client: KubeClient): Promise<Models> {
  const namespace = namespaceOf(0);
  const metadata = { name: MODEL, labels: { app: MODEL } };
  const template = {
    metadata: { labels: { app: MODEL, tier: 'back', 'app.kubernetes.io/part-of': 'bench' } },
    spec: podSpec(),
  };
  const selector = { matchLabels: { app: MODEL } };
  const spec = { replicas: PODS_PER_WORKLOAD, selector, template };
  const annotations = { 'deployment.kubernetes.io/revision': '2' };
  const create = async (kind: typeof pods, body: object): Promise<Made> =>
    client.create<Made>(kind, namespace, body, { signal: never });
  const status = async (kind: typeof pods, body: object): Promise<Made> =>
    client.patch<Made>(
      kind,
      { namespace, name: MODEL },
      { type: 'merge', subresource: 'status', fieldManager: 'kubelet', body: { status: body } },
      { signal: never },
    );
  await create(deployments, { metadata: { ...metadata, annotations }, spec });
  const ready = { replicas: PODS_PER_WORKLOAD, readyReplicas: PODS_PER_WORKLOAD, observedGeneration: 1 };
  const deployment = await status(deployments, { ...ready, availableReplicas: PODS_PER_WORKLOAD });
  await create(replicaSets, { metadata: { ...metadata, annotations }, spec });
  const replicaSet = await status(replicaSets, ready);
  await create(pods, { metadata: { ...metadata, labels: template.metadata.labels }, spec: template.spec });
  const pod = await status(pods, podStatus());
  for (const kind of [deployments, replicaSets, pods])
    await client.delete(kind, { namespace, name: MODEL }, {}, { signal: never });
  return { deployment: textOf(deployment), replicaSet: textOf(replicaSet), pod: textOf(pod) };
}

function textOf({ metadata, ...rest }: Made): string {
  const stored = { ...metadata, resourceVersion: undefined }; // etcd has its own
  return JSON.stringify({ ...rest, metadata: stored }).replaceAll(metadata.uid, '<uid>');
}

function* entries(models: Models, shape: Shape): Generator<Entry> {
  for (let workload = 0; workload < shape.workloads; workload++) {
    const deployment = copied(models.deployment, { workload, name: nameOf(workload) });
    yield entry('deployments', deployment);
    const sets = HASHES.map((hash, i) => {
      const set = copied(models.replicaSet, { workload, name: `${nameOf(workload)}-${hash}` });
      set.metadata.ownerReferences = [controller('Deployment', 'apps/v1', deployment)];
      set.metadata.annotations = { 'deployment.kubernetes.io/revision': String(i + 1) };
      if (i === 0) set.spec['replicas'] = 0;
      return set;
    });
    for (const set of sets) yield entry('replicasets', set);
    const [, current] = sets;
    if (current === undefined) throw new Error('there is no current ReplicaSet');
    for (let i = 0; i < PODS_PER_WORKLOAD; i++) {
      const pod = copied(models.pod, { workload, name: `${current.metadata.name}-${i}` });
      pod.metadata.ownerReferences = [controller('ReplicaSet', 'apps/v1', current)];
      pod.spec['nodeName'] = `node-${(workload * PODS_PER_WORKLOAD + i) % shape.nodes}`;
      yield entry('pods', pod);
    }
  }
}

interface Copy {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    ownerReferences?: object[];
    annotations?: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
}

function copied(model: string, { workload, name }: { readonly workload: number; readonly name: string }): Copy {
  const reference = referenceOf(imageOf(workload));
  const text = model
    .replaceAll('<uid>', randomUUID())
    .replaceAll(digestOf(MODEL_IMAGE), digestOf(reference))
    .replaceAll(MODEL_IMAGE, reference)
    .replaceAll(`"name":"${MODEL}"`, `"name":"${name}"`)
    .replaceAll(`"app":"${MODEL}"`, `"app":"${nameOf(workload)}"`)
    .replaceAll(`"namespace":"${namespaceOf(0)}"`, `"namespace":"${namespaceOf(workload)}"`);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- of the model, which the API server made
  return JSON.parse(text) as Copy;
}

function entry(plural: string, object: Copy): Entry {
  return [`/registry/${plural}/${object.metadata.namespace}/${object.metadata.name}`, object];
}

function controller(kind: string, apiVersion: string, { metadata: { name, uid } }: Copy): object {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function node(i: number): object {
  return { metadata: { name: `node-${i}`, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } } };
}

function podSpec(): object {
  const container = (name: string, image: string): object => ({
    name,
    image,
    env: Array.from({ length: 12 }, (_, i) => ({ name: `SETTING_NUMBER_${i}`, value: `the value of setting ${i}` })),
    ports: [{ containerPort: 8080, name: 'http' }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: '/alive', port: 'http' }, periodSeconds: 10 },
  });
  return { containers: [container('web', MODEL_IMAGE), container('proxy', PROXY_IMAGE)] };
}

function podStatus(): object {
  const at = '2026-03-01T12:00:00Z';
  const running = (name: string, image: string): object => ({
    name,
    image,
    imageID: `${image.replace(/:[^:]*$/, '')}@${digestOf(image)}`,
    containerID: `containerd://${'a1'.repeat(32)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: at } },
  });
  return {
    phase: 'Running',
    startTime: at,
    hostIP: '10.1.0.1',
    podIP: '10.2.0.1',
    podIPs: [{ ip: '10.2.0.1' }],
    qosClass: 'Burstable',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: at,
    })),
    containerStatuses: [running('web', MODEL_IMAGE), running('proxy', PROXY_IMAGE)],
  };
}
