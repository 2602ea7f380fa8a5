// xray-simulator: sends web hooks as Xray does, in today's form or in that of 2021 (XRAY.md 7.3, 7.4), again when they are refused.
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Artifact } from './catalog.js';
import type { Violation } from './violations.js';

export interface HookTarget {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: 'today' | '2021';
}

const TRIES = 5;
const FIRST_PAUSE_MS = 50;

/** @param digest the hexadecimal digits alone */
export async function sendHook(
  { url, headers = {}, form = 'today' }: HookTarget,
  payload: { readonly artifact: Artifact; readonly digest: string; readonly violation: Violation },
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify(hookBody(payload, form));
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const status = await post(url, headers, body, signal);
    if (status >= 200 && status < 300) return;
    await delay(FIRST_PAUSE_MS * 2 ** attempt, undefined, { signal });
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Xray/3.107.8', ...headers },
      body,
      signal,
    });
    await response.body.dump();
    return response.statusCode;
  } catch {
    signal.throwIfAborted();
    return 0;
  }
}

export function hookBody(
  { artifact, digest, violation }: { artifact: Artifact; digest: string; violation: Violation },
  form: 'today' | '2021',
): object {
  const { created, severity, watch_name: watch, type, summary, description, issue_id: id } = violation;
  const impacted = {
    name: 'manifest.json',
    display_name: artifact.componentId,
    path: artifact.path,
    pkg_type: 'Docker',
    sha256: digest,
    sha1: '',
    depth: 0,
    parent_sha: digest,
    infected_files: [],
  };
  const isLicense = type === 'License';
  const issue = {
    severity,
    type: isLicense ? 'License' : 'security',
    summary,
    description,
    impacted_artifacts: [impacted],
    ...(isLicense ? {} : { provider: 'JFrog', created }),
    ...(isLicense || form === '2021' ? {} : { vulnerability_id: id }),
  };
  const common = { created, top_severity: severity, watch_name: watch, policy_name: 'simulated', issues: [issue] };
  return form === '2021'
    ? common
    : { schema_version: '1.1', alert_id: violation.violation_id, policy_rule: 'any', ...common };
}
