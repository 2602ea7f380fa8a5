// xray-simulator: starts it as a process of its own, and speaks to its admin API. It ends when it is closed, or with us.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { AskedAnswer, RequestsAnswer, shaped, ToldAnswer } from './admin.dto.js';
import type { Artifact, Issue } from './catalog.js';
import type { Demands } from './demands.js';
import type { Faults } from './faults.js';
import type { HookTarget } from './hook-sender.js';
import type { IgnoreRule } from './ignore-rules.js';
import type { SimulatorOptions } from './simulator.js';
import { parseJson } from './wire.js';

export interface SimulatorProcess {
  readonly url: string;
  readonly pid: number;
  /** `METHOD /path` of what Xray was asked, the oldest first. */
  requests(): Promise<readonly string[]>;
  forgetRequests(): Promise<void>;
  /** How many summaries asked about the digest. */
  timesAsked(digest: string): Promise<number>;
  /** What it was told by kube/metadata, the oldest first. */
  told(): Promise<readonly object[]>;
  put(digest: string, artifact: Partial<Artifact>): Promise<void>;
  addIssue(digest: string, issue: Issue): Promise<void>;
  addLicense(digest: string, license: string): Promise<void>;
  /** From now on a watch covers it: what is found in it is raised. */
  watch(digest: string): Promise<void>;
  forget(digest: string): Promise<void>;
  fail(faults: Faults): Promise<void>;
  demand(demands: Demands): Promise<void>;
  /** All that it has from now on. */
  ignore(rules: readonly IgnoreRule[]): Promise<void>;
  /** From now on it sends a web hook for each violation; undefined: no more. */
  sendHooksTo(hook: HookTarget | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface SimulatorProcessOptions extends Pick<SimulatorOptions, 'port' | 'token'> {
  /** A file of images, by reference or digest. */
  readonly seed?: string;
}

const ROOT = join(import.meta.dirname, '..', '..');
const START_LIMIT_MS = 30_000;

/** @throws Error with what it said, when it ends before it listens or does not listen within 30 s */
export async function startSimulatorProcess(options: SimulatorProcessOptions = {}): Promise<SimulatorProcess> {
  const child = spawn(
    process.execPath,
    ['scripts/run-ts.mjs', 'test/xray-simulator/main.ts', ...argumentsFor(options)],
    {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'], // its input is ours to end: when we die, it does
    },
  );
  const url = await urlOf(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const admin = async (method: 'POST' | 'GET' | 'DELETE', path: string, body?: object): Promise<unknown> =>
    callAdmin(`${url}/simulator/${path}`, method, body);
  const tell = async (path: string, body: object): Promise<void> => {
    await admin('POST', path, body);
  };
  return {
    url,
    pid: child.pid ?? 0,
    requests: async () => shaped(RequestsAnswer, await admin('GET', 'requests')).requests,
    forgetRequests: async () => {
      await admin('DELETE', 'requests');
    },
    timesAsked: async (digest) => shaped(AskedAnswer, await admin('POST', 'asked', { digest })).times,
    told: async () => shaped(ToldAnswer, await admin('GET', 'told')).told,
    put: async (digest, artifact) => tell('artifact', { digest, artifact }),
    addIssue: async (digest, issue) => tell('issue', { digest, issue }),
    addLicense: async (digest, license) => tell('license', { digest, license }),
    watch: async (digest) => tell('watch', { digest }),
    forget: async (digest) => tell('forget', { digest }),
    fail: async (faults) => tell('faults', faults),
    demand: async (demands) => tell('credentials', demands),
    ignore: async (rules) => tell('ignore-rules', { rules }),
    sendHooksTo: async (hook) => tell('hook', hook ?? {}),
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function argumentsFor({ port, token, seed }: SimulatorProcessOptions): readonly string[] {
  return [
    '--until-input-ends',
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(token === undefined ? [] : ['--token', token]),
    ...(seed === undefined ? [] : ['--seed', seed]),
  ];
}

async function urlOf(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): Promise<string> {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit', { signal: limit }).then(([code]: unknown[]) => {
    throw new Error(`the simulator ended with ${String(code)} before it listened`);
  });
  const first: readonly unknown[] = await Promise.race([once(lines, 'line', { signal: limit }), ended]);
  ended.catch(() => undefined); // what happens later is close's business
  const said = parseJson(String(first[0]));
  if (typeof said !== 'object' || said === null || !('url' in said))
    throw new Error(`the simulator said: ${String(first[0])}`);
  return String(said.url);
}

async function callAdmin(url: string, method: 'POST' | 'GET' | 'DELETE', body: object | undefined): Promise<unknown> {
  const response = await request(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`the simulator refuses ${method} ${url}: ${text}`);
  return parseJson(text);
}
