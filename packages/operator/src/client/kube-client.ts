// client: plain JSON in and out of the API server, with typed refusals. Unknown fields survive; nothing is a class.
import type { Dispatcher } from 'undici';
import { collectionPath, type ObjectKey, objectPath, type ResourceCoordinates } from '../resource/coordinates.js';
import type { Tracing } from '../telemetry/tracing.js';
import { type Clock, systemClock } from '../time/clock.js';
import { KubeApiError } from './api-error.js';
import type { KubeConfigSource } from './credentials.js';
import { type Call, type Query, type RequestObserver, Sender, type StreamedBody } from './sender.js';
import { openTransport, type Transport } from './transport.js';

export type { Call, StreamedBody } from './sender.js';

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WriteCallOptions extends CallOptions {
  /** At most 128 characters. */
  readonly fieldManager?: string;
}

export interface Patch {
  /** `strategic`: of kinds that Kubernetes itself has. */
  readonly type: 'merge' | 'strategic' | 'json' | 'apply';
  readonly body: unknown;
  readonly subresource?: 'status' | 'scale';
  /** At most 128 characters. */
  readonly fieldManager: string;
  /** Server-side apply only: takes fields over from other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

const PAGE = 500; // as in client-go's pager
const contentTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
} as const;

interface Parts {
  readonly sender: Sender;
  readonly transport: Transport;
  readonly permit: { mayWrite: (() => boolean) | undefined };
  readonly urgent: boolean;
}

export interface ClientOptions {
  readonly clock?: Clock;
  readonly random?: () => number;
  /** undici's: carries the requests in place of sockets, as to an API server that a test plays. */
  readonly carrier?: Dispatcher;
  /** Who asks, as the API server's audit log and metrics have it: `example-operator/1.2.0`; the framework's name by default. */
  readonly userAgent?: string;
}

export class KubeClient {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @param source client-node's KubeConfig, or better a function that loads it: it is called again after a refused
   *   token
   * @throws Error when the kubeconfig names no cluster, or its credentials cannot be read
   */
  static async from(
    source: KubeConfigSource,
    { clock = systemClock, random = Math.random, userAgent = 'dot-kube-operator', carrier }: ClientOptions = {},
  ): Promise<KubeClient> {
    const permit: Parts['permit'] = { mayWrite: undefined };
    const beforeWrite = (): void => {
      if (permit.mayWrite?.() !== false) return;
      throw new KubeApiError(0, 'NotLeading', 'not sent: this replica leads no more, and another may be at work');
    };
    const carried = carrier === undefined ? {} : { carrier };
    const transport = await openTransport(source, { clock, beforeWrite, ...carried });
    const sender = new Sender({ transport, clock, random, userAgent });
    return new KubeClient({ transport, permit, urgent: false, sender });
  }

  /** Every request is told of from now on: for metrics. */
  observe(observer: RequestObserver): void {
    this.#parts.sender.observe(observer);
  }

  /** Every request for an object is traced from now on, as a part of the pass that sends it. */
  trace(tracing: Tracing): void {
    this.#parts.sender.trace(tracing);
  }

  /**
   * From now on nothing that changes something is sent while `mayWrite` says no: asked at the last moment.
   *
   * @throws Error where somebody guards it already
   */
  guardWrites(mayWrite: () => boolean): void {
    if (this.#parts.permit.mayWrite !== undefined)
      throw new Error(
        'the writes of this client hang on a leader election already; give each manager a client of its own',
      );
    this.#parts.permit.mayWrite = mayWrite;
  }

  /** The same client for the lease: its requests wait behind no others, and are sent also where no others may write. */
  get urgent(): KubeClient {
    return new KubeClient({ ...this.#parts, urgent: true });
  }

  /** @throws KubeApiError */
  async get<O>(coordinates: ResourceCoordinates, key: ObjectKey, options: CallOptions): Promise<O> {
    return this.#json<O>({ method: 'GET', verb: 'get', path: objectPath(coordinates, key) }, options);
  }

  /** Reads all pages. @throws KubeApiError */
  async list<O>(coordinates: ResourceCoordinates, { signal, namespace, ...selectors }: ListOptions): Promise<O[]> {
    const items: O[] = [];
    let next: string | undefined;
    do {
      const query: Query = { ...selectors, limit: String(PAGE), continue: next };
      const call: Call = { method: 'GET', verb: 'list', path: collectionPath(coordinates, namespace), query };
      const page = await this.#json<{ items: O[]; metadata: { continue?: string } }>(call, { signal });
      items.push(...page.items);
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    } while (next !== undefined);
    return items;
  }

  /** @throws KubeApiError; reason `AlreadyExists` where the name is taken */
  async create<O>(
    coordinates: ResourceCoordinates,
    namespace: string,
    body: unknown,
    { signal, fieldManager }: WriteCallOptions,
  ): Promise<O> {
    const path = collectionPath(coordinates, namespace);
    return this.#json<O>({ method: 'POST', verb: 'create', path, query: { fieldManager }, body }, { signal });
  }

  /** Replaces the whole object. @throws KubeApiError; reason `Conflict` where its resourceVersion is not the newest */
  async update<O>(
    coordinates: ResourceCoordinates,
    key: ObjectKey,
    body: unknown,
    { signal, fieldManager }: WriteCallOptions,
  ): Promise<O> {
    const path = objectPath(coordinates, key);
    return this.#json<O>({ method: 'PUT', verb: 'update', path, query: { fieldManager }, body }, { signal });
  }

  /** @throws KubeApiError; reason `Conflict` where the body's resourceVersion is not the newest */
  async patch<O>(coordinates: ResourceCoordinates, key: ObjectKey, patch: Patch, options: CallOptions): Promise<O> {
    const call: Call = {
      method: 'PATCH',
      verb: 'patch',
      path: objectPath(coordinates, key, patch.subresource),
      query: { fieldManager: patch.fieldManager, ...(patch.force === true ? { force: 'true' } : {}) },
      body: patch.body,
      contentType: contentTypes[patch.type],
      repeatable: patch.type === 'apply',
    };
    return this.#json<O>(call, options);
  }

  /** @throws KubeApiError; reason `Conflict` where a precondition does not hold */
  async delete(
    coordinates: ResourceCoordinates,
    key: ObjectKey,
    body: DeleteOptions,
    options: CallOptions,
  ): Promise<void> {
    await this.#json({ method: 'DELETE', verb: 'delete', path: objectPath(coordinates, key), body }, options);
  }

  /** A body that is read as it comes: the page of a list, or a watch. @throws KubeApiError */
  async stream(call: Call, signal: AbortSignal): Promise<StreamedBody> {
    return this.#parts.sender.stream(call, signal);
  }

  async close(): Promise<void> {
    await this.#parts.transport.close();
  }

  async #json<O>(call: Call, { signal }: CallOptions): Promise<O> {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's schema is what is trusted here
    return (await this.#parts.sender.json({ ...call, urgent: this.#parts.urgent }, signal)) as O;
  }
}
