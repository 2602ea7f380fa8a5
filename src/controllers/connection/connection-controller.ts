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
import { type Condition, withCondition } from '@dot-kube/operator/conditions';
import { API_VERSION, xrayConnections } from '../../api/v1alpha1/coordinates.js';
import type { XrayConnection, XrayConnectionSpec, XrayConnectionStatus } from '../../api/v1alpha1/types.js';
import type { ObservedObject } from '../../observe/observed.js';
import type { RegistryClient } from '../../registry/registry-client.js';
import type { Resolve } from '../../registry/resolution.js';
import {
  type ConnectionFinding,
  connectionConditions,
  type ConnectionReport,
  type ReadFinding,
  type WebhookFinding,
} from '../../report/connection-conditions.js';
import type { Outcome, Poller } from '../../scan/poller.js';
import type { Pace } from '../../scan/schedule.js';
import { type Credentials, readCredentials } from '../../scan/xray/credentials.js';
import { XrayError } from '../../scan/xray/xray-error.js';
import type { XrayClient, XrayOptions } from '../../scan/xray/xray-client.js';
import { longestPauseMs, metadataTarget, paceOf, xrayOptions } from './connection-options.js';
import type { MetadataSender } from './metadata-sender.js';
import { readSecret } from './secret.js';

export type ObservedConnection = ObservedObject & XrayConnection;

export interface ConnectionPorts {
  readonly name: string;
  readonly secretNamespace: string;
  readonly store: Store<ObservedConnection>;
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly events: EventRecorder;
  readonly poller: Poller;
  readonly webhook: () => WebhookFinding;
  readonly metadata: Pick<MetadataSender, 'use' | 'finding'>;
  readonly open: (options: XrayOptions) => XrayClient;
  readonly registry: Pick<RegistryClient, 'trust'>;
  readonly resolve: Resolve;
  readonly clock: Clock;
}

type SecretRead =
  | ReturnType<typeof readCredentials>
  | { readonly ok: false; readonly reason: 'SecretNotFound'; readonly message: string };

interface Opened {
  readonly options: XrayOptions;
  readonly xray: XrayClient;
  readonly use: Pick<XrayConnectionSpec, 'indexResolution'> & Pace;
}

/** When Xray last showed how it fares, and how. */
interface Sign {
  readonly at: Date;
  readonly failure: Error | undefined;
}

