// hook: the server that Xray's web hooks reach. It believes nothing: a hook with the right token says where to look, and no more.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@dot-kube/operator';
import { bodyOf, BoundedServer, type Certificate, isPacked } from '@dot-kube/operator/webhook';
import { parseJson } from '../api/json.js';
import { type Hint, hintIn } from './payload.js';
import { RateLimit } from './rate-limit.js';
import { carriesToken } from './token.js';

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
const LIMITS = { maxConnections: 100, headersMs: 5_000, requestMs: 10_000, idleMs: 5_000 };
const ACCEPTED = 202;

export class HookServer {
  readonly #ports: HookServerPorts;
  readonly #limit: RateLimit;
  readonly #server: BoundedServer;
  #token: string;

  /** @throws Error when the certificate or its key cannot be used */
  constructor({ token, tls }: HookConfig, ports: HookServerPorts) {
    this.#ports = ports;
    this.#token = token;
    this.#limit = new RateLimit(REQUESTS_PER_SECOND, BURST, ports.clock);
    this.#server = new BoundedServer(this.#handle.bind(this), LIMITS, tls);
  }

  /** @param port 0 = any that is free @param host all addresses by default @returns the port @throws Error when it is taken */
  async listen(port: number, host?: string): Promise<number> {
    return this.#server.listen(port, host);
  }

  /** New token and certificate from now on; what is open stays open. @throws Error when the certificate cannot be used */
  rotate({ token, tls }: HookConfig): void {
    if (tls !== undefined) this.#server.replaceCertificate(tls);
    this.#token = token;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = this.#refusal(request) ?? (await this.#take(request));
    this.#ports.onAnswered?.(status);
    if (status === ACCEPTED) response.writeHead(status).end();
    else refuse(response, status);
  }

  /** @returns the status of the answer, which goes out at once: Xray need not wait for what is done about it */
  async #take(request: IncomingMessage): Promise<number> {
    const body = await bodyOf(request, MAX_BODY);
    if (body === undefined) return 413;
    const hint = hintIn(parseJson(body));
    if (hint === undefined) return 400;
    this.#ports.onHint(hint);
    return ACCEPTED;
  }

  #refusal(request: IncomingMessage): number | undefined {
    const { method, headers } = request;
    if (!this.#limit.admits()) return 429;
    if (!carriesToken(headers, this.#token)) return 401;
    if (method !== 'POST') return 405;
    return isPacked(request) ? 415 : undefined;
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
