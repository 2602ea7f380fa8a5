// controllers: opens the connection to Xray that the XrayConnection describes, and says how it fares.
import { isDeepStrictEqual } from 'node:util';
import {
  type Clock,
  type EventRecorder,
  KubeApiError,
  type KubeClient,
  type Result,
  type Store,
} from '@dot-kube/operator';
import { withCondition } from '@dot-kube/operator/conditions';
import { parseDuration } from '../api/duration.js';
import { API_VERSION, xrayConnections } from '../api/v1alpha1/coordinates.js';
import type { XrayConnection, XrayConnectionSpec, XrayConnectionStatus } from '../api/v1alpha1/types.js';
import type { ObservedObject } from '../observe/observed.js';
import { type ConnectionFinding, connectionConditions } from '../report/connection-conditions.js';
import type { AskXray, Poller } from '../scan/poller.js';
import { type Credentials, readCredentials } from '../scan/xray/credentials.js';
import { XrayError } from '../scan/xray/xray-error.js';
import type { XrayClient, XrayOptions } from '../scan/xray/xray-client.js';

export type ObservedConnection = ObservedObject & XrayConnection;

export interface ConnectionPorts {
  readonly name: string;
  readonly secretNamespace: string;
  readonly store: Store<ObservedConnection>;
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly events: EventRecorder;
  readonly poller: Poller;
  readonly open: (options: XrayOptions) => XrayClient;
  readonly clock: Clock;
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };

type SecretRead =
  | ReturnType<typeof readCredentials>
  | { readonly ok: false; readonly reason: 'SecretNotFound'; readonly message: string };

type Polling = Pick<AskXray, 'pollIntervalMs' | 'batchSize'>;

interface Opened {
  readonly options: XrayOptions;
  readonly polling: Polling;
  readonly xray: XrayClient;
}

export class ConnectionController {
  readonly #ports: ConnectionPorts;
  #opened: Opened | undefined;
  #lastPoll: Date | undefined;

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  /** Called after each batch that Xray answered. */
  polled(): void {
    this.#lastPoll = this.#ports.clock.now();
  }

  async close(): Promise<void> {
    await this.#opened?.xray.close();
    this.#opened = undefined;
  }

  async reconcile(signal: AbortSignal): Promise<Result> {
    const { name, store, poller } = this.#ports;
    const connection = store.get({ namespace: '', name });
    if (connection === undefined) {
      await this.close();
      poller.use({ kind: 'none', why: `there is no XrayConnection named ${name}; create one` });
      return {};
    }
    const finding = await this.#look(connection.spec, signal);
    await this.#report(connection, finding, signal);
    return { requeueAfterMs: pollIntervalMs(connection.spec) };
  }

  async #look(spec: XrayConnectionSpec, signal: AbortSignal): Promise<ConnectionFinding> {
    const credentials = await this.#credentials(spec.credentialsSecretRef.name, signal);
    if (!credentials.ok) return this.#unusable(credentials);
    const xray = await this.#open(spec, credentials.value);
    try {
      const version = await xray.version(signal);
      return { ok: true, version };
    } catch (error) {
      if (!(error instanceof XrayError)) throw error;
      return { ok: false, reason: error.code, message: error.message };
    }
  }

  // The Secret is read anew each time, so that a rotated one is used without a restart.
  async #credentials(name: string, signal: AbortSignal): Promise<SecretRead> {
    const { client, secretNamespace: namespace } = this.#ports;
    try {
      const secret = await client.get<{ data?: Record<string, string> }>(secrets, { namespace, name }, { signal });
      return readCredentials(secret.data ?? {}, `${namespace}/${name}`);
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.reason !== 'NotFound') throw error;
      const message = `There is no Secret ${namespace}/${name}; create it with the key accessToken, or username and password, or apiKey.`;
      return { ok: false, reason: 'SecretNotFound', message };
    }
  }

  async #unusable(problem: { readonly reason: string; readonly message: string }): Promise<ConnectionFinding> {
    await this.close();
    this.#ports.poller.use({ kind: 'none', why: problem.message });
    return { ok: false, ...problem };
  }

  /** The client for what the connection says now; another one only where another server or account is meant. */
  async #open(spec: XrayConnectionSpec, credentials: Credentials): Promise<XrayClient> {
    const options = optionsOf(spec, credentials);
    const polling: Polling = { pollIntervalMs: pollIntervalMs(spec), batchSize: spec.batchSize ?? 10 };
    const before = this.#opened;
    const isSameServer = before !== undefined && isDeepStrictEqual(before.options, options);
    if (isSameServer && isDeepStrictEqual(before.polling, polling)) return before.xray;
    if (!isSameServer) await this.close();
    const xray = isSameServer ? before.xray : this.#ports.open(options);
    this.#opened = { options, polling, xray };
    this.#ports.poller.use({
      kind: 'ready',
      xray: { ...polling, summaries: async (digests, signal) => xray.summaries(digests, signal) },
    });
    return xray;
  }

  async #report(connection: ObservedConnection, finding: ConnectionFinding, signal: AbortSignal): Promise<void> {
    const { client, events, poller, clock } = this.#ports;
    const { generation, name, uid } = connection;
    const { conditions, event } = connectionConditions(finding, connection.status?.conditions);
    const version = finding.ok ? finding.version : connection.status?.xrayVersion;
    const status: XrayConnectionStatus = {
      observedGeneration: generation,
      conditions: conditions.reduce(
        (all, next) => withCondition(all, { ...next, observedGeneration: generation }, clock.now()),
        connection.status?.conditions ?? [],
      ),
      images: poller.store.counts(),
      ...(version === undefined ? {} : { xrayVersion: version }),
      ...(this.#lastPoll === undefined ? {} : { lastSuccessfulPoll: this.#lastPoll.toISOString() }),
    };
    if (event !== undefined) {
      const regarding = { apiVersion: API_VERSION, kind: xrayConnections.kind, namespace: '', name, uid };
      await events.record({ regarding, ...event }, signal);
    }
    if (isDeepStrictEqual(connection.status, status)) return;
    const body = { apiVersion: API_VERSION, kind: xrayConnections.kind, metadata: { name, uid }, status };
    const patch = {
      type: 'apply',
      body,
      subresource: 'status',
      fieldManager: 'kubexray-operator',
      force: true,
    } as const;
    await client.patch(xrayConnections, { namespace: '', name }, patch, { signal });
  }
}

function optionsOf(spec: XrayConnectionSpec, credentials: Credentials): XrayOptions {
  return {
    url: spec.url,
    credentials,
    ...(spec.caBundle === undefined ? {} : { caBundle: spec.caBundle }),
    timeoutMs: durationMs(spec.timeout, 30_000),
    requestsPerSecond: spec.rateLimit?.requestsPerSecond ?? 10,
    burst: spec.rateLimit?.burst ?? 20,
  };
}

function pollIntervalMs(spec: XrayConnectionSpec): number {
  return durationMs(spec.pollInterval, 60_000);
}

function durationMs(text: string | undefined, byDefault: number): number {
  return text === undefined ? byDefault : (parseDuration(text) ?? byDefault);
}
