// webhook: an HTTP server for callers that nobody knows: with limits to what each of them may take, a certificate that can be
// replaced while it listens, and an end that lets those have their answer who have asked.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { listen } from '../lifecycle/http-server.js';

export interface Certificate {
  /** PEM, as in `tls.key` of a Secret. */
  readonly key: string;
  /** PEM, with those between it and the authority after it, as in `tls.crt`. */
  readonly cert: string;
}

export interface ServerLimits {
  readonly maxConnections: number;
  /** Until its headers are there, or the handshake of TLS is done; also of a connection on which nothing was asked yet. */
  readonly headersMs: number;
  /** Of one request, from its first byte to its last. */
  readonly requestMs: number;
  /** How long a connection is kept on which nothing is asked. */
  readonly idleMs: number;
}

const MAX_HEADER_BYTES = 16_384;
const CHECKED_EVERY_MS = 1_000;

/** Answers one request. What it throws ends the connection. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export class BoundedServer {
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #sockets = new Set<Socket>();
  /** Those on which nothing was asked yet, by who is at the other end: of TLS, a request has another socket than its connection. */
  readonly #unasked = new Map<string, Socket>();
  readonly #underWay = new Set<ServerResponse>();
  #ended: Promise<void> | undefined;

  /**
   * @param certificate undefined: plain HTTP, for a proxy in front that ends TLS
   * @throws Error when the certificate and its key cannot be used together
   */
  constructor(listener: Listener, limits: ServerLimits, certificate: Certificate | undefined) {
    const options = {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: CHECKED_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    };
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      this.#unasked.delete(peerOf(request.socket));
      this.#take(response);
      listener(request, response).catch(() => response.destroy());
    };
    this.#tls =
      certificate === undefined
        ? undefined
        : createTlsServer({ ...options, ...certificate, handshakeTimeout: limits.headersMs }, take);
    this.#server = this.#tls ?? createServer(options, take);
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#sockets.add(socket);
      this.#unasked.set(peer, socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#unasked.get(peer) === socket) this.#unasked.delete(peer);
      });
    });
  }

  /** @param port 0 = any that is free @returns the port @throws Error when it is taken */
  async listen(port: number, host?: string): Promise<number> {
    const taken = await listen(this.#server, port, host);
    // Of a connection that could not be taken, as with too many open files: those that come later may be.
    this.#server.on('error', () => undefined);
    return taken;
  }

  /** For connections from now on; what is open stays open. @throws Error when the two cannot be used together */
  replaceCertificate(certificate: Certificate): void {
    this.#tls?.setSecureContext(certificate);
  }

  /** Takes nobody in any more. @returns a promise of the end, when all who had asked are answered, or it is closed */
  async drain(): Promise<void> {
    for (const response of this.#underWay) endsConnection(response);
    this.#ended ??= new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    return this.#ended;
  }

  /** Ends the connections on which nothing was asked yet, and on which nobody waits for an answer, for all that can be told. */
  closeUnasked(): void {
    for (const socket of this.#unasked.values()) socket.destroy();
  }

  /** At once, whatever is under way. */
  async close(): Promise<void> {
    const drained = this.drain();
    // Also those that have not said a word yet, which Node's own closeAllConnections() does not know.
    for (const socket of this.#sockets) socket.destroy();
    await drained;
  }

  #take(response: ServerResponse): void {
    if (this.#ended !== undefined) endsConnection(response);
    this.#underWay.add(response);
    response.once('close', () => this.#underWay.delete(response));
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

// The connection would be kept for the next request else, and be waited for.
function endsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

/** @returns undefined where it is longer than is taken; close the connection with the answer then, since the rest still comes */
export async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Packed bodies are not unpacked: a small one may be endless. */
export function isPacked({ headers }: IncomingMessage): boolean {
  return !['', 'identity'].includes(headers['content-encoding'] ?? '');
}
