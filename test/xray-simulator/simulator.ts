// xray-simulator: a server that answers as Xray does, and that a test can tell to know more, to fail or to be slow.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Artifact, type Catalog, type Issue, summary } from './catalog.js';

/** How it misbehaves; everything absent: not at all. */
export interface Faults {
  /** Answers every request of the API so. */
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** Has no version 2 of the summary. */
  readonly old?: boolean;
}

export interface Simulator {
  readonly url: string;
  readonly requests: readonly string[];
  put(digest: string, artifact: Partial<Artifact>): void;
  addIssue(digest: string, issue: Issue): void;
  remove(digest: string): void;
  fail(faults: Faults): void;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  readonly port?: number;
  /** The access token that it demands; none: it takes anybody. */
  readonly token?: string;
}

interface State {
  readonly catalog: Catalog;
  readonly requests: string[];
  readonly token: string | undefined;
  faults: Faults;
  readonly closing: AbortController;
}

export async function startSimulator({ port = 0, token }: SimulatorOptions = {}): Promise<Simulator> {
  const state: State = { catalog: new Map(), requests: [], token, faults: {}, closing: new AbortController() };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  const url = await listen(server, port);
  return {
    url,
    requests: state.requests,
    put: (digest, artifact) => {
      state.catalog.set(hex(digest), { ...emptyArtifact, ...artifact });
    },
    addIssue: (digest, issue) => {
      addIssue(state.catalog, digest, issue);
    },
    remove: (digest) => {
      state.catalog.delete(hex(digest));
    },
    fail: (faults) => {
      state.faults = faults;
    },
    close: async () =>
      new Promise((resolve) => {
        state.closing.abort();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

const emptyArtifact: Artifact = {
  componentId: 'shop/web:1',
  path: 'default/docker-local/shop/web/1/',
  issues: [],
  licenses: [],
};

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://simulator').pathname;
  const body = await readBody(request);
  if (path.startsWith('/simulator/')) {
    send(response, 200, administer(state, path, body));
    return;
  }
  state.requests.push(`${request.method ?? ''} ${path}`);
  const { status, body: fault = '{"error":"told to fail"}', headers = {}, delayMs = 0 } = state.faults;
  if (delayMs > 0) await delay(delayMs, undefined, { signal: state.closing.signal });
  if (status !== undefined) {
    response.writeHead(status, {
      'content-type': fault.startsWith('<') ? 'text/html' : 'application/json',
      ...headers,
    });
    response.end(fault);
    return;
  }
  answer(state, path.replace(/^\/xray\//, '/'), { body, authorization: request.headers.authorization }, response);
}

interface Asked {
  readonly body: string;
  readonly authorization: string | undefined;
}

function answer(state: State, path: string, { body, authorization }: Asked, response: ServerResponse): void {
  if (path === '/api/v1/system/ping') {
    send(response, 200, { status: 'pong' });
    return;
  }
  if (state.token !== undefined && authorization !== `Bearer ${state.token}`) {
    send(response, 401, { error: 'Bad Credentials' });
    return;
  }
  if (path === '/api/v1/system/version') send(response, 200, { xray_version: '3.107.8', xray_revision: '5735964' });
  else if (path === '/api/v1/summary/artifact') summarise(state, body, 1, response);
  else if (path === '/api/v2/summary/artifact' && state.faults.old !== true) summarise(state, body, 2, response);
  else send(response, 404, { error: 'not found' });
}

function summarise(state: State, body: string, version: 1 | 2, response: ServerResponse): void {
  const asked = parse(body);
  if (!isObject(asked)) {
    send(response, 415, { error: 'Failed to parse json.' });
    return;
  }
  const checksums = Array.isArray(asked['checksums']) ? asked['checksums'].map(String) : [];
  send(response, 200, summary(state.catalog, checksums, version));
}

/** The API for people and for other processes: PUT-like calls by POST, one object each. */
function administer(state: State, path: string, body: string): object {
  const asked = parse(body);
  const given = isObject(asked) ? asked : {};
  const digest = String(given['digest']);
  switch (path) {
    case '/simulator/artifact':
      state.catalog.set(hex(digest), { ...emptyArtifact, ...(given as Partial<Artifact>) });
      return { done: true };
    case '/simulator/issue':
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- only tests and the demo speak to it
      addIssue(state.catalog, digest, given['issue'] as Issue);
      return { done: true };
    case '/simulator/forget':
      return { done: state.catalog.delete(hex(digest)) };
    case '/simulator/faults':
      state.faults = given;
      return { done: true };
    default:
      return { requests: state.requests };
  }
}

function addIssue(catalog: Catalog, digest: string, issue: Issue): void {
  const artifact = catalog.get(hex(digest)) ?? emptyArtifact;
  catalog.set(hex(digest), { ...artifact, issues: [...artifact.issues, issue] });
}

function hex(digest: string): string {
  return digest.replace(/^sha256:/, '').toLowerCase();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
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
