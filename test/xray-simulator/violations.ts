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
export function listViolations(all: readonly Violation[], asked: object): object {
  const filters = part(asked, 'filters');
  const pagination = part(asked, 'pagination');
  const from = Date.parse(text(filters, 'created_from'));
  const watch = text(filters, 'watch_name');
  const matching = all
    .filter(({ created }) => Number.isNaN(from) || Date.parse(created) >= from)
    .filter(({ watch_name: name }) => watch === '' || name === watch)
    .toSorted((a, b) => a.created.localeCompare(b.created));
  const limit = number(pagination, 'limit') || DEFAULT_LIMIT;
  const page = Math.max(1, number(pagination, 'offset'));
  return { total_violations: matching.length, violations: matching.slice((page - 1) * limit, page * limit) };
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
