// hook: whether a request carries the token that was agreed on with Xray: in a header of its own, as Bearer, or as the password of
// basic authentication (XRAY.md 7.2: a web hook has no signature).
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const OWN_HEADER = 'x-auth-token'; // the original's

/** Takes the same time wherever the two differ, and however long they are. */
export function carriesToken(headers: IncomingHttpHeaders, token: string): boolean {
  return tokensIn(headers).reduce((found, given) => isSame(given, token) || found, false);
}

function tokensIn(headers: IncomingHttpHeaders): readonly string[] {
  const own = headers[OWN_HEADER];
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ', 2);
  const authorization =
    scheme.toLowerCase() === 'bearer' ? [value] : scheme.toLowerCase() === 'basic' ? [passwordIn(value)] : [];
  return [...(typeof own === 'string' ? [own] : (own ?? [])), ...authorization];
}

function passwordIn(pair: string): string {
  const text = Buffer.from(pair, 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 0 ? '' : text.slice(at + 1);
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash(a), hash(b));
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
