// client: plain JSON in and out of the API server, with typed refusals. Unknown fields survive; nothing is a class.
import { request } from 'undici';
import { collectionPath, type ObjectKey, objectPath, type ResourceCoordinates } from '../resource/coordinates.js';
import { type Clock, systemClock } from '../time/clock.js';
import { apiErrorOf, KubeApiError } from './api-error.js';
import { type KubeConfigLike, openTransport, type Transport } from './transport.js';

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ListOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface Patch {
  readonly type: 'merge' | 'json' | 'apply';
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

type Query = Readonly<Record<string, string | undefined>>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
  readonly method: Method;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export type Observe = (call: { readonly method: Method; readonly status: number; readonly seconds: number }) => void;

const PAGE = 500; // as in client-go's pager
const MAX_TRIES = 4;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const contentTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
} as const;

export class KubeClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  #observe: Observe = () => undefined;

  constructor(transport: Transport, clock: Clock = systemClock, random: () => number = Math.random) {
    this.#transport = transport;
    this.#clock = clock;
    this.#random = random;
  }

  static async from(kubeConfig: KubeConfigLike, clock: Clock = systemClock): Promise<KubeClient> {
    return new KubeClient(await openTransport(kubeConfig, clock), clock);
  }

  /** Every request is told of from now on: for metrics. */
  observe(observe: Observe): void {
    this.#observe = observe;
  }

  /** @throws KubeApiError */
  async get<O>(coordinates: ResourceCoordinates, key: ObjectKey, { signal }: CallOptions): Promise<O> {
    return this.#json<O>({ method: 'GET', path: objectPath(coordinates, key) }, signal);
  }

  /** Reads all pages. @throws KubeApiError */
  async list<O>(coordinates: ResourceCoordinates, { signal, namespace, ...selectors }: ListOptions): Promise<O[]> {
    const items: O[] = [];
    let next: string | undefined;
    do {
      const query = { ...selectors, limit: String(PAGE), continue: next };
      const call: Call = { method: 'GET', path: collectionPath(coordinates, namespace), query };
      const page = await this.#json<{ items: O[]; metadata: { continue?: string } }>(call, signal);
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
    { signal }: CallOptions,
  ): Promise<O> {
    return this.#json<O>({ method: 'POST', path: collectionPath(coordinates, namespace), body }, signal);
  }

  /** @throws KubeApiError; reason `Conflict` where the body's resourceVersion is not the newest */
  async patch<O>(coordinates: ResourceCoordinates, key: ObjectKey, patch: Patch, { signal }: CallOptions): Promise<O> {
    const query = { fieldManager: patch.fieldManager, ...(patch.force === true ? { force: 'true' } : {}) };
    const path = objectPath(coordinates, key, patch.subresource);
    return this.#json<O>(
      { method: 'PATCH', path, query, body: patch.body, contentType: contentTypes[patch.type] },
      signal,
    );
  }

  /** @throws KubeApiError; reason `Conflict` where a precondition does not hold */
  async delete(
    coordinates: ResourceCoordinates,
    key: ObjectKey,
    body: DeleteOptions,
    { signal }: CallOptions,
  ): Promise<void> {
    await this.#json({ method: 'DELETE', path: objectPath(coordinates, key), body }, signal);
  }

  /** A body that is read as it comes: the page of a list, or a watch. @throws KubeApiError */
  async stream(call: Call, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { body } = await this.#send(call, signal, 'stream');
    return body;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #json<O>(call: Call, signal: AbortSignal): Promise<O> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { body } = await this.#send(call, signal, 'unary');
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's schema is what is trusted here
        return (await body.json()) as O;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof KubeApiError) || attempt === MAX_TRIES || !isWorthAnother(error, call.method))
          throw error;
        await this.#clock.sleep(this.#pauseMs(error, attempt), signal);
      }
    }
  }

  #pauseMs({ retryAfterMs }: KubeApiError, attempt: number): number {
    return Math.min(retryAfterMs ?? this.#random() * FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  }

  async #send(call: Call, signal: AbortSignal, pool: 'unary' | 'stream'): ReturnType<typeof request> {
    const first = await this.#once(call, signal, pool, false);
    const response = first.statusCode === 401 ? await this.#again(first, call, signal, pool) : first;
    if (response.statusCode < 300) return response;
    const retryAfter = response.headers['retry-after'];
    const what = `${call.method} ${call.path}`;
    throw apiErrorOf(
      response.statusCode,
      await response.body.text(),
      what,
      typeof retryAfter === 'string' ? retryAfter : undefined,
    );
  }

  // A token may have been rotated since it was read.
  async #again(
    refused: Awaited<ReturnType<typeof request>>,
    call: Call,
    signal: AbortSignal,
    pool: 'unary' | 'stream',
  ): ReturnType<typeof request> {
    await refused.body.dump();
    return this.#once(call, signal, pool, true);
  }

  async #once(call: Call, signal: AbortSignal, pool: 'unary' | 'stream', fresh: boolean): ReturnType<typeof request> {
    const startedMs = this.#clock.monotonicMs();
    let status = 0;
    try {
      const response = await request(this.#transport.server + call.path + queryText(call.query), {
        method: call.method,
        dispatcher: this.#transport[pool],
        signal,
        headers: {
          ...(await this.#transport.headers(fresh)),
          accept: call.accept ?? 'application/json',
          'user-agent': 'dot-kube-operator',
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
      });
      status = response.statusCode;
      return response;
    } catch (cause) {
      signal.throwIfAborted();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new KubeApiError(0, 'Unreachable', `no answer from the API server to ${call.method} ${call.path}: ${why}`, {
        cause,
      });
    } finally {
      this.#observe({ method: call.method, status, seconds: (this.#clock.monotonicMs() - startedMs) / 1_000 });
    }
  }
}

// After a lost connection nobody knows whether a write was carried out, so only reads are repeated then.
function isWorthAnother({ status }: KubeApiError, method: Method): boolean {
  return status === 429 || status === 503 || status === 504 || (status === 0 && method === 'GET');
}

function queryText(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? '' : `?${given.toString()}`;
}
