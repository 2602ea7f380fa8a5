// hook: what a web hook of Xray hints at: images by digest and by where they lie. A hint is never a fact, so whatever cannot be
// read is passed over. Reads today's payload and the older ones, which name the same things in the same places (XRAY.md 7.3, 7.4). Pure.
import { digestInPath, imageFolder } from '../scan/artifact-path.js';
import { type Digest, parseDigest } from '../workload/digest.js';

export interface Hint {
  readonly digests: readonly Digest[];
  /** Folders in Artifactory. */
  readonly paths: readonly string[];
}

/** A body names some hundred issues of one image at most; more than this is no web hook of Xray. */
const MAX_ARTIFACTS = 10_000;
const MAX_HINTS = 500;
const MAX_PATH = 1_024;

/** @returns undefined where the body is nothing that Xray would send */
export function hintIn(body: unknown): Hint | undefined {
  const issues = listIn(body, 'issues');
  if (issues === undefined) return undefined;
  const digests = new Set<Digest>();
  const paths = new Set<string>();
  for (const artifact of artifactsIn(issues)) {
    if (digests.size >= MAX_HINTS || paths.size >= MAX_HINTS) break;
    const path = textIn(artifact, 'path');
    const digest = digestOf(textIn(artifact, 'sha256')) ?? digestInPath(path);
    if (digest !== undefined) digests.add(digest);
    if (path !== '' && path.length <= MAX_PATH) paths.add(imageFolder(path));
  }
  return { digests: [...digests], paths: [...paths] };
}

function* artifactsIn(issues: readonly unknown[]): Generator {
  let left = MAX_ARTIFACTS;
  for (const issue of issues) {
    if (left-- <= 0) return;
    // Servers say `impacted_artifacts`; a client of JFrog's own reads `impact_artifacts` (XRAY.md 4.1).
    for (const artifact of listIn(issue, 'impacted_artifacts') ?? listIn(issue, 'impact_artifacts') ?? []) {
      if (left-- <= 0) return;
      yield artifact;
    }
  }
}

function digestOf(hex: string): Digest | undefined {
  const parsed = parseDigest(hex);
  return parsed.ok ? parsed.digest : undefined;
}

function listIn(of: unknown, name: string): readonly unknown[] | undefined {
  const value = fieldIn(of, name);
  return Array.isArray(value) ? value : undefined;
}

function textIn(of: unknown, name: string): string {
  const value = fieldIn(of, name);
  return typeof value === 'string' ? value : '';
}

// Own fields only: a body may bring a `__proto__` of its own.
function fieldIn(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}
