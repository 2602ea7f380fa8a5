// client: sends one request and waits for its answer, through renewed credentials and tries that are worth it.
import { request } from 'undici';
import type { Clock } from '../time/clock.js';
import { type Span, type Tracing, untraced } from '../telemetry/tracing.js';
import { decodeStatus, isProtobuf } from '../protobuf/envelope.js';
import { apiErrorOf, KubeApiError, type Verb } from './api-error.js';
import { pauseBeforeRetry } from './retry.js';
import { Slots } from './slots.js';
import type { Connection, Transport } from './transport.js';

export type Query = Readonly<Record<string, string | undefined>>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
  readonly method: Method;
  readonly verb: Verb;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Doing it twice is the same as doing it once. */
  readonly repeatable?: boolean;
  /** Goes at once, over a connection of its own, and also while nothing else may be written. */
  readonly urgent?: boolean;
}

/** Read as it comes. */
export interface StreamedBody extends AsyncIterable<Buffer> {
  /** The header, which tells the form; undefined: JSON. */
  readonly contentType?: string;
}

/** Hears of every request: for metrics. */
export interface RequestObserver {
  answered(call: {
    readonly method: Method;
    readonly status: number;
    readonly seconds: number;
    readonly host: string;
  }): void;
  retried(call: { readonly method: Method; readonly status: number; readonly host: string }): void;
}

export interface SenderPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
}

type Pool = 'unary' | 'stream' | 'urgent';
type Response = Awaited<ReturnType<typeof request>>;

const IN_FLIGHT = 16;

export class Sender {
  readonly #ports: SenderPorts;
  readonly #slots = new Slots(IN_FLIGHT);
  #observer: RequestObserver | undefined;
  #tracing = untraced;
  /** Of the last request. */
  #host = '';

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  observe(observer: RequestObserver): void {
    this.#observer = observer;
  }

  trace(tracing: Tracing): void {
    this.#tracing = tracing;
  }

  /** @throws KubeApiError */
  async json(call: Call, signal: AbortSignal): Promise<unknown> {
    const attributes = { 'http.request.method': call.method, 'url.path': call.path };
    return this.#tracing.within(`kubernetes ${call.verb}`, attributes, async (span) =>
      this.#json(call, signal).catch((error: unknown) => {
        tell(span, error);
        throw error;
      }),
    );
  }

  async #json(call: Call, signal: AbortSignal): Promise<unknown> {
    const { clock, random } = this.#ports;
    const repeatable = call.method === 'GET' || call.repeatable === true;
    const startedMs = clock.monotonicMs();
    for (let failures = 1; ; failures++) {
      try {
        return await this.#attempt(call, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const error = cause instanceof KubeApiError ? cause : unreachable(call, cause);
        const spentMs = clock.monotonicMs() - startedMs;
        const pauseMs = pauseBeforeRetry(error, { failures, spentMs, repeatable }, random);
        if (pauseMs === undefined) throw error;
        this.#observer?.retried({ method: call.method, status: error.status, host: this.#host });
        await clock.sleep(pauseMs, signal);
      }
    }
  }

  async #attempt(call: Call, signal: AbortSignal): Promise<unknown> {
    if (call.urgent === true) return (await this.#send(call, signal, 'urgent')).body.json();
    return this.#slots.run(signal, async () => (await this.#send(call, signal, 'unary')).body.json());
  }

  /** A body that is read as it comes, without another try. @throws KubeApiError */
  async stream(call: Call, signal: AbortSignal): Promise<StreamedBody> {
    const response = await this.#send(call, signal, 'stream');
    const chunks: AsyncIterable<Buffer> = response.body;
    const contentType = contentTypeOf(response);
    return {
      [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator](),
      ...(contentType === undefined ? {} : { contentType }),
    };
  }

  async #send(call: Call, signal: AbortSignal, pool: Pool): Promise<Response> {
    const { transport } = this.#ports;
    const connection = await transport.connection();
    let response = await this.#once(call, signal, pool, connection);
    if (response.statusCode === 401) {
      await response.body.dump();
      response = await this.#once(call, signal, pool, await this.#renewed(call, connection)); // a token may have been rotated
    }
    if (response.statusCode < 300) return response;
    const retryAfter = response.headers['retry-after'];
    throw apiErrorOf(await statusText(response), {
      status: response.statusCode,
      what: `${call.method} ${call.path}`,
      verb: call.verb,
      ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
    });
  }

  async #renewed({ method, verb, path }: Call, refused: Connection): Promise<Connection> {
    try {
      return await this.#ports.transport.renewed(refused);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `the API server refused our credentials for ${method} ${path}, and new ones could not be read: ${why}`;
      throw new KubeApiError(401, 'Unauthorized', message, { verb, cause });
    }
  }

  async #once(call: Call, signal: AbortSignal, pool: Pool, connection: Connection): Promise<Response> {
    const { clock, userAgent } = this.#ports;
    const { server, headers } = connection.known;
    const { host } = new URL(server);
    const startedMs = clock.monotonicMs();
    let status = 0;
    this.#host = host;
    try {
      const response = await request(server + call.path + queryText(call.query), {
        method: call.method,
        dispatcher: connection[pool],
        signal,
        headers: {
          ...headers,
          accept: call.accept ?? 'application/json',
          'user-agent': userAgent,
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
      });
      status = response.statusCode;
      return response;
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof KubeApiError ? cause : unreachable(call, cause);
    } finally {
      const seconds = (clock.monotonicMs() - startedMs) / 1_000;
      this.#observer?.answered({ method: call.method, status, seconds, host });
    }
  }
}

function contentTypeOf({ headers: { 'content-type': given } }: Response): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

/** The body of a refusal, as JSON has it. */
async function statusText(response: Response): Promise<string> {
  if (!isProtobuf(contentTypeOf(response))) return response.body.text();
  return refusalText(Buffer.from(await response.body.arrayBuffer()));
}

function refusalText(bytes: Buffer): string {
  try {
    return JSON.stringify(decodeStatus(bytes));
  } catch (error) {
    return `(${String(error)})`; // the HTTP status counts, whatever the body is
  }
}

function tell(span: Span, error: unknown): void {
  if (!(error instanceof KubeApiError)) return;
  if (error.status > 0) span.set({ 'http.response.status_code': error.status });
  span.fail(error.reason);
}

function unreachable({ method, verb, path }: Call, cause: unknown): KubeApiError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KubeApiError(0, 'Unreachable', `no answer from the API server to ${method} ${path}: ${why}`, {
    verb,
    cause,
  });
}

function queryText(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? '' : `?${given.toString()}`;
}
