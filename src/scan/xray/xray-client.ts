// scan/xray: asks Xray. The only door to it; every failure is an XrayError, and not knowing is never an answer.
import { Agent, request } from 'undici';
import type { Clock } from '@dot-kube/operator';
import { type Digest, hexOf } from '../../workload/digest.js';
import type { Answer } from '../finding.js';
import { authorization, type Credentials } from './credentials.js';
import { factsOf } from './image-facts.js';
import { parseAnswer, SummaryDto, VersionDto } from './summary.dto.js';
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
}

export interface XrayPorts {
  readonly clock: Clock;
  readonly random: () => number;
}

const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const CONNECTIONS = 4;

export class XrayClient {
  readonly #options: XrayOptions;
  readonly #ports: XrayPorts;
  readonly #agent: Agent;
  readonly #bucket: TokenBucket;
  readonly #host: string;
  // Both are found out with the first answer: '' or '/xray', and whether the server has v2 of the summary.
  #prefix: string | undefined;
  #summaryVersion: 'v2' | 'v1' = 'v2';

  constructor(options: XrayOptions, ports: XrayPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#host = new URL(options.url).host;
    const tls = options.caBundle === undefined ? {} : { ca: options.caBundle };
    this.#agent = new Agent({
      connections: CONNECTIONS,
      allowH2: false,
      connect: { ...tls, timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
    });
    this.#bucket = new TokenBucket(options.requestsPerSecond, options.burst, ports.clock);
  }

  /** Needs credentials, so its answer proves that they are good. @throws XrayError */
  async version(signal: AbortSignal): Promise<string> {
    const found = await this.#at(await this.#findPrefix(signal), 'GET', '/api/v1/system/version', undefined, signal);
    const parsed = parseAnswer(VersionDto, found);
    if (!parsed.ok) throw this.#unexpected('version', parsed.problem);
    return parsed.value.xray_version.trim();
  }

  /** One answer for each digest. A batch that takes too long is asked in halves. @throws XrayError */
  async summaries(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Answer[]> {
    try {
      return await this.#summary(digests, signal);
    } catch (error) {
      if (!(error instanceof XrayError) || !isTooMuch(error) || digests.length < 2) throw error;
      const half = Math.ceil(digests.length / 2);
      const first = await this.summaries(digests.slice(0, half), signal);
      return [...first, ...(await this.summaries(digests.slice(half), signal))];
    }
  }

  /** Leaves no socket open. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #summary(digests: readonly Digest[], signal: AbortSignal): Promise<readonly Answer[]> {
    const prefix = await this.#findPrefix(signal);
    const body = { checksums: digests.map(hexOf) };
    const ask = async (): Promise<unknown> =>
      this.#at(prefix, 'POST', `/api/${this.#summaryVersion}/summary/artifact`, body, signal);
    const json = await ask().catch(async (error: unknown) => {
      if (!(error instanceof XrayError) || error.status !== 404 || this.#summaryVersion === 'v1') throw error;
      this.#summaryVersion = 'v1'; // an older server; fixed versions are only in v2
      return ask();
    });
    const parsed = parseAnswer(SummaryDto, json);
    if (!parsed.ok) throw this.#unexpected('summary', parsed.problem);
    return digests.map((digest) => answerFor(digest, parsed.value));
  }

  // The path of the platform's form is tried where the classic one is unknown (XRAY.md 0.1).
  async #findPrefix(signal: AbortSignal): Promise<string> {
    if (this.#prefix !== undefined) return this.#prefix;
    const given = this.#options.url.endsWith('/xray') ? [''] : ['', '/xray'];
    for (const prefix of given)
      try {
        await this.#at(prefix, 'GET', '/api/v1/system/version', undefined, signal);
        this.#prefix = prefix;
        return prefix;
      } catch (error) {
        const isElsewhere = error instanceof XrayError && error.code === 'NotXray' && prefix !== given.at(-1);
        if (!isElsewhere) throw error;
      }
    throw errorOfStatus(404, this.#host, undefined);
  }

  // eslint-disable-next-line max-params -- a request is its prefix, method, path and body
  async #at(
    prefix: string,
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { clock, random } = this.#ports;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#bucket.take(signal);
        return await this.#once(method, prefix + path, body, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof XrayError) || attempt === MAX_TRIES || !isWorthAnother(error)) throw error;
        const pauseMs = error.retryAfterMs ?? random() * FIRST_PAUSE_MS * 2 ** attempt;
        await clock.sleep(Math.min(pauseMs, LONGEST_PAUSE_MS), signal);
      }
    }
  }

  async #once(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { url, credentials, timeoutMs } = this.#options;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await request(url.replace(/\/+$/, '') + path, {
        method,
        dispatcher: this.#agent,
        signal: limit,
        headers: { ...authorization(credentials), accept: 'application/json', 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.body.text();
      if (response.statusCode >= 300) {
        const retryAfter = response.headers['retry-after'];
        throw errorOfStatus(response.statusCode, this.#host, typeof retryAfter === 'string' ? retryAfter : undefined);
      }
      return this.#parse(text);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof XrayError ? error : errorOfFailure(error, this.#host);
    }
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const what = text.trimStart().startsWith('<') ? 'a web page' : 'something that is no JSON';
      const message = `${this.#host} answers with ${what}; spec.url must be the URL of Xray or of the JFrog platform.`;
      throw new XrayError('NotXray', message, { cause });
    }
  }

  #unexpected(what: string, problem: string): XrayError {
    const message = `The ${what} that ${this.#host} sent is not as expected: ${problem}. Is spec.url an Xray, and is a proxy in between?`;
    return new XrayError('UnexpectedAnswer', message);
  }
}

/** In neither list is unknown, too; several artifacts may carry one checksum (XRAY.md 11). */
function answerFor(digest: Digest, { artifacts, errors }: SummaryDto): Answer {
  const hex = hexOf(digest);
  const mine = (artifacts ?? []).filter(({ general }) => general.sha256.toLowerCase() === hex);
  if (mine.length > 0) return { digest, state: 'scanned', facts: factsOf(mine) };
  const why = errors?.find(({ identifier }) => identifier.toLowerCase() === hex)?.error;
  return { digest, state: 'unscanned', why: why ?? 'Xray did not speak of it' };
}

function isTooMuch({ code, status }: XrayError): boolean {
  return code === 'TimedOut' || status === 408 || status === 413 || status === 504;
}

function isWorthAnother({ code, status }: XrayError): boolean {
  return (
    code === 'Unreachable' || code === 'RateLimited' || (code === 'ServerError' && status !== 504 && status !== 413)
  );
}
