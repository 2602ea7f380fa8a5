// api: durations as the custom resources write them (15m, 1h30m, 90d), read by every stage that reckons with time.

/** What the schema accepts; `parseDuration` accepts exactly the same. */
export const DURATION_PATTERN = /^([0-9]+(ms|s|m|h|d))+$/;

/** Long enough for `999999999ms`, short enough to stay cheap for the API server's rules. */
export const DURATION_MAX_LENGTH = 32;

const PART = /([0-9]+)(ms|s|m|h|d)/g;
const MS_OF: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000], // always 24 hours: a grace period knows no time zone
]);

/** Milliseconds; undefined where the text is no duration or too long a one to count exactly. */
export function parseDuration(text: string): number | undefined {
  if (text.length > DURATION_MAX_LENGTH || !DURATION_PATTERN.test(text)) return undefined;
  const ms = [...text.matchAll(PART)].reduce((sum, [, count, unit]) => sum + Number(count) * msOf(unit), 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function msOf(unit: string | undefined): number {
  return MS_OF.get(unit ?? '') ?? Number.NaN;
}
