// scan: which of the violations that Xray lists are new since the last look. By Xray's own clock, with an overlap, because a
// violation may show up some time after the moment that it bears. Pure.
import type { RaisedViolation } from './xray/violation.js';

export interface Cursor {
  /** What was created from here on is asked for. */
  readonly since: Date;
  /** Those already looked at, with the time until which they may be listed again. */
  readonly seen: ReadonlyMap<string, Date>;
}

const OVERLAP_MS = 5 * 60_000;
// Without a time of its own a violation is listed whatever is asked for.
const UNDATED_KEPT_MS = 24 * 3_600_000;

/** @param serverNow by Xray's clock */
export function firstCursor(serverNow: Date): Cursor {
  return { since: new Date(serverNow.getTime() - OVERLAP_MS), seen: new Map() };
}

/** Xray's clock was set back: what it raises from now on is older than what it was asked for last. */
export function followed(cursor: Cursor, serverNow: Date): Cursor {
  const { since } = firstCursor(serverNow);
  return since < cursor.since ? { ...cursor, since } : cursor;
}

export interface Advanced {
  readonly cursor: Cursor;
  readonly fresh: readonly RaisedViolation[];
}

/**
 * @param listed all that Xray listed from `cursor.since` on
 * @param serverNow by Xray's clock, from before the list was asked for
 */
export function advance(cursor: Cursor, listed: readonly RaisedViolation[], serverNow: Date): Advanced {
  // An older server may ignore the filter.
  const inTime = listed.filter(({ created }) => created === undefined || created >= cursor.since);
  const fresh = [...new Map(inTime.filter(({ key }) => !cursor.seen.has(key)).map((one) => [one.key, one])).values()];
  const { since } = firstCursor(serverNow);
  const listedUntil = ({ created }: RaisedViolation): Date =>
    new Date((created ?? serverNow).getTime() + (created === undefined ? UNDATED_KEPT_MS : 0));
  const seen = [...cursor.seen, ...fresh.map((one): [string, Date] => [one.key, listedUntil(one)])];
  return { cursor: { since, seen: new Map(seen.filter(([, until]) => until >= since)) }, fresh };
}
