// controllers: joins what has to do with Xray: the connection and its Secrets, the poller, registries, and the receiver of web hooks.
import { type Clock, type Logger, type Manager, silentLogger, type Tracing, untraced } from '@dot-kube/operator';
import type { Settings } from '../../config/settings.js';
import type { Hint } from '../../hook/payload.js';
import { connections, secretsIn } from '../../observe/resources.js';
import { RegistryClient } from '../../registry/registry-client.js';
import { Resolver } from '../../registry/resolver.js';
import type { Outcome, Poller } from '../../scan/poller.js';
import { dispatcherFor, noProxies, type Proxies } from '../../scan/xray/dispatcher.js';
import type { Around, XrayClient, XrayOptions } from '../../scan/xray/xray-client.js';
import { ConnectionController } from './connection-controller.js';
import { HintRelay } from './hint-relay.js';
import { HookPart } from './hook-part.js';
import { measureHooks } from '../measure.js';
import { MetadataSender } from './metadata-sender.js';
import { aroundXray } from './observe-xray.js';
import { pullCredentials } from './pull-secrets.js';

export interface ConnectionDeclaration {
  readonly manager: Manager;
  readonly settings: Settings;
  /** @param around is to stand around each request */
  readonly openXray: (options: XrayOptions, around: Around) => XrayClient;
  /** For registries; none unless given. */
  readonly proxies?: Proxies;
  /** Registries that are spoken to in plain HTTP; none unless given. */
  readonly isPlainRegistry?: (registry: string) => boolean;
  /** Of requests to Xray and of the receiver of web hooks; none unless given. */
  readonly log?: Logger;
  /** Nothing is traced unless given. */
  readonly tracing?: Tracing;
}

export interface DeclaredConnection {
  /** Is to hear how each question to Xray ended. */
  readonly heard: (outcome: Outcome) => void;
  readonly receiveHooks: (signal: AbortSignal) => Promise<void>;
  readonly metadata: MetadataSender;
  /** Whether Xray is left alone for a while because it does not answer. */
  readonly isPaused: () => boolean;
}

const REGISTRY_TIMEOUT_MS = 15_000;
const REGISTRY_CONNECTIONS = 4;

/** What the connection is joined with. */
export interface ConnectionEnds {
  readonly poller: Poller;
  readonly clock: Clock;
  /** The workloads are to be looked at: their results have something to remember, or somebody is to be told of them. */
  readonly onTelling: (workloads: Iterable<string>) => void;
}

export function declareConnection(ports: ConnectionDeclaration, ends: ConnectionEnds): DeclaredConnection {
  const { poller, clock } = ends;
  const { manager, settings } = ports;
  const relay = relayFor(ports, poller, clock);
  const onFinding = (): void => {
    lookAgain();
  };
  const hooks = hooksFor(ports, { clock, onHint: relay.received.bind(relay), onFinding });
  const metadata = senderFor(ends, onFinding);
  const { connection, registry } = connectionFor(ports, { poller, clock, hooks, metadata });
  const connecting = manager
    .controller('connection')
    .options({ concurrency: 1 })
    .reconcile(async ({ signal }) => connection.reconcile(signal));
  const lookAgain = (): void => {
    connecting.enqueue(settings.connection);
  };
  const changed = (): void => {
    lookAgain();
    hooks.changed();
  };
  manager.watch(connections, ({ object }) => {
    if (object.name !== settings.connection) return;
    relay.seen(object.status?.lookAgain);
    changed();
  });
  manager.watch(secretsIn(settings.namespace), changed);
  manager.addPart({
    name: 'poller',
    run: async (signal) => {
      lookAgain(); // also where there is no connection: that is to be said too
      await Promise.all([poller.run(signal), metadata.run(signal)]);
      await connection.close();
      await registry.close();
    },
  });
  return {
    metadata,
    isPaused: () => connection.isPaused,
    heard: (outcome) => {
      if (connection.heard(outcome)) lookAgain();
    },
    receiveHooks: async (signal) => {
      await Promise.all([hooks.run(signal), relay.run(signal)]);
    },
  };
}

function senderFor({ poller, clock, onTelling }: ConnectionEnds, onFinding: () => void): MetadataSender {
  return new MetadataSender({
    clock,
    onTold: (workload) => {
      onTelling([workload]);
    },
    onTarget: () => {
      onTelling(poller.store.workloads());
    },
    onFinding,
  });
}

interface Parts {
  readonly poller: Poller;
  readonly clock: Clock;
  readonly hooks: Pick<HookPart, 'finding'>;
  readonly metadata: MetadataSender;
}

function connectionFor(
  ports: ConnectionDeclaration,
  { poller, clock, hooks, metadata }: Parts,
): { readonly connection: ConnectionController; readonly registry: RegistryClient } {
  const { manager, settings, openXray, log = silentLogger, tracing = untraced } = ports;
  const { client, events, registry: figures } = manager;
  const around = aroundXray({ registry: figures, log, tracing, clock });
  const registry = registryFor(ports);
  const resolver = new Resolver({ registry, credentialsOf: pullCredentials.bind(undefined, client), clock });
  const connection = new ConnectionController({
    name: settings.connection,
    secretNamespace: settings.namespace,
    store: manager.store(connections),
    client,
    events,
    poller,
    webhook: () => hooks.finding,
    metadata,
    open: (options) => openXray(options, around),
    registry,
    resolve: resolver.resolve.bind(resolver),
    clock,
  });
  return { connection, registry };
}

function relayFor(
  { manager, settings, log = silentLogger }: ConnectionDeclaration,
  poller: Poller,
  clock: Clock,
): HintRelay {
  const { urgent: client } = manager.client; // writes although this replica may not lead
  return new HintRelay({ connection: settings.connection, poller, client, clock, random: Math.random, log });
}

interface HookEnds {
  readonly clock: Clock;
  readonly onHint: (hint: Hint) => void;
  readonly onFinding: () => void;
}

function hooksFor({ manager, settings, log = silentLogger }: ConnectionDeclaration, ends: HookEnds): HookPart {
  const store = manager.store(connections);
  return new HookPart({
    asked: () => store.get({ namespace: '', name: settings.connection })?.spec.webhook,
    namespace: settings.namespace,
    port: settings.hookPort,
    client: manager.client,
    log,
    onAnswered: measureHooks(manager),
    ...ends,
  });
}

function registryFor({ proxies = noProxies, isPlainRegistry }: ConnectionDeclaration): RegistryClient {
  const limits = { timeoutMs: REGISTRY_TIMEOUT_MS, connections: REGISTRY_CONNECTIONS, proxies };
  return new RegistryClient({
    wayOut: (caBundle) => dispatcherFor(caBundle === undefined ? limits : { ...limits, caBundle }),
    timeoutMs: REGISTRY_TIMEOUT_MS,
    ...(isPlainRegistry === undefined ? {} : { isPlain: isPlainRegistry }),
  });
}
