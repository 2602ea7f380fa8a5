// scan: Xray's own ignore rules, and what of an image's facts they excuse. Pure.
import type { ImageFacts, IgnoredFinding, License, Raised, Vulnerability } from './finding.js';

export interface IgnoreRule {
  readonly id: string;
  /** Absent: it does not expire. */
  readonly expiresAt: Date | undefined;
  /** CVE and XRAY ids in upper case, or `ANY`. */
  readonly vulnerabilities: ReadonlySet<string>;
  /** In upper case, or `ANY`. */
  readonly licenses: ReadonlySet<string>;
  /** Empty: every image. */
  readonly artifacts: readonly IgnoredArtifact[];
}

export interface IgnoredArtifact {
  readonly name: string;
  readonly version: string | undefined;
  /** `docker-local/shop/cart/1`, or a folder above. */
  readonly path: string | undefined;
}

/** The facts without what the rules excuse now, which is listed apart. */
export function withoutIgnored(facts: ImageFacts, rules: readonly IgnoreRule[], now: Date): ImageFacts {
  const mine = rules.filter((rule) => isInForce(rule, now) && coversImage(rule, facts.paths));
  if (mine.length === 0) return facts;
  const ignored = new Map<string, IgnoredFinding>();
  const isKept = (id: string, names: readonly string[], of: (rule: IgnoreRule) => ReadonlySet<string>): boolean => {
    const rule = longestLasting(mine.filter((one) => excuses(of(one), names)));
    if (rule !== undefined) ignored.set(id, { id, ...(rule.expiresAt === undefined ? {} : { until: rule.expiresAt }) });
    return rule === undefined;
  };
  const vulnerabilities = facts.vulnerabilities.filter((one: Vulnerability) =>
    isKept(one.cves[0] ?? one.id, [one.id, ...one.cves], (rule) => rule.vulnerabilities),
  );
  const licenses = facts.licenses.filter((one: License) => isKept(one.name, [one.name], (rule) => rule.licenses));
  const raised = facts.raised?.known === true ? { raised: raisedBut(facts.raised, mine) } : {};
  if (ignored.size === 0) return { ...facts, ...raised };
  return { ...facts, vulnerabilities, licenses, ...raised, ignored: [...ignored.values()] };
}

// Xray raises no violation of what its rules excuse, but what it raised before a rule was made may still be listed.
function raisedBut(raised: Extract<Raised, { known: true }>, rules: readonly IgnoreRule[]): Raised {
  const licenses = raised.licenses.filter(({ name }) => !rules.some((rule) => excuses(rule.licenses, [name])));
  return { ...raised, licenses };
}

/** When the first of those in force ends. */
export function nextExpiry(rules: readonly IgnoreRule[], now: Date): Date | undefined {
  const times = rules.filter((rule) => isInForce(rule, now)).flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function isInForce({ expiresAt }: IgnoreRule, now: Date): boolean {
  return expiresAt === undefined || expiresAt > now;
}

function excuses(names: ReadonlySet<string>, of: readonly string[]): boolean {
  return names.has('ANY') || of.some((name) => names.has(name.toUpperCase()));
}

function longestLasting(rules: readonly IgnoreRule[]): IgnoreRule | undefined {
  return rules.toSorted((a, b) => lasts(b) - lasts(a))[0];
}

function lasts({ expiresAt }: IgnoreRule): number {
  return expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

function coversImage({ artifacts }: IgnoreRule, folders: readonly string[]): boolean {
  return artifacts.length === 0 || folders.some((folder) => artifacts.some((artifact) => isAt(artifact, folder)));
}

/** @param folder with the id of the Artifactory before: `default/docker-local/shop/cart/1` */
function isAt({ name, version, path }: IgnoredArtifact, folder: string): boolean {
  const [, repository = '', ...rest] = folder.split('/');
  const tag = rest.pop();
  const inRepository = [repository, ...rest, tag].join('/');
  return (
    rest.join('/') === name &&
    (version === undefined || version === tag) &&
    (path === undefined || inRepository === path || inRepository.startsWith(`${path}/`))
  );
}
