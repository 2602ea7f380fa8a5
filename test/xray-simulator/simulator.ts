// xray-simulator: a server that answers as Xray does, and that a test can tell to know more, to fail or to be slow.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { administer } from './admin.js';
import { type Artifact, Catalog, type Issue } from './catalog.js';
import { type Demands, letsIn } from './demands.js';
import type { Faults } from './faults.js';
import type { State } from './state.js';
import { parseJson, readBody, send } from './wire.js';

export interface Simulator {
  readonly url: string;
  readonly requests: readonly string[];
  put(digest: string, artifact: Partial<Artifact>): void;
  addIssue(digest: string, issue: Issue): void;
  addLicense(digest: string, license: string): void;
  forget(digest: string): void;
  fail(faults: Faults): void;
  demand(demands: Demands): void;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  readonly port?: number;
  /** The access token that it demands; none: it takes anybody. */
  readonly token?: string;
}

/** In this process. Whoever needs it in a process of its own takes `startSimulatorProcess`. */
export async function startSimulator({ port = 0, token }: SimulatorOptions = {}): Promise<Simulator> {
  const demands = token === undefined ? {} : { accessToken: token };
  const state: State = { catalog: new Catalog(), requests: [], demands, faults: {} };
  const { catalog } = state;
  const closing = new AbortController();
  const server = createServer((request, response) => {
    handle(state, request, response, closing.signal).catch(() => response.destroy());
  });
  const url = await listen(server, port);
  return {
    url,
    requests: state.requests,
    put: catalog.put.bind(catalog),
    addIssue: catalog.addIssue.bind(catalog),
    addLicense: catalog.addLicense.bind(catalog),
    forget: catalog.forget.bind(catalog),
    fail: (faults) => {
      state.faults = faults;
    },
    demand: (next) => {
      state.demands = next;
    },
    close: async () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function handle(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://simulator').pathname;
  const body = await readBody(request);
  if (path.startsWith('/simulator/')) {
    const { status, answer } = administer(state, request.method ?? 'GET', path, body);
    send(response, status, answer);
    return;
  }
  state.requests.push(`${request.method ?? ''} ${path}`);
  if (await misbehaves(state.faults, path, response, closing)) return;
  if (path.endsWith('/api/v1/system/ping')) send(response, 200, { status: 'pong' });
  else if (!letsIn(state.demands, request.headers)) send(response, 401, { error: 'Bad Credentials' });
  else answerApi(state, path.replace(/^\/xray\//, '/'), body, response);
}

/** @returns whether this was the answer */
async function misbehaves(
  faults: Faults,
  path: string,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<boolean> {
  const { status, body = '{"error":"told to fail"}', headers = {}, delayMs = 0 } = faults;
  if (faults.path !== undefined && !path.endsWith(faults.path)) return false;
  if (delayMs > 0) await delay(delayMs, undefined, { signal: closing });
  if (status === undefined) return false;
  const type = body.startsWith('<') ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body);
  return true;
}

function answerApi(state: State, path: string, body: string, response: ServerResponse): void {
  if (path === '/api/v1/system/version') send(response, 200, { xray_version: '3.107.8', xray_revision: '5735964' });
  else if (path === '/api/v1/summary/artifact') summarise(state, body, 1, response);
  else if (path === '/api/v2/summary/artifact' && state.faults.old !== true) summarise(state, body, 2, response);
  else send(response, 404, { error: 'not found' });
}

function summarise({ catalog }: State, body: string, version: 1 | 2, response: ServerResponse): void {
  const asked = parseJson(body);
  if (typeof asked !== 'object' || asked === null) {
    send(response, 415, { error: 'Failed to parse json.' });
    return;
  }
  const checksums = 'checksums' in asked && Array.isArray(asked.checksums) ? asked.checksums.map(String) : [];
  send(response, 200, catalog.summary(checksums, version));
}

async function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`);
    });
  });
}
