// Of each kind that is observed, what is kept is the same whether the API server sent JSON or protobuf: as a list by stream and by pages,
// and as events, deletions too.
import { KubeConfig } from '@kubernetes/client-node';
import {
  type Kept,
  KubeClient,
  Manager,
  type Resource,
  type ResourceCoordinates,
  type ResourceEvent,
  silentLogger,
  type Store,
} from '@dot-kube/operator';
import { eventually, refusal, startApiProxy } from '@dot-kube/operator/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  budgets,
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  namespaces,
  nodes,
  pods,
  replicaSets,
  replicationControllers,
  secretsIn,
  statefulSets,
} from '../../src/observe/resources.js';
import { NO_NODE_LABEL, NOTE_ANNOTATION, ROLLED_BACK_ANNOTATION } from '../../src/api/note-annotation.js';

const NAMESPACE = 'wire-forms';
const LONG_MS = 120_000;
const SOON = { withinMs: 60_000, everyMs: 200 };

/** A resource whatever is kept of it. */
interface Opener {
  readonly name: string;
  readonly open: (manager: Manager, hear: (event: ResourceEvent<Kept>) => void) => Pick<Store<Kept>, 'synced' | 'list'>;
}

function opener<T extends Kept, I extends string>(resource: Resource<T, I>): Opener {
  return {
    name: resource.name,
    open: (manager, hear) => {
      manager.watch(resource, hear);
      return manager.store(resource);
    },
  };
}

const secrets = secretsIn(NAMESPACE);
const OBSERVED: readonly Opener[] = [
  opener(pods),
  opener(nodes),
  opener(namespaces),
  opener(replicaSets),
  opener(replicationControllers),
  opener(jobs),
  opener(deployments),
  opener(statefulSets),
  opener(daemonSets),
  opener(cronJobs),
  opener(budgets),
  opener(secrets),
];

const { signal } = new AbortController();
function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/** All that is observed, read by a manager of its own. */
class Reader {
  readonly #manager: Manager;
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #stores: ReadonlyMap<string, Pick<Store<Kept>, 'synced' | 'list'>>;
  /** Content types of the answers, by what was asked for. */
  readonly forms = new Set<string>();
  /** What handlers were told of this file's own objects. */
  readonly told = new Map<string, Kept>();

  constructor(client: KubeClient, onlyJson: boolean) {
    this.#client = client;
    const stream = client.stream.bind(client);
    client.stream = async (call, aborted) => {
      const body = await stream(onlyJson ? { ...call, accept: jsonOf(call.accept) } : call, aborted);
      const [contentType = 'none'] = (body.contentType ?? '').split(';');
      this.forms.add(`${call.query?.['watch'] === 'true' ? 'watch' : 'page'} ${contentType}`);
      return body;
    };
    this.#manager = new Manager({ client, log: silentLogger, name: 'example.com/wire-forms', instance: 'test' });
    this.#stores = new Map(
      OBSERVED.map(({ name, open }) => [
        name,
        open(this.#manager, (event) => {
          this.#hear(name, event);
        }),
      ]),
    );
    this.#ended = this.#manager.start(this.#stop.signal);
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#stores.values()].map(async ({ synced }) => synced));
  }

  /** By kind, and within it by name. */
  get kept(): Readonly<Record<string, readonly Kept[]>> {
    const sorted = (objects: Iterable<Kept>): readonly Kept[] =>
      [...objects].sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
    return Object.fromEntries([...this.#stores].map(([name, store]) => [name, sorted(store.list())]));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#ended;
    await this.#client.close();
  }

  #hear(name: string, { type, object }: ResourceEvent<Kept>): void {
    if (object.namespace === NAMESPACE)
      this.told.set(`${name} ${object.name} ${type} ${object.resourceVersion}`, object);
  }
}

function jsonOf(accept: string | undefined): string {
  return (accept ?? '').split(', ').at(-1) ?? '';
}

const labels = { team: 'shop', 'example.com/empty': '' }; // no selector's, so that nobody adopts a pod
const image = 'registry.example.com/shop/web:1';
const template = {
  metadata: { labels: { app: 'web' }, annotations: { 'example.com/text': 'größer ☃ \u{1f600}' } },
  spec: {
    serviceAccountName: 'default',
    imagePullSecrets: [{ name: 'pull' }, { name: 'other' }],
    initContainers: [{ name: 'init', image: `${image}-init` }],
    containers: [
      {
        name: 'main',
        image,
        env: [{ name: 'A', value: 'b' }],
        resources: { requests: { cpu: '1m' }, limits: { memory: '1Gi' } },
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
      { name: 'side', image: `${image}-side` },
    ],
    volumes: [{ name: 'scratch', emptyDir: {} }],
    nodeSelector: { [NO_NODE_LABEL]: 'true' },
  },
};
const selector = { matchLabels: { app: 'web' } };
const annotations = {
  [NOTE_ANNOTATION]: '{"a":"☃"}',
  [ROLLED_BACK_ANNOTATION]: 'x',
  'example.com/long': 'x'.repeat(300),
};
const job = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };

