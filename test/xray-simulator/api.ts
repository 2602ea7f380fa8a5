// xray-simulator: Xray's REST API, answered from the state. Each path without the /xray of the platform's form.
import { listViolations } from './violations.js';
import type { State } from './state.js';
import { parseJson } from './wire.js';

export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

const NEWEST = '3.107.8';
const ARTIFACT_STATUS_SINCE = '3.80.9';
const SCAN_STATUS_SINCE = '3.34.1';
const ARTIFACT_FILTER_SINCE = '3.88.10';
const notFound: ApiAnswer = { status: 404, body: { error: 'not found' } };

type Call = (state: State, body: string) => ApiAnswer;

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  [
    'GET /api/v1/system/version',
    ({ faults: { version = NEWEST } }) => ({ status: 200, body: { xray_version: version, xray_revision: '5735964' } }),
  ],
  ['POST /api/v1/summary/artifact', (state, body) => withJson(body, (asked) => summary(state, asked, 1))],
  [
    'POST /api/v2/summary/artifact',
    (state, body) => (state.faults.old === true ? notFound : withJson(body, (asked) => summary(state, asked, 2))),
  ],
  ['POST /api/v1/violations', (state, body) => withJson(body, (asked) => violations(state, asked))],
  [
    'POST /api/v1/artifact/status',
    since(ARTIFACT_STATUS_SINCE, (state, body) => withJson(body, (asked) => artifactStatus(state, asked))),
  ],
  [
    'POST /api/v1/scan/status/artifact',
    since(SCAN_STATUS_SINCE, (state, body) => withJson(body, (asked) => scanStatus(state, asked))),
  ],
  ['POST /api/v1/kube/metadata', (state, body) => withJson(body, (asked) => told(state, asked))],
  [
    'GET /api/v1/ignore_rules',
    ({ ignoreRules }) => ({ status: 200, body: { data: ignoreRules, total_count: ignoreRules.length } }),
  ],
]);

export function answerApi(state: State, method: string, path: string, body: string): ApiAnswer {
  const components = /^\/api\/v1\/componentIdsByChecksum\/([0-9a-f]{64})$/.exec(path)?.[1];
  if (method === 'GET' && components !== undefined) return componentIds(state, components);
  return calls.get(`${method} ${path}`)?.(state, body) ?? notFound;
}

function since(version: string, call: Call): Call {
  return (state, body) => (isAtLeast(state.faults.version ?? NEWEST, version) ? call(state, body) : notFound);
}

function withJson(body: string, answer: (asked: object) => ApiAnswer): ApiAnswer {
  const asked = parseJson(body);
  return typeof asked === 'object' && asked !== null
    ? answer(asked)
    : { status: 415, body: { error: 'Failed to parse json.' } };
}

function summary(state: State, asked: object, version: 1 | 2): ApiAnswer {
  const given: unknown = Reflect.get(asked, 'checksums');
  const checksums = Array.isArray(given) ? given.map(String) : [];
  state.questions.push(checksums);
  const body = state.catalog.summary(checksums, version, state.faults.twice === true);
  const { noErrors = 'empty' } = state.faults;
  if (noErrors !== 'empty' && 'errors' in body && Array.isArray(body.errors) && body.errors.length === 0)
    return { status: 200, body: { ...body, errors: noErrors === 'null' ? null : undefined } };
  return { status: 200, body };
}

function told(state: State, asked: object): ApiAnswer {
  state.told.push(asked);
  return { status: 200, body: {} };
}

function violations(state: State, asked: object): ApiAnswer {
  const filtersArtifacts = isAtLeast(state.faults.version ?? NEWEST, ARTIFACT_FILTER_SINCE);
  return { status: 200, body: listViolations(state.listed(), asked, filtersArtifacts) };
}

function componentIds(state: State, sha256: string): ApiAnswer {
  const [name = '', version = ''] = (state.catalog.componentId(sha256) ?? '').split(':');
  const ids = name === '' ? [] : [{ package_id: `docker://${name}`, version }];
  return { status: 200, body: { sha256, ids } };
}

function artifactStatus(state: State, asked: object): ApiAnswer {
  const path = `${textIn(asked, 'repo')}/${textIn(asked, 'path')}`;
  const status = state.catalog.statusAt(path);
  if (status === undefined) return { status: 404, body: { error: 'artifact not found' } };
  return { status: 200, body: { overall: { status, time: state.now().toISOString() }, details: {} } };
}

const scanWords = {
  NOT_SUPPORTED: 'not supported',
  NOT_SCANNED: 'not scanned',
  PENDING: 'in progress',
  SCANNING: 'in progress',
  DONE: 'scanned',
  PARTIAL: 'scanned',
  FAILED: 'failed',
} as const;

function scanStatus(state: State, asked: object): ApiAnswer {
  const status = state.catalog.statusAt(textIn(asked, 'path'));
  return { status: 200, body: { status: scanWords[status ?? 'NOT_SCANNED'] } };
}

function textIn(asked: object, name: string): string {
  const value: unknown = Reflect.get(asked, name);
  return typeof value === 'string' ? value : '';
}

function isAtLeast(version: string, since: string): boolean {
  return version.localeCompare(since, 'en', { numeric: true }) >= 0;
}
