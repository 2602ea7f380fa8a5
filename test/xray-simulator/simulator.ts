// xray-simulator: a server that answers as Xray does, and that a test can tell to know more, to fail or to be slow.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { administer } from './admin.js';
import { answerApi } from './api.js';
import type { Artifact, Issue } from './catalog.js';
import { type Demands, letsIn } from './demands.js';
import type { Faults } from './faults.js';
import type { HookTarget } from './hook-sender.js';
import type { IgnoreRule } from './ignore-rules.js';
import { State } from './state.js';
import { readBody, send } from './wire.js';

export interface Simulator {
  readonly url: string;
  /** `METHOD /path`, the oldest first. */
  readonly requests: readonly string[];
  /** The checksums of each summary that was asked for. */
  readonly questions: readonly (readonly string[])[];
  /** What it was told by kube/metadata, the oldest first. */
  readonly told: readonly object[];
  put(digest: string, artifact: Partial<Artifact>): void;
  addIssue(digest: string, issue: Issue): void;
  addLicense(digest: string, license: string): void;
  watch(digest: string): void;
  forget(digest: string): void;
  fail(faults: Faults): void;
  demand(demands: Demands): void;
  /** All that it has from now on. */
  ignore(rules: readonly IgnoreRule[]): void;
  /** From now on it sends a web hook for each violation; undefined: no more. */
  sendHooksTo(hook: HookTarget | undefined): void;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  readonly port?: number;
  /** The access token that it demands; none: it takes anybody. */
  readonly token?: string;
  /** PEM; given: it speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Its clock, in milliseconds; the machine's unless given. */
  readonly nowMs?: () => number;
}

/** In this process. Whoever needs it in a process of its own takes `startSimulatorProcess`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, token, tls, nowMs = Date.now } = options;
  const closing = new AbortController();
  const state = new State(token === undefined ? {} : { accessToken: token }, closing.signal, nowMs);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(state, request, response, closing.signal).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${await listen(server, port)}`;
  return {
    url,
    requests: state.requests,
    questions: state.questions,
    told: state.told,
    put: state.put.bind(state),
    addIssue: state.addIssue.bind(state),
    addLicense: state.addLicense.bind(state),
    watch: state.watch.bind(state),
    forget: (digest) => state.catalog.forget(digest),
    fail: (faults) => {
      state.faults = faults;
    },
    demand: (next) => {
      state.demands = next;
    },
    ignore: (rules) => {
      state.ignoreRules = rules;
    },
    sendHooksTo: (hook) => {
      state.hook = hook;
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
  const { method = 'GET', url = '/' } = request;
  const path = new URL(url, 'http://simulator').pathname;
  const body = await readBody(request);
  if (path.startsWith('/simulator/')) {
    const { status, answer } = administer(state, method, path, body);
    send(response, status, answer);
    return;
  }
  state.requests.push(`${method} ${path}`);
  response.setHeader('date', state.now().toUTCString());
  const isHit = state.faults.path === undefined || path.endsWith(state.faults.path);
  if (isHit && (await misbehaves(state.faults, response, closing))) return;
  const { status, body: answer } = answerTo(state, request, path, body);
  if (isHit && state.faults.cut === true) cutOff(response, answer);
  else send(response, status, answer);
}

function answerTo(
  state: State,
  { method = 'GET', headers }: IncomingMessage,
  path: string,
  body: string,
): ReturnType<typeof answerApi> {
  const bare = path.replace(/^\/xray\//, '/');
  if (bare === '/api/v1/system/ping') return { status: 200, body: { status: 'pong' } };
  if (!letsIn(state.demands, headers)) return { status: 401, body: { error: 'Bad Credentials' } };
  return answerApi(state, method, bare, body);
}

/** @returns whether this was the answer */
async function misbehaves(faults: Faults, response: ServerResponse, closing: AbortSignal): Promise<boolean> {
  const { status, body = '{"error":"told to fail"}', headers = {}, delayMs = 0 } = faults;
  if (delayMs > 0) await delay(delayMs, undefined, { signal: closing });
  if (status === undefined) return false;
  const type = body.startsWith('<') ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body);
  return true;
}

function cutOff(response: ServerResponse, answer: object): void {
  const text = JSON.stringify(answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => {
    response.destroy();
  });
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