export class ConnectionController {
  readonly #ports: ConnectionPorts;
  #opened: Opened | undefined;
  #version: { readonly text: string; readonly at: Date } | undefined;
  #lastSign: Sign | undefined;
  #lastPoll: Date | undefined;
  #heldBackBy: Error | undefined;
  readonly #read: Record<'violations' | 'ignoreRules', ReadFinding> = {
    violations: { kind: 'notAsked' },
    ignoreRules: { kind: 'notAsked' },
  };

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
  }

  /** Called after each question to Xray. @returns whether the connection is to be looked at */
  heard({ what, failure, holdsAll }: Outcome): boolean {
    const at = this.#ports.clock.now();
    this.#lastSign = { at, failure };
    if (failure === undefined) this.#lastPoll = at;
    if (what === 'images') return failure !== undefined;
    if (what === 'ignoreRules') this.#heldBackBy = holdsAll === true ? failure : undefined;
    const before = this.#read[what];
    this.#read[what] = readFinding(failure);
    return !isDeepStrictEqual(before, this.#read[what]);
  }

  /** Xray does not answer, and is left alone for a while. */
  get isPaused(): boolean {
    return this.#opened !== undefined && this.#opened.xray.circuit.state !== 'closed';
  }

  async close(): Promise<void> {
    await this.#opened?.xray.close();
    this.#opened = undefined;
    this.#version = undefined;
  }

  async reconcile(signal: AbortSignal): Promise<Result> {
    const { name, store, poller } = this.#ports;
    const connection = store.get({ namespace: '', name });
    if (connection === undefined) {
      await this.close();
      poller.use({ kind: 'none', why: `there is no XrayConnection named ${name}; create one` });
      this.#ports.metadata.use(undefined);
      return {};
    }
    const finding = await this.#look(connection.spec, signal);
    await this.#report(connection, finding, signal);
    return { requeueAfterMs: paceOf(connection.spec).pollIntervalMs };
  }

  async #look(spec: XrayConnectionSpec, signal: AbortSignal): Promise<ConnectionFinding> {
    const credentials = await this.#credentials(spec.credentialsSecretRef.name, signal);
    if (!credentials.ok) return this.#unusable(credentials);
    const xray = await this.#open(spec, credentials.value);
    this.#ports.metadata.use(metadataTarget(spec, xray));
    try {
      const version = await this.#versionOf(xray, paceOf(spec), signal);
      if (this.#heldBackBy !== undefined) return heldBack(this.#heldBackBy);
      return { ok: true, version };
    } catch (error) {
      if (!(error instanceof XrayError)) throw error;
      return { ok: false, reason: error.code, message: error.message };
    }
  }

  // What Xray answered a moment ago proves as much as asking for its version once more: a quiet poll is one request.
  async #versionOf(xray: XrayClient, { pollIntervalMs, resyncIntervalMs }: Pace, signal: AbortSignal): Promise<string> {
    const now = this.#ports.clock.now().getTime();
    const sign = this.#lastSign;
    const isFine = sign !== undefined && sign.failure === undefined && now - sign.at.getTime() < 2 * pollIntervalMs;
    if (isFine && this.#version !== undefined && now - this.#version.at.getTime() < resyncIntervalMs)
      return this.#version.text;
    const text = await xray.version(signal);
    this.#version = { text, at: this.#ports.clock.now() };
    this.#lastSign = { at: this.#version.at, failure: undefined };
    return text;
  }

  // The Secret is read anew each time, so that a rotated one is used without a restart.
  async #credentials(name: string, signal: AbortSignal): Promise<SecretRead> {
    const { client, secretNamespace: namespace } = this.#ports;
    try {
      return readCredentials(await readSecret({ namespace, name }, client, signal), `${namespace}/${name}`);
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.reason !== 'NotFound') throw error;
      const message = `There is no Secret ${namespace}/${name}; create it with the key accessToken, or username and password, or apiKey.`;
      return { ok: false, reason: 'SecretNotFound', message };
    }
  }

  async #unusable(problem: { readonly reason: string; readonly message: string }): Promise<ConnectionFinding> {
    await this.close();
    this.#ports.poller.use({ kind: 'none', why: problem.message });
    this.#ports.metadata.use(undefined);
    return { ok: false, ...problem };
  }

  /** The client for what the connection says now; another one only where another server or account is meant. */
  async #open(spec: XrayConnectionSpec, credentials: Credentials): Promise<XrayClient> {
    const options = xrayOptions(spec, credentials);
    const use = { ...paceOf(spec), indexResolution: spec.indexResolution ?? 'Registry' };
    const before = this.#opened;
    const isSame = before !== undefined && isDeepStrictEqual(before.options, options);
    if (isSame && isDeepStrictEqual(before.use, use)) return before.xray;
    if (!isSame) await this.close();
    await this.#ports.registry.trust(spec.caBundle); // a registry often has its certificate from the same authority
    const xray = isSame ? before.xray : this.#ports.open(options);
    xray.longestPauseMs = longestPauseMs(spec);
    this.#opened = { options, xray, use };
    const { resolve } = this.#ports;
    this.#ports.poller.use({
      kind: 'ready',
      xray: {
        client: xray,
        server: options.url,
        ...(use.indexResolution === 'Registry' ? { resolve } : {}),
        concurrency: options.concurrency,
        ...paceOf(spec),
      },
    });
    return xray;
  }

  async #report(connection: ObservedConnection, finding: ConnectionFinding, signal: AbortSignal): Promise<void> {
    const { client, events } = this.#ports;
    const { name, uid } = connection;
    const isCircuitClosed = this.#opened?.xray.circuit.state === 'closed';
    const { conditions, event } = connectionConditions(
      {
        connection: finding,
        isCircuitClosed,
        ...this.#read,
        webhook: this.#ports.webhook(),
        metadata: this.#ports.metadata.finding,
      },
      connection.status?.conditions,
    );
    const status = this.#statusOf(connection, finding, conditions);
    if (event !== undefined) {
      const regarding = { apiVersion: API_VERSION, kind: xrayConnections.kind, namespace: '', name, uid };
      events.emit({ regarding, ...event });
    }
    // A hint that was passed on belongs to another field manager.
    const { lookAgain } = connection.status ?? {};
    const shown = lookAgain === undefined ? status : Object.assign({}, status, { lookAgain });
    if (isDeepStrictEqual(connection.status, shown)) return;
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

  #statusOf(
    { generation, status: before }: ObservedConnection,
    finding: ConnectionFinding,
    conditions: ConnectionReport['conditions'],
  ): XrayConnectionStatus {
    const { poller, clock } = this.#ports;
    // A condition that is no longer said (web hooks turned off) goes.
    const still = (before?.conditions ?? []).filter(({ type }) => conditions.some((said) => said.type === type));
    const version = finding.ok ? finding.version : before?.xrayVersion;
    return {
      observedGeneration: generation,
      conditions: conditions.reduce<readonly Condition[]>(
        (all, next) => withCondition(all, { ...next, observedGeneration: generation }, clock.now()),
        still,
      ),
      images: poller.store.counts(),
      ...(version === undefined ? {} : { xrayVersion: version }),
      ...(this.#lastPoll === undefined ? {} : { lastSuccessfulPoll: this.#lastPoll.toISOString() }),
    };
  }
}

function heldBack(failure: Error): ConnectionFinding {
  const reason = failure instanceof XrayError ? failure.code : 'UnexpectedAnswer';
  const message = `Nothing is asked before Xray's ignore rules are read, and they cannot be: ${failure.message}`;
  return { ok: false, reason, message };
}

function readFinding(failure: Error | undefined): ReadFinding {
  if (failure === undefined) return { kind: 'read' };
  const reason = failure instanceof XrayError ? failure.code : 'UnexpectedAnswer';
  return { kind: 'failed', reason, message: failure.message };
}