interface Of {
  readonly name: string;
  readonly coordinates: ResourceCoordinates;
}

/** Several of a kind where a field may be set in several ways. */
function objects(): readonly (readonly [Of, readonly object[]])[] {
  const named = (name: string, rest: object): object => ({ metadata: { name, labels, annotations }, ...rest });
  const replicated = { selector, template };
  return [
    [
      pods,
      [named('bare', { spec: template.spec }), named('plain', { spec: { containers: [{ name: 'main', image }] } })],
    ],
    [replicaSets, [named('none', { spec: { ...replicated, replicas: 0 } }), named('one', { spec: { ...replicated } })]],
    [
      replicationControllers,
      [named('none', { spec: { replicas: 0, selector: { app: 'rc' }, template: rcTemplate() } })],
    ],
    [jobs, [named('held', { spec: { ...job, suspend: true } }), named('runs', { spec: { ...job, suspend: false } })]],
    [
      deployments,
      [
        named('none', { spec: { ...replicated, replicas: 0 } }),
        named('paused', { spec: { ...replicated, replicas: 2, paused: true } }),
      ],
    ],
    [
      statefulSets,
      [
        named('kept', { spec: { ...replicated, replicas: 1, serviceName: 'web' } }),
        named('by-hand', {
          spec: {
            ...replicated,
            replicas: 0,
            serviceName: 'web',
            updateStrategy: { type: 'OnDelete' },
            persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' },
          },
        }),
      ],
    ],
    [daemonSets, [named('every', { spec: replicated })]],
    [
      cronJobs,
      [
        named('held', { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: job } } }),
        named('runs', { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } } }),
      ],
    ],
    [
      budgets,
      [
        named('all', { spec: { maxUnavailable: '25%', selector: {} } }),
        named('none', { spec: { minAvailable: 1 } }),
        named('some', {
          spec: {
            minAvailable: 1,
            selector: {
              matchLabels: { app: 'web' },
              matchExpressions: [
                { key: 'tier', operator: 'In', values: ['a', 'b'] },
                { key: 'gone', operator: 'DoesNotExist' },
              ],
            },
          },
        }),
      ],
    ],
    [secrets, [named('secret', { stringData: { password: 'x' } })]],
  ];
}

function rcTemplate(): object {
  return { ...template, metadata: { labels: { app: 'rc' } } };
}

let admin: KubeClient;
let byJson: Reader;
let byProtobuf: Reader;

beforeAll(async () => {
  admin = await KubeClient.from(kubeConfig());
  byJson = new Reader(await KubeClient.from(kubeConfig()), true);
  byProtobuf = new Reader(await KubeClient.from(kubeConfig()), false);
  await byJson.synced();
  await byProtobuf.synced();
}, LONG_MS);

afterAll(async () => {
  await byJson.stop();
  await byProtobuf.stop();
  await admin.delete(namespaces.coordinates, { namespace: '', name: NAMESPACE }, {}, { signal });
  await admin.close();
}, LONG_MS);

async function becomeEqual(reader: Reader): Promise<void> {
  await eventually(() => {
    expect(reader.kept).toEqual(byJson.kept);
  }, SOON);
}

test(
  'events: what is made, changed and deleted',
  async () => {
    await admin.create(namespaces.coordinates, '', { metadata: { name: NAMESPACE } }, { signal });
    await eventually(async () => {
      const key = { namespace: NAMESPACE, name: 'default' };
      await admin.get({ ...pods.coordinates, plural: 'serviceaccounts', kind: 'ServiceAccount' }, key, { signal });
    }, SOON);
    const made = objects();
    for (const [{ coordinates }, bodies] of made)
      for (const body of bodies) await admin.create(coordinates, NAMESPACE, body, { signal, fieldManager: 'maker' });
    await addEphemeralContainer();
    await showStatuses();
    await admin.patch(
      deployments.coordinates,
      { namespace: NAMESPACE, name: 'none' },
      { type: 'apply', body: scaled('none', 1), fieldManager: 'scaler', force: true },
      { signal },
    );
    await becomeEqual(byProtobuf);
    for (const [{ coordinates }, bodies] of made)
      for (const body of bodies)
        await admin.delete(coordinates, { namespace: NAMESPACE, name: nameOf(body) }, {}, { signal });
    await becomeEqual(byProtobuf);
    await eventually(() => {
      const kinds = new Set([...byJson.told.keys()].map((key) => key.replace(/ \S+ (\S+) \S+$/, ' $1')));
      const wanted = made.flatMap(([{ name }]) => [`${name} add`, `${name} delete`]);
      expect([...kinds]).toEqual(expect.arrayContaining(wanted));
      expect(new Map([...byProtobuf.told].sort())).toEqual(new Map([...byJson.told].sort()));
    }, SOON); // once nothing of it is on its way out any more
    expect([...byJson.forms]).toEqual(['watch application/json']);
    expect([...byProtobuf.forms]).toEqual(['watch application/vnd.kubernetes.protobuf']);
  },
  LONG_MS,
);

