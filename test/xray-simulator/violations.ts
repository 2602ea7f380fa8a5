// xray-simulator: the violations that its one watch raises, and how they are listed (XRAY.md 4.1).
import type { Artifact, Issue } from './catalog.js';

export interface Violation {
  readonly violation_id: string;
  readonly issue_id: string;
  readonly type: 'Security' | 'License';
  readonly severity: string;
  /** By the simulated Xray's clock. */
  readonly created: string;
  readonly watch_name: string;
  readonly summary: string;
  readonly description: string;
  readonly infected_components: readonly string[];
  readonly impacted_artifacts: readonly string[];
}

export interface ListedViolation extends Violation {
  readonly ignore_rule_info?: { readonly id: string; readonly is_expired: boolean };
}

/** What is told without `include_details`. */
const PLAIN = new Set([
  'description',
  'severity',
  'type',
  'infected_components',
  'created',
  'watch_name',
  'issue_id',
  'violation_details_url',
  'impacted_artifacts',
]);

const WATCH = 'everything';
const DEFAULT_LIMIT = 25;

export function violationByIssue(id: string, artifact: Artifact, issue: Issue, created: Date): Violation {
  return {
    ...common(id, artifact, created),
    issue_id: issue.issue_id,
    type: 'Security',
    severity: issue.severity,
    summary: issue.summary,
    description: issue.summary,
    infected_components: (issue.components ?? []).map(({ component_id: component }) => component),
  };
}

export function violationByLicense(id: string, artifact: Artifact, license: string, created: Date): Violation {
  return {
    ...common(id, artifact, created),
    issue_id: license,
    type: 'License',
    severity: 'High',
    summary: license,
    description: license,
    infected_components: [`docker://${artifact.componentId}`],
  };
}

function common(
  id: string,
  { path }: Artifact,
  created: Date,
): Pick<Violation, 'violation_id' | 'created' | 'watch_name' | 'impacted_artifacts'> {
  return {
    violation_id: id,
    created: created.toISOString(),
    watch_name: WATCH,
    impacted_artifacts: [`${path}manifest.json`],
  };
}

/** @param asked the body of the request @returns the answer; `offset` is the number of a page, from 1 */
export function listViolations(all: readonly ListedViolation[], asked: object, filtersArtifacts: boolean): object {
  const filters = part(asked, 'filters');
  const pagination = part(asked, 'pagination');
  const from = Date.parse(text(filters, 'created_from'));
  const watch = text(filters, 'watch_name');
  const places = filtersArtifacts ? placesIn(filters) : undefined;
  const matching = all
    .filter(({ created }) => Number.isNaN(from) || Date.parse(created) >= from)
    .filter(({ watch_name: name }) => watch === '' || name === watch)
    .filter(({ impacted_artifacts: paths }) => places === undefined || paths.some((path) => places.has(path)))
    .toSorted((a, b) => a.created.localeCompare(b.created));
  const limit = number(pagination, 'limit') || DEFAULT_LIMIT;
  const page = Math.max(1, number(pagination, 'offset'));
  const shown = matching.slice((page - 1) * limit, page * limit);
  const isDetailed = Reflect.get(filters, 'include_details') === true;
  return { total_violations: matching.length, violations: isDetailed ? shown.map(detailed) : shown.map(plain) };
}

function detailed(violation: ListedViolation): object {
  const policy = { policy: 'simulated', rule: 'any', is_blocking: false };
  return { ...violation, matched_policies: [{ ...policy, is_ignored: violation.ignore_rule_info !== undefined }] };
}

function plain(violation: ListedViolation): object {
  const { violation_id: id } = violation;
  const url = `http://localhost:8046/xray/api/v1/violations?watch_id=1&issue_id=${violation.issue_id}&comp_id=${id}`;
  const all = { ...violation, violation_details_url: url };
  return Object.fromEntries(Object.entries(all).filter(([name]) => PLAIN.has(name)));
}

/** Of `resources.artifacts`, as violations have them; undefined where it is not asked for. */
function placesIn(filters: object): ReadonlySet<string> | undefined {
  const artifacts: unknown = Reflect.get(part(filters, 'resources'), 'artifacts');
  if (!Array.isArray(artifacts)) return undefined;
  return new Set(
    artifacts.map((one: unknown) => {
      const artifact = typeof one === 'object' && one !== null ? one : {};
      return `default/${text(artifact, 'repo')}/${text(artifact, 'path')}`;
    }),
  );
}

function part(of: object, name: string): object {
  const value: unknown = Reflect.get(of, name);
  return typeof value === 'object' && value !== null ? value : {};
}

function text(of: object, name: string): string {
  const value: unknown = Reflect.get(of, name);
  return typeof value === 'string' ? value : '';
}

function number(of: object, name: string): number {
  const value: unknown = Reflect.get(of, name);
  return typeof value === 'number' ? value : 0;
}
