// One cache of ConfigMaps behind a proxy that can do harm, and what it is held against: a fresh list by another client.
import { KubeConfig } from '@kubernetes/client-node';
import {
  type Clock,
  isApiError,
  KubeClient,
  type KubeConfigSource,
  Manager,
  resource,
  type ResourceEvent,
  silentLogger,
  type Store,
  systemClock,
} from '@dot-kube/operator';
import { message, textMap } from '@dot-kube/operator/protobuf';
import { runKubectl } from '@dot-kube/operator/testing/cluster';
import { type ApiProxy, type AskedRequest, eventually, type Fault, startApiProxy } from '@dot-kube/operator/testing';

export const configMaps = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
} as const;
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;

interface WireConfigMap {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

const { signal: never } = new AbortController();

/** Pauses before another try last a fifth of what they would; everything else takes its time. */
const hastyClock: Clock = { ...systemClock, sleep: async (ms, signal) => systemClock.sleep(ms / 5, signal) };

/** How the API server is asked to send what is watched. */
export type Form = 'JSON' | 'protobuf';

const shape = message({ data: textMap(2) });

function watched(namespace: string, form: Form) {
  const maps = resource<WireConfigMap>(configMaps).scope({ namespace });
  const valueOf = ({ data }: Pick<WireConfigMap, 'data'>): { value: string } => ({ value: data?.['value'] ?? '' });
  return form === 'JSON' ? maps.project(valueOf) : maps.protobuf(shape).project(valueOf);
}

export type Kept = ReturnType<ReturnType<typeof watched>['keep']>;

/** Holds the events against themselves: what they say has to add up, each of them once. */
class Ledger {
  readonly present = new Map<string, Kept>();
  readonly wrong: string[] = [];

  hear(event: ResourceEvent<Kept>): void {
    const { object } = event;
    const known = this.present.get(object.uid);
    if (event.type === 'add' && known !== undefined) this.wrong.push(`added twice: ${object.name}`);
    if (event.type !== 'add' && known === undefined)
      this.wrong.push(`${event.type} of what was not there: ${object.name}`);
    if (event.type === 'update' && known?.value === object.value) this.wrong.push(`changed twice: ${object.name}`);
    if (event.type === 'delete') this.present.delete(object.uid);
    else this.present.set(object.uid, object);
  }
}

export interface RigOptions {
  /** One by default that hurries what waits for another try: what is tested is that it comes, and what it brings. */
  readonly clock?: Clock;
  /** Whose token the cache's client shows; the admin's by default. */
  readonly source?: (proxy: ApiProxy) => KubeConfigSource;
  /** JSON by default. */
  readonly form?: Form;
  /** Of the cluster of the whole run by default. */
  readonly kubeconfigPath?: string;
}

interface Parts {
  readonly admin: KubeClient;
  readonly client: KubeClient;
  readonly proxy: ApiProxy;
  readonly clock: Clock;
  readonly form: Form;
}

export class Rig {
  readonly namespace: string;
  readonly admin: KubeClient;
  readonly store: Store<Kept>;
  readonly manager: Manager;
  /** The keys that the controller was given, in order. */
  readonly passes: string[] = [];
  fault: (request: AskedRequest) => Fault | undefined = () => undefined;
  readonly proxy: ApiProxy;
  readonly #ledger = new Ledger();
  readonly #stop = new AbortController();
  readonly #client: KubeClient;
  #ended: Promise<void> = Promise.resolve();

  private constructor(namespace: string, { admin, client, proxy, clock, form }: Parts) {
    this.namespace = namespace;
    this.admin = admin;
    this.proxy = proxy;
    this.#client = client;
    this.manager = new Manager({ client, clock, log: silentLogger, name: 'example.com/rig', instance: 'rig' });
    const maps = watched(namespace, form);
    this.store = this.manager.store(maps);
    this.manager.watch(maps, (event) => {
      this.#ledger.hear(event);
    });
    this.manager
      .controller('rig')
      .for(maps)
      .reconcile(async ({ key }) => {
        this.passes.push(key);
        return {};
      });
  }

  static async start(namespace: string, options: RigOptions = {}): Promise<Rig> {
    const { clock = hastyClock, form = 'JSON', kubeconfigPath } = options;
    const admin = await KubeClient.from(kubeConfig(kubeconfigPath));
    await admin.create(namespaces, '', { metadata: { name: namespace } }, { signal: never }).catch((error: unknown) => {
      if (!isApiError(error, 'AlreadyExists')) throw error;
    });
    let rig: Rig | undefined = undefined;
    const proxy = await startApiProxy({
      ...apiServer(kubeconfigPath),
      onRequest: (request): Fault | undefined => rig?.fault(request),
    });
    const source = options.source?.(proxy) ?? through(proxy, kubeConfig(kubeconfigPath).getCurrentUser()?.token ?? '');
    rig = new Rig(namespace, { admin, client: await KubeClient.from(source, { clock }), proxy, clock, form });
    return rig;
  }

