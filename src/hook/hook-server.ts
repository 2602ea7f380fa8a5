// hook: the server that Xray's web hooks reach. It believes nothing: a hook with the right token says where to look, and no more.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Clock } from '@dot-kube/operator';
import { parseJson } from '../api/json.js';
import { type Hint, hintIn } from './payload.js';
import { RateLimit } from './rate-limit.js';
import { carriesToken } from './token.js';

export interface Certificate {
  /** PEM */
  readonly key: string;
  readonly cert: string;
}

export interface HookConfig {
  readonly token: string;
  /** Absent: plain HTTP, for a proxy in front that ends TLS. */
  readonly tls?: Certificate;
}

export interface HookServerPorts {
  readonly clock: Clock;
  readonly onHint: (hint: Hint) => void;
  /** Hears the status of each answer: for metrics. */
  readonly onAnswered?: (status: number) => void;
}

const MAX_BODY = 5_000_000; // a hook with a whole image's result has some 1 MB (XRAY.md 7.4)
const REQUESTS_PER_SECOND = 50;
const BURST = 200;
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};
const MAX_CONNECTIONS = 100;
const ACCEPTED = 202;

export class HookServer {
  readonly #ports: HookServerPorts;
  readonly #limit: RateLimit;
  readonly #server: Server | TlsServer;
  readonly #tls: TlsServer | undefined;
  #token: string;

  /** @throws Error when the certificate or its key cannot be used */
  constructor({ token, tls }: HookConfig, ports: HookServerPorts) {
    this.#ports = ports;
    this.#token = token;
    this.#limit = new RateLimit(REQUESTS_PER_SECOND, BURST, ports.clock);
    const listener: RequestListener = (request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    };
    this.#tls = tls === undefined ? undefined : createTlsServer({ ...LIMITS, ...tls }, listener);
    this.#server = this.#tls ?? createServer(LIMITS, listener);
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** @param port 0 = any that is free @returns the port @throws Error when it is taken */
  async listen(port: number, host = '0.0.0.0'): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** New token and certificate from now on; what is open stays open. @throws Error when the certificate cannot be used */
  rotate({ token, tls }: HookConfig): void {
    if (tls !== undefined) this.#tls?.setSecureContext(tls);
    this.#token = token;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = this.#refusal(request) ?? (await this.#take(request));
    this.#ports.onAnswered?.(status);
    if (status === ACCEPTED) response.writeHead(status).end();
    else refuse(response, status);
  }

  /** @returns the status of the answer, which goes out at once: Xray need not wait for what is done about it */
  async #take(request: IncomingMessage): Promise<number> {
    const body = await bodyOf(request);
    if (body === undefined) return 413;
    const hint = hintIn(parseJson(body));
    if (hint === undefined) return 400;
    this.#ports.onHint(hint);
    return ACCEPTED;
  }

  #refusal({ method, headers }: IncomingMessage): number | undefined {
    if (!this.#limit.admits()) return 429;
    if (!carriesToken(headers, this.#token)) return 401;
    if (method !== 'POST') return 405;
    // Packed bodies are not unpacked: a small one may be endless.
    if (!['', 'identity'].includes(headers['content-encoding'] ?? '')) return 415;
    return Number(headers['content-length'] ?? 0) > MAX_BODY ? 413 : undefined;
  }
}

// The body that is still coming is not read: the connection ends with the answer.
function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 429 ? { 'retry-after': '1' } : {}),
  });
  response.end();
}

/** @returns undefined where it is longer than is taken */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > MAX_BODY) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
