// scan/xray: carries one request to Xray and its answer back, within every limit. Every failure is an XrayError.
import { randomBytes } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import type { Clock } from '@dot-kube/operator';
import { retryAfterMs } from '../../shape/retry-after.js';
import { answered, type Circuit, closed, enter, failed } from './circuit-breaker.js';
import { authorization, type Credentials, secretsOf } from './credentials.js';
import { dispatcherFor, noProxies, type Proxies } from './dispatcher.js';
import { isServersTrouble, pauseBeforeRetry } from './retry.js';
import { Slots } from './slots.js';
import { TokenBucket } from './token-bucket.js';
import { errorOfFailure, errorOfStatus, XrayError } from './xray-error.js';

export interface XrayOptions {
  /** The platform's URL or Xray's own; the path /xray is found out. */
  readonly url: string;
  readonly credentials: Credentials;
  /** PEM; besides the authorities that Node trusts. */
  readonly caBundle?: string;
  readonly timeoutMs: number;
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Requests at once. */
  readonly concurrency: number;
}

export interface XrayPorts {
  readonly clock: Clock;
  readonly random: () => number;
  /** None unless given. */
  readonly proxies?: Proxies;
  /** Carries the requests in place of sockets of our own, as to an Xray that a test plays. */
  readonly carrier?: Dispatcher;
  /** Stands around each request that is sent: for metrics, log and traces. None unless given. */
  readonly around?: Around;
}

/** Which question it is: few words, for metrics. */
export type XrayCall =
  'ping' | 'version' | 'summary' | 'status' | 'components' | 'violations' | 'ignoreRules' | 'metadata';

/** One request as it goes out; a second try is another one. */
export interface SentRequest {
  readonly call: XrayCall;
  /** 16 hexadecimal digits: what Xray's own logs have as its trace id. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
}

/** `send` throws an XrayError, or the reason for which it was told to end. */
export type Around = <T>(request: SentRequest, send: () => Promise<T>) => Promise<T>;

export interface XrayRequest {
  readonly call: XrayCall;
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Sent without credentials: for a place that may not be Xray. */
  readonly anonymous?: boolean;
  /** Nothing depends on it: it is tried once, takes no other request's place, and its failure is no sign of trouble. */
  readonly aside?: boolean;
}

/** Reads the body as it comes in. May throw an XrayError. */
export type Read<T> = (chunks: AsyncIterable<Uint8Array>) => Promise<T>;

const MAX_JSON = 16_000_000;
const MAX_SAID = 300;

export class Transport {
  readonly host: string;
  readonly #options: XrayOptions;
  readonly #ports: XrayPorts;
  readonly #dispatcher: Dispatcher;
  readonly #bucket: TokenBucket;
  readonly #slots: Slots;
  /** How long an Xray that does not answer is left alone at most. */
  longestPauseMs = 30_000;
  #circuit: Circuit = closed;
  #lastTrouble: XrayError | undefined;
  #clockOffsetMs = 0;

  constructor(options: XrayOptions, ports: XrayPorts) {
    this.#options = options;
    this.#ports = ports;
    this.host = new URL(options.url).host;
    const { caBundle, timeoutMs, concurrency, requestsPerSecond, burst } = options;
    this.#dispatcher =
      ports.carrier ??
      dispatcherFor({
        ...(caBundle === undefined ? {} : { caBundle }),
        timeoutMs,
        connections: concurrency + 1, // one for what is asked aside
        proxies: ports.proxies ?? noProxies,
      });
    this.#bucket = new TokenBucket(requestsPerSecond, burst, ports.clock);
    this.#slots = new Slots(concurrency);
  }

  get circuit(): Circuit {
    return this.#circuit;
  }

