// cli/dashboard: which requests are answered. Whoever can reach the port is not yet who started it: other users of the machine
// can, and so can every web site that the user's browser has open.
import type { IncomingHttpHeaders } from 'node:http';
import { carriesToken } from '../../hook/token.js';

export interface Asked {
  readonly method: string | undefined;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refusal {
  readonly status: 401 | 403 | 405;
  readonly message: string;
}

/** The names of this machine. A site that has its own name lead here (DNS rebinding) comes with that name. */
const OWN_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Everything of the cluster lies under it; the rest is the same for everybody. */
export const DATA = '/api/';

export function refusalOf({ method, path, headers }: Asked, token: string): Refusal | undefined {
  if (!OWN_NAMES.has(hostName(headers.host)))
    return { status: 403, message: 'ask for it by 127.0.0.1 or localhost, and by no other name' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, message: 'it is for reading only' };
  if (!path.startsWith(DATA)) return undefined;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, message: 'it is not for the pages of other sites' };
  if (!carriesToken(headers, token))
    return { status: 401, message: 'the token is missing or wrong; open the address that kubexray dashboard printed' };
  return undefined;
}

/** Any port: a tunnel may end at another one. */
function hostName(host = ''): string {
  return host.replace(/:\d*$/u, '').toLowerCase();
}

/** For every answer. Scripts and styles come from here and nowhere else, and no text can become a script. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
};
