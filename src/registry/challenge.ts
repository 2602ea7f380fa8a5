// registry: what a registry asks for before it shows a manifest (distribution specification, token authentication). Pure.

export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined }
  | { readonly kind: 'none' };

const PARAMETER = /([a-z_]+)="([^"]*)"/gi;

/** @param header `WWW-Authenticate` @returns `none` where it asks for nothing that is understood */
export function parseChallenge(header: string | undefined): Challenge {
  const text = header ?? '';
  if (/^basic\b/i.test(text)) return { kind: 'basic' };
  if (!/^bearer\b/i.test(text)) return { kind: 'none' };
  const parameters = new Map(
    [...text.matchAll(PARAMETER)].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );
  const realm = URL.parse(parameters.get('realm') ?? '');
  return realm === null ? { kind: 'none' } : { kind: 'bearer', realm, service: parameters.get('service') };
}

/** Where the token is to be had that lets one repository be read. */
export function tokenUrl({ realm, service }: Extract<Challenge, { kind: 'bearer' }>, repository: string): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  return url;
}
