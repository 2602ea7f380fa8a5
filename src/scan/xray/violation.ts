// scan/xray: one violation that Xray's watches raised, as far as it tells which image to look at again. Pure.
import type { ViolationDto } from './answers.dto.js';

export interface RaisedViolation {
  /** The same for the same violation, whichever page or poll it comes with. */
  readonly key: string;
  /** By Xray's clock; undefined where it is missing or no time. */
  readonly created: Date | undefined;
  /** Of the artifacts it concerns, as Xray writes them. */
  readonly paths: readonly string[];
}

/** `violation_id` came late, and the URL of the details is the only unique thing before (XRAY.md 4.1). */
export function raisedViolation(dto: ViolationDto): RaisedViolation {
  const paths = dto.impacted_artifacts ?? [];
  const created = new Date(dto.created ?? '');
  const described = [dto.watch_name, dto.issue_id, dto.type, dto.created, ...(dto.infected_components ?? []), ...paths];
  return {
    key: dto.violation_id ?? dto.violation_details_url ?? described.join(' '),
    created: Number.isNaN(created.getTime()) ? undefined : created,
    paths,
  };
}
