// bench/operator: what the measured cluster looks like: which workload runs which image, and what Xray knows of each image.
import { createHash } from 'node:crypto';

export const PODS_PER_WORKLOAD = 5;
const NAMESPACES = 20;
/** The first workloads share one image, the next has one of its own, and of the others two share one each. */
export const SHARED_BY = 100;
const BAD_EVERY = 50;
const ISSUES = 20;
const KNOWN_ISSUES = 2_000; // images have bases in common, and so their issues
const SEVERITIES = ['Low', 'Medium', 'High', 'Low', 'Medium'] as const;

export const PROXY_IMAGE = 'registry.example.com/mesh/proxy:1.9';

export interface Shape {
  readonly pods: number;
  readonly workloads: number;
  /** Those of the workloads, without that of the proxy that runs in all of them. */
  readonly images: number;
  readonly nodes: number;
}

export function shapeOf(pods: number): Shape {
  const workloads = Math.round(pods / PODS_PER_WORKLOAD);
  return { pods, workloads, images: imageOf(workloads - 1) + 1, nodes: Math.max(5, Math.round(pods / 200)) };
}

export function namespaceOf(workload: number): string {
  return `bench-${workload % NAMESPACES}`;
}

export const namespaces: readonly string[] = Array.from({ length: NAMESPACES }, (_, i) => namespaceOf(i));

export function nameOf(workload: number): string {
  return `app-${workload}`;
}

export function imageOf(workload: number): number {
  if (workload < SHARED_BY) return 0;
  return workload === SHARED_BY ? 1 : 2 + Math.floor((workload - SHARED_BY - 1) / 2);
}

export function referenceOf(image: number): string {
  return `registry.example.com/team/app-${image}:1.0`;
}

export function digestOf(reference: string): string {
  return `sha256:${createHash('sha256').update(reference).digest('hex')}`;
}

/** Never the shared one, nor that of one workload alone. */
export function isBad(image: number): boolean {
  return image % BAD_EVERY === 7;
}

export interface Issue {
  readonly issue_id: string;
  readonly summary: string;
  readonly severity: string;
  readonly cves: readonly { readonly cve: string; readonly cvss_v3: string }[];
  readonly components: readonly { readonly component_id: string; readonly fixed_versions: readonly string[] }[];
}

export function issueOf(number: number, severity: string): Issue {
  return {
    issue_id: `XRAY-${100_000 + number}`,
    summary: `A flaw in the parser of library-${number} lets whoever sends a crafted message read beyond the end of a buffer.`,
    severity,
    cves: [{ cve: `CVE-2026-${10_000 + number}`, cvss_v3: '7.5/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' }],
    components: [{ component_id: `deb://debian:bookworm:library-${number}:1.2.3`, fixed_versions: ['1.2.4'] }],
  };
}

function issuesOf(image: number): readonly Issue[] {
  const usual = Array.from({ length: ISSUES }, (_, i) => {
    const number = (image * 37 + i * 101) % KNOWN_ISSUES;
    return issueOf(number, SEVERITIES[number % SEVERITIES.length] ?? 'Low');
  });
  return isBad(image) ? [...usual, issueOf(KNOWN_ISSUES + image, 'Critical')] : usual;
}

/** The simulator's seed file. */
export function knownToXray({ images }: Shape): object {
  const licenses = ['MIT', 'Apache-2.0', 'GPL-3.0-only', 'BSD-3-Clause'];
  const all = Array.from({ length: images }, (_, image): [string, object] => [
    digestOf(referenceOf(image)),
    { issues: issuesOf(image), licenses, watched: false }, // else all would have been raised just now
  ]);
  return {
    images: Object.fromEntries([
      ...all,
      [digestOf(PROXY_IMAGE), { issues: [], licenses: ['Apache-2.0'], watched: false }],
    ]),
  };
}

/** Workloads that are to be stopped at the start. */
export function violating({ workloads }: Shape): ReadonlySet<string> {
  const all = Array.from({ length: workloads }, (_, workload) => workload).filter((workload) =>
    isBad(imageOf(workload)),
  );
  return new Set(all.map((workload) => `${namespaceOf(workload)}/${nameOf(workload)}`));
}