test(
  'lists by stream and by pages',
  async () => {
    for (const [{ coordinates }, bodies] of objects())
      for (const body of bodies) await admin.create(coordinates, NAMESPACE, body, { signal, fieldManager: 'maker' });
    await addEphemeralContainer();
    await showStatuses();
    const byStream = new Reader(await KubeClient.from(kubeConfig()), false);
    await becomeEqual(byStream);
    expect(byStream.kept['pods']?.length).toBeGreaterThanOrEqual(2);
    await byStream.stop();

    const { server = '', caData = '' } = kubeConfig().getCurrentCluster() ?? {};
    const proxy = await startApiProxy({
      server,
      certificateAuthority: Buffer.from(caData, 'base64').toString('utf8'),
      onRequest: ({ query }) => (query.has('sendInitialEvents') ? refusal(400, 'BadRequest') : undefined),
    });
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'proxied', server: proxy.url, skipTLSVerify: true }],
      users: [{ name: 'me', token: kubeConfig().getCurrentUser()?.token }],
      contexts: [{ name: 'proxied', cluster: 'proxied', user: 'me' }],
      currentContext: 'proxied',
    });
    const byPages = new Reader(await KubeClient.from(config), false);
    await becomeEqual(byPages);
    const pages = [...byPages.forms].filter((form) => form.startsWith('page'));
    expect(pages).toEqual(['page application/vnd.kubernetes.protobuf']);
    await byPages.stop();
    await proxy.close();
  },
  LONG_MS,
);

test('the API server refuses in protobuf, and the reason is read', async () => {
  const accept = 'application/vnd.kubernetes.protobuf, application/json;q=0.9';
  const call = { method: 'GET', verb: 'list', path: '/api/v1/pods', accept } as const;
  const reason = 'BadRequest';
  await expect(admin.stream({ ...call, query: { continue: 'none', limit: '1' } }, signal)).rejects.toMatchObject({
    status: 400,
    reason,
    message: expect.stringMatching(/continue key is not valid/) as unknown,
  });
  const missing = `/api/v1/namespaces/${NAMESPACE}/pods/missing`;
  await expect(admin.stream({ ...call, path: missing }, signal)).rejects.toMatchObject({ reason: 'NotFound' });
});

function nameOf(body: object): string {
  return 'metadata' in body && typeof body.metadata === 'object' && body.metadata !== null && 'name' in body.metadata
    ? String(body.metadata.name)
    : '';
}

function scaled(name: string, replicas: number): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas } };
}

async function addEphemeralContainer(): Promise<void> {
  const body = { spec: { ephemeralContainers: [{ name: 'debug', image: `${image}-debug` }] } };
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/bare/ephemeralcontainers`;
  const contentType = 'application/strategic-merge-patch+json';
  const chunks: Buffer[] = [];
  const answer = await admin.stream({ method: 'PATCH', verb: 'patch', path, body, contentType }, signal);
  for await (const chunk of answer) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString('utf8')).toContain('"debug"');
}

/** As controllers and kubelets would write them. */
async function showStatuses(): Promise<void> {
  const containerStatuses = [
    { name: 'main', image, imageID: 'registry.example.com/shop/web@sha256:1', ready: true, restartCount: 3 },
    { name: 'side', image, imageID: '', ready: false, restartCount: 0 },
  ].map((one) => ({ ...one, state: { running: { startedAt: '2026-01-02T03:04:05Z' } }, lastState: {} }));
  const status = {
    phase: 'Running',
    containerStatuses,
    initContainerStatuses: [{ ...containerStatuses[0], name: 'init' }],
  };
  await admin.patch(
    pods.coordinates,
    { namespace: NAMESPACE, name: 'bare' },
    { type: 'merge', body: { status }, subresource: 'status', fieldManager: 'kubelet' },
    { signal },
  );
}
