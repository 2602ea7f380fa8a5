// cli/dashboard: the HTTP server behind the page, on this machine only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock, isApiError } from '@dot-kube/operator';
import { Trouble } from '../exit-code.js';
import { DATA, refusalOf, SECURITY_HEADERS } from './admission.js';
import type { Board } from './board.js';
import type { PageFiles } from './page-file.js';
import { streamUpdates } from './update-stream.js';
import type { WorkloadView } from './workload-view.js';

export interface DashboardPorts {
  readonly token: string;
  readonly page: PageFiles;
  readonly board: Board;
  /** @returns undefined where there is no such result @throws KubeApiError */
  readonly workload: (namespace: string, result: string) => Promise<WorkloadView | undefined>;
  readonly clock: Clock;
}

const ADDRESS = '127.0.0.1';
const LIMITS = { headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 };
const MAX_CONNECTIONS = 64;

export class DashboardServer {
  readonly #ports: DashboardPorts;
  readonly #server: Server;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(ports: DashboardPorts) {
    this.#ports = ports;
    this.#server = createServer(LIMITS, (request, response) => {
      const answering = this.#answer(request, response)
        .catch(() => response.destroy())
        .then(() => {
          this.#underWay.delete(answering);
        });
      this.#underWay.add(answering);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** @param port 0 = any that is free @returns where the page is, without the token @throws Trouble when it is taken */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(notListening(error, port));
      });
      this.#server.listen(port, ADDRESS, resolve);
    });
    const address = this.#server.address();
    return `http://${ADDRESS}:${typeof address === 'object' && address !== null ? address.port : port}/`;
  }

  /** Ends every stream and connection. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the dashboard ends'));
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all(this.#underWay);
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${ADDRESS}`);
    const { method, headers } = request;
    const refusal = refusalOf({ method, path: url.pathname, headers }, this.#ports.token);
    if (refusal !== undefined) {
      const { status, message } = refusal;
      sendJson(response, status, { message }, status === 405 ? { allow: 'GET, HEAD' } : {});
    } else if (url.pathname === `${DATA}updates`) await this.#updates(request, response);
    else if (url.pathname === `${DATA}workload`) await this.#workload(url, response);
    else if (url.pathname.startsWith(DATA)) sendJson(response, 404, { message: 'there is no such thing' });
    else this.#file(url.pathname, response);
  }

  async #updates({ method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { board, clock } = this.#ports;
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream' });
    if (method === 'HEAD') response.end();
    else await streamUpdates(response, board.subscribe(), { clock, signal: this.#stop.signal });
  }

  async #workload({ searchParams }: URL, response: ServerResponse): Promise<void> {
    const [namespace, result] = [searchParams.get('namespace') ?? '', searchParams.get('result') ?? ''];
    if (namespace === '' || result === '') {
      sendJson(response, 400, { message: 'name the namespace and the result' });
      return;
    }
    try {
      const view = await this.#ports.workload(namespace, result);
      if (view === undefined)
        sendJson(response, 404, { message: `there is no result ${namespace}/${result} any more` });
      else sendJson(response, 200, view);
    } catch (error) {
      if (!isApiError(error)) throw error;
      sendJson(response, isApiError(error, 'Forbidden') ? 403 : 502, {
        message: `the API server says: ${error.message}`,
      });
    }
  }

  /** Every other path is a view of the page, which tells them apart itself. */
  #file(path: string, response: ServerResponse): void {
    const file = this.#ports.page.assets.get(path);
    const { type, text } = file ?? this.#ports.page.html;
    const status = file === undefined && path.startsWith('/assets/') ? 404 : 200;
    response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type });
    response.end(text);
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function notListening({ code, message }: NodeJS.ErrnoException, port: number): Trouble {
  const why = code === 'EADDRINUSE' ? 'something else has it' : message;
  return new Trouble(
    `port ${port} cannot be used: ${why}; choose another with --port, or leave it out for any free one`,
  );
}