  /** What Xray's clock says now, by the `Date` of its last answer; ours before the first. */
  serverNow(): Date {
    return new Date(this.#ports.clock.now().getTime() + this.#clockOffsetMs);
  }

  /** Leaves no socket open. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  /** @throws XrayError; the signal's reason when it aborts */
  async json(asked: XrayRequest, signal: AbortSignal): Promise<unknown> {
    return this.read(asked, async (chunks) => this.#parse(await textOf(chunks, MAX_JSON, this.host)), signal);
  }

  /** Like {@link json} where it does not matter what is answered. @throws XrayError; the signal's reason when it aborts */
  async send(asked: XrayRequest, signal: AbortSignal): Promise<void> {
    await this.read(asked, async (chunks) => textOf(chunks, MAX_JSON, this.host), signal);
  }

  /** Like {@link json} for a body of any size. @throws XrayError; the signal's reason when it aborts */
  async read<T>(asked: XrayRequest, read: Read<T>, signal: AbortSignal): Promise<T> {
    const { clock, random } = this.#ports;
    if (asked.aside === true) return this.#aside(asked, read, signal);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#slots.use(signal, async () => this.#guarded(asked, read, signal));
      } catch (error) {
        signal.throwIfAborted();
        const pauseMs = error instanceof XrayError ? pauseBeforeRetry(error, attempt, random()) : undefined;
        if (pauseMs === undefined || this.#circuit.state === 'open') throw error;
        await clock.sleep(pauseMs, signal);
      }
    }
  }

  async #guarded<T>(asked: XrayRequest, read: Read<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#ports;
    const entry = enter(this.#circuit, clock.monotonicMs());
    this.#circuit = entry.circuit;
    if (!entry.go) throw this.#notAsked(entry.retryAtMs - clock.monotonicMs());
    await this.#bucket.take(signal);
    try {
      const value = await this.#once(asked, read, signal);
      this.#circuit = answered();
      return value;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  async #aside<T>(asked: XrayRequest, read: Read<T>, signal: AbortSignal): Promise<T> {
    if (this.#circuit.state !== 'closed') throw this.#notAsked(0); // looking whether it answers again is for what matters
    await this.#bucket.take(signal);
    return this.#once(asked, read, signal);
  }

  #note(error: unknown): void {
    if (!(error instanceof XrayError)) return;
    if (!isServersTrouble(error)) {
      this.#circuit = answered();
      return;
    }
    this.#lastTrouble = error;
    this.#circuit = failed(this.#circuit, this.#ports.clock.monotonicMs(), this.longestPauseMs);
  }

  // The trouble keeps its code: that nothing is sent for a while is how we bear it, not what it is. No time in the message:
  // it ends up in conditions, and a text that always differs is always a write.
  #notAsked(forMs: number): XrayError {
    const { code, message } = this.#lastTrouble ?? errorOfFailure(undefined, this.host);
    return new XrayError(code, message, { cause: this.#lastTrouble, retryAfterMs: forMs });
  }

  async #once<T>(asked: XrayRequest, read: Read<T>, signal: AbortSignal): Promise<T> {
    const sent: SentRequest = { call: asked.call, id: randomBytes(8).toString('hex'), method: asked.method };
    const send = async (): Promise<T> => this.#send(asked, sent.id, read, signal);
    const { around } = this.#ports;
    return around === undefined ? send() : around(sent, send);
  }

  async #send<T>(
    { method, path, body, anonymous }: XrayRequest,
    id: string,
    read: Read<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { url, credentials, timeoutMs } = this.#options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await request(url.replace(/\/+$/, '') + path, {
        method,
        dispatcher: this.#dispatcher,
        signal: limit,
        headers: {
          ...(anonymous === true ? {} : authorization(credentials)),
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': 'kubexray-operator',
          'uber-trace-id': `${id}:${id}:0:0`, // as JFrog's own clients name a request, to be found in the platform's logs
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      this.#setClock(header(response.headers['date']));
      if (response.statusCode >= 300) throw await this.#refusal(response);
      return await read(response.body);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof XrayError ? error : errorOfFailure(error, this.host);
    }
  }

  #setClock(date: string | undefined): void {
    const server = Date.parse(date ?? '');
    if (!Number.isNaN(server)) this.#clockOffsetMs = server - this.#ports.clock.now().getTime();
  }

  async #refusal({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<XrayError> {
    const text = await textOf(body, MAX_JSON, this.host);
    return errorOfStatus({
      status: statusCode,
      host: this.host,
      retryAfterMs: retryAfterMs(header(headers['retry-after']), this.#ports.clock.now()),
      location: header(headers['location']),
      said: this.#withoutSecrets(sentenceIn(text)),
    });
  }

  // A server may repeat what it was sent. It is cut afterwards: of a secret that is cut the rest would not be found.
  #withoutSecrets(text: string | undefined): string | undefined {
    const secrets = secretsOf(this.#options.credentials).flatMap((secret) => [secret, asInJson(secret)]);
    return secrets.reduce((clean, secret) => clean?.replaceAll(secret, '…'), text)?.slice(0, MAX_SAID);
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw noJson(this.host, text, cause);
    }
  }
}

export function noJson(host: string, beginning: string, cause: unknown): XrayError {
  const what = beginning.trimStart().startsWith('<') ? 'a web page' : 'something that is no JSON';
  const message = `${host} answers with ${what}; spec.url must be the URL of Xray or of the JFrog platform.`;
  return new XrayError('NotXray', message, { cause });
}

/** The limit keeps a broken server from filling our memory. */
async function textOf(chunks: AsyncIterable<Uint8Array>, limit: number, host: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw new XrayError('TooLarge', `${host} answers with more than ${limit / 1_000_000} MB.`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Xray says `{"error": …}`, the router and Artifactory say `{"errors": [{"message": …}]}` (XRAY.md 0.3). */
function sentenceIn(text: string): string | undefined {
  const sentence = /"(?:error|message)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return sentence === undefined || sentence === '' ? undefined : sentence;
}

function asInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function header(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
