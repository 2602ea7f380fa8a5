// testing: stands between a client and the API server. A test sees each request, and can do something between the moment
// that the API server has answered and the moment that the client learns of it.
import {
  createServer,
  type IncomingMessage,
  request as plainRequest,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { answerWith, type Fault, isAnswer, passOn } from './faults.js';

export interface AskedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface ProxiedRequest extends AskedRequest {
  /** The API server's answer. */
  readonly status: number;
}

export interface ApiProxyOptions {
  /** As in a kubeconfig: `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly certificateAuthority?: string;
  /** Called before the API server is asked; what it gives is done to the answer. */
  readonly onRequest?: (request: AskedRequest) => Fault | undefined;
  /**
   * Called once the API server has answered; the client gets the answer when it resolves, or none if it rejects. It is told
   * of a write even where the client went away before the answer: the API server has it, so a test has to know.
   */
  readonly onAnswer?: (request: ProxiedRequest) => Promise<void> | void;
}

export interface ApiProxy {
  /** Plain HTTP on 127.0.0.1. The client's own Authorization header is passed on, so that it is who it says it is. */
  readonly url: string;
  /** Breaks every connection that is open now. */
  breakConnections(): void;
  /** Resolves once all that the API server was asked is answered. */
  close(): Promise<void>;
}

/** @throws Error when no port can be opened */
export async function startApiProxy(options: ApiProxyOptions): Promise<ApiProxy> {
  const unanswered = new Set<Promise<IncomingMessage>>();
  const server = createServer((request, response) => {
    forward(options, unanswered, request, response).catch(() => {
      response.destroy(); // as if the connection broke: that is what a client has to live with
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    breakConnections: () => {
      server.closeAllConnections();
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      await Promise.allSettled(unanswered);
    },
  };
}

async function forward(
  { server, certificateAuthority, onRequest, onAnswer }: ApiProxyOptions,
  unanswered: Set<Promise<IncomingMessage>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = new URL(request.url ?? '/', server);
  const asked = { method: request.method ?? 'GET', path: target.pathname, query: target.searchParams };
  const fault = onRequest?.(asked);
  if (fault?.kind === 'unreachable') throw new Error('out of reach, as the test wants it');
  if (isAnswer(fault)) {
    request.resume();
    answerWith(response, fault, request.headers.accept);
    return;
  }
  const answering = send(target, certificateAuthority, request, response).finally(() => unanswered.delete(answering));
  unanswered.add(answering);
  const answer = await answering;
  const status = answer.statusCode ?? 0;
  await onAnswer?.({ ...asked, status });
  if (response.destroyed) {
    answer.destroy();
    return;
  }
  response.once('close', () => answer.destroy()); // a watch that nobody reads must not stay open
  response.writeHead(status, answer.headers);
  response.flushHeaders(); // the first event of a watch may be long in coming
  passOn(answer, response, fault);
}

/** @throws Error when the API server cannot be reached, or the client of a read or of half a write went away first */
async function send(
  target: URL,
  ca: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: request.method,
    headers: { ...request.headers, host: target.host },
  };
  return new Promise((resolve, reject) => {
    const upstream =
      target.protocol === 'https:'
        ? tlsRequest(target, { ...options, ...(ca === undefined ? {} : { ca }) })
        : plainRequest(target, options);
    upstream.once('response', resolve).once('error', reject);
    response.once('close', () => {
      const isWrite = request.method !== 'GET' && request.complete; // the API server has it, whoever waits for the answer
      if (!isWrite) upstream.destroy();
    });
    request.pipe(upstream);
  });
}
