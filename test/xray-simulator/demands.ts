// xray-simulator: whom it lets in: Xray's three forms of credentials (XRAY.md 0.2).
import type { IncomingHttpHeaders } from 'node:http';

/** Each form that is named lets in; none named: it takes anybody. */
export interface Demands {
  readonly accessToken?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly apiKey?: string;
}

export function letsIn({ accessToken, basic, apiKey }: Demands, headers: IncomingHttpHeaders): boolean {
  if (accessToken === undefined && basic === undefined && apiKey === undefined) return true;
  return (
    (accessToken !== undefined && headers.authorization === `Bearer ${accessToken}`) ||
    (basic !== undefined && headers.authorization === `Basic ${pair(basic)}`) ||
    (apiKey !== undefined && headers['x-jfrog-art-api'] === apiKey)
  );
}

function pair({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
