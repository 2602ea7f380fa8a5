// scan/xray: one violation that Xray's watches raised, as far as it tells which image to look at again. Pure.
import type { ViolationDto } from './answers.dto.js';

export interface RaisedViolation {
  /** The same for the same violation, whichever page or poll it comes with. */
  readonly key: string;
  /** By Xray's clock; undefined where it is missing or no time. */
  readonly created: Date | undefined;
  /** Of the artifacts it concerns, as Xray writes them. */
  readonly paths: readonly string[];
  readonly finding: RaisedFinding;
  /** Every policy that raised it ignores it. Told only where details were asked for. */
  readonly isIgnored: boolean;
}

/** What was raised; `other`: an operational risk, an exposure, or a kind that is yet to come. */
export type RaisedFinding =
  { readonly kind: 'vulnerability' | 'license'; readonly id: string } | { readonly kind: 'other' };

/** `violation_id` came late, and the URL of the details is the only unique thing before (XRAY.md 4.1). */
export function raisedViolation(dto: ViolationDto): RaisedViolation {
  const paths = dto.impacted_artifacts ?? [];
  const created = new Date(dto.created ?? '');
  const described = [dto.watch_name, dto.issue_id, dto.type, dto.created, ...(dto.infected_components ?? []), ...paths];
  return {
    key: dto.violation_id ?? dto.violation_details_url ?? described.join(' '),
    created: Number.isNaN(created.getTime()) ? undefined : created,
    paths,
    finding: findingOf(dto),
    isIgnored: isIgnored(dto),
  };
}

function findingOf({ type, issue_id: id }: ViolationDto): RaisedFinding {
  const kind = kinds.get((type ?? '').toLowerCase());
  return kind === undefined || id === undefined || id === null ? { kind: 'other' } : { kind, id };
}

const kinds: ReadonlyMap<string, 'vulnerability' | 'license'> = new Map([
  ['security', 'vulnerability'],
  ['license', 'license'],
]);

// An ignored violation is usually not listed at all; where it is, its policies or its rule say so.
function isIgnored({ matched_policies: policies, ignore_rule_info: rule }: ViolationDto): boolean {
  const isRuleInForce = rule?.id !== undefined && rule.id !== null && rule.id !== '' && rule.is_expired !== true;
  const matched = policies ?? [];
  return isRuleInForce || (matched.length > 0 && matched.every(({ is_ignored: ignored }) => ignored === true));
}
