// shape: how long a server asks to be left alone, by its header Retry-After. Pure.

const SECONDS = /^\d+(?:\.\d+)?$/;
/** Each of the three forms begins with the day of the week, and is in GMT, though one of them does not say so. */
const DATE = /^((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun).*?)(?: GMT)?$/;

/** A number of seconds, or a date (RFC 9110, 10.2.3 and 5.6.7). @returns undefined where it is neither */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = (header ?? '').trim();
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const [, date = ''] = DATE.exec(text) ?? [];
  const at = Date.parse(`${date} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