  run(): void {
    this.#ended = this.manager.start(this.#stop.signal);
  }

  /** Writes by the admin, past the proxy. */
  async put(name: string, value: string): Promise<void> {
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: this.namespace },
      data: { value },
    };
    const patch = { type: 'apply', body, fieldManager: 'rig', force: true } as const;
    await this.admin.patch(configMaps, { namespace: this.namespace, name }, patch, { signal: never });
  }

  async putMany(from: number, to: number, value: string): Promise<void> {
    const names = Array.from({ length: to - from }, (_, i) => `m${from + i}`);
    await Promise.all(names.map(async (name) => this.put(name, value)));
  }

  /** The same for what is not there yet, which costs the API server half as much. */
  async createMany(from: number, to: number, value: string): Promise<void> {
    const names = Array.from({ length: to - from }, (_, i) => `m${from + i}`);
    const bodies = names.map((name) => ({ metadata: { name }, data: { value } }));
    await Promise.all(
      bodies.map(async (body) => this.admin.create(configMaps, this.namespace, body, { signal: never })),
    );
  }

  async remove(name: string): Promise<void> {
    await this.admin
      .delete(configMaps, { namespace: this.namespace, name }, {}, { signal: never })
      .catch((error: unknown) => {
        if (!isApiError(error, 'NotFound')) throw error;
      });
  }

  async removeMany(from: number, to: number): Promise<void> {
    const names = Array.from({ length: to - from }, (_, i) => `m${from + i}`);
    await Promise.all(names.map(async (name) => this.remove(name)));
  }

  /** By one request, so that the API server deletes as fast as it can; all but what it puts there by itself. */
  async removeAll(): Promise<void> {
    const { KUBECTL: kubectlPath = 'kubectl', KUBECONFIG: kubeconfigPath = '' } = process.env;
    const theirs = encodeURIComponent('metadata.name!=kube-root-ca.crt');
    const path = `/api/v1/namespaces/${this.namespace}/configmaps?fieldSelector=${theirs}`;
    // A request may take a minute, and a busy machine longer.
    await eventually(async () => runKubectl({ kubectlPath, kubeconfigPath }, ['delete', `--raw=${path}`]), {
      withinMs: 180_000,
    });
  }

  /** The cache equals a fresh list, object by object, and so do the events put together, none of them twice. */
  async becomesTrue({ withinMs = 90_000, meanwhile = (): void => undefined } = {}): Promise<void> {
    await eventually(
      async () => {
        meanwhile();
        const list = await this.admin.list<WireConfigMap>(configMaps, { signal: never, namespace: this.namespace });
        const expected = list.map(({ metadata: { uid, resourceVersion } }) => `${uid} ${resourceVersion}`).sort();
        const cached = this.store.list().map(({ uid, resourceVersion }) => `${uid} ${resourceVersion}`);
        if (cached.sort().join('\n') !== expected.join('\n'))
          throw new Error(`the cache has ${cached.length} objects, the list ${expected.length}, or versions differ`);
      },
      { withinMs, everyMs: 100 },
    );
    if (this.#ledger.wrong.length > 0) throw new Error(this.#ledger.wrong.slice(0, 10).join('\n'));
    const heard = [...this.#ledger.present.values()].map(({ uid, value }) => `${uid} ${value}`).sort();
    const kept = this.store
      .list()
      .map(({ uid, value }) => `${uid} ${value}`)
      .sort();
    if (heard.join('\n') !== kept.join('\n')) throw new Error('the events do not add up to what is in the cache');
  }

  /** The sum of a counter of this framework over all its labels. */
  async counted(name: string): Promise<number> {
    const metric = await this.manager.registry.getSingleMetric(name)?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#ended;
    await this.#client.close();
    await this.admin.delete(namespaces, { namespace: '', name: this.namespace }, {}, { signal: never });
    await this.admin.close();
    await this.proxy.close();
  }
}

export function isWatch({ query }: AskedRequest): boolean {
  return query.get('watch') === 'true';
}

export function isResume(request: AskedRequest): boolean {
  return isWatch(request) && request.query.has('resourceVersion');
}

export function kubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  return config;
}

/** The API server as the proxy shows it, to the bearer of the token. */
export function through({ url }: ApiProxy, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'proxied', server: url, skipTLSVerify: true }],
    users: [{ name: 'me', token }],
    contexts: [{ name: 'proxied', cluster: 'proxied', user: 'me' }],
    currentContext: 'proxied',
  });
  return config;
}

function apiServer(path?: string): { server: string; certificateAuthority?: string } {
  const { server = '', caData } = kubeConfig(path).getCurrentCluster() ?? {};
  return {
    server,
    ...(caData === undefined ? {} : { certificateAuthority: Buffer.from(caData, 'base64').toString('utf8') }),
  };
}
