// scan/xray: the credentials that a Secret holds, in one of three forms. They go into a header and nowhere else.

export type Credentials =
  | { readonly kind: 'accessToken'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'apiKey'; readonly key: string };

export type ReadCredentials =
  | { readonly ok: true; readonly value: Credentials }
  | { readonly ok: false; readonly reason: 'SecretInvalid'; readonly message: string };

/** @param data as in a Secret: values in base64 @param where `namespace/name`, for the message */
export function readCredentials(data: Readonly<Record<string, string>>, where: string): ReadCredentials {
  const text = (key: string): string =>
    Buffer.from(data[key] ?? '', 'base64')
      .toString('utf8')
      .trim();
  const token = text('accessToken');
  if (token !== '') return { ok: true, value: { kind: 'accessToken', token } };
  const [username, password, key] = [text('username'), text('password'), text('apiKey')];
  if (username !== '' && password !== '') return { ok: true, value: { kind: 'basic', username, password } };
  if (key !== '') return { ok: true, value: { kind: 'apiKey', key } };
  const message = `Secret ${where} holds no credentials; give it the key accessToken, or username and password, or apiKey.`;
  return { ok: false, reason: 'SecretInvalid', message };
}

export function authorization(credentials: Credentials): Readonly<Record<string, string>> {
  switch (credentials.kind) {
    case 'accessToken':
      return { authorization: `Bearer ${credentials.token}` };
    case 'basic':
      return { authorization: `Basic ${pairOf(credentials)}` };
    case 'apiKey':
      return { 'x-jfrog-art-api': credentials.key };
  }
}

/** What must never be shown, whatever it is found in. */
export function secretsOf(credentials: Credentials): readonly string[] {
  switch (credentials.kind) {
    case 'accessToken':
      return [credentials.token];
    case 'basic':
      return [credentials.password, pairOf(credentials)];
    case 'apiKey':
      return [credentials.key];
  }
}

function pairOf({ username, password }: Extract<Credentials, { kind: 'basic' }>): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
