// scan/xray: what may go wrong between us and Xray, as a closed set of codes. Each message says what to do next.

/** Also the reason of the connection's conditions: stable, part of the API. */
export type XrayErrorCode =
  | 'Unreachable'
  | 'TimedOut'
  | 'CertificateNotTrusted'
  | 'CredentialsRefused'
  | 'Forbidden'
  | 'NotXray'
  | 'RateLimited'
  | 'ServerError'
  | 'ServerInactive'
  | 'UnexpectedAnswer';

export class XrayError extends Error {
  override readonly name = 'XrayError';
  readonly code: XrayErrorCode;
  /** HTTP status, where an answer came. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: XrayErrorCode,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

// Node's and OpenSSL's codes for a certificate that cannot be verified (Node.js TLS, X509 certificate error codes).
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

/** @param host of the URL, without credentials: goes into the message */
export function errorOfFailure(cause: unknown, host: string): XrayError {
  const code = codeOf(cause);
  if (CERTIFICATE.test(code))
    return new XrayError(
      'CertificateNotTrusted',
      `The certificate of ${host} is not trusted (${code}); put its authority into spec.caBundle.`,
      { cause },
    );
  if (code.includes('TIMEOUT'))
    return new XrayError('TimedOut', `${host} did not answer in time; raise spec.timeout or lower spec.batchSize.`, {
      cause,
    });
  return new XrayError(
    'Unreachable',
    `${host} cannot be reached (${code}); check spec.url, DNS and network policies.`,
    { cause },
  );
}

interface ErrorLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

// Told by its fields and not by its class: a DOMException is no Error everywhere.
function codeOf(failure: unknown): string {
  let at = failure;
  for (let depth = 0; isErrorLike(at) && depth < 5; depth++) {
    if (at.name === 'TimeoutError') return 'TIMEOUT';
    if (typeof at.code === 'string') return at.code;
    at = at.cause;
  }
  return 'no code';
}

function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null;
}

/** @param retryAfter the header's text, in seconds */
export function errorOfStatus(status: number, host: string, retryAfter: string | undefined): XrayError {
  const seconds = Number(retryAfter);
  const options = {
    status,
    ...(retryAfter === undefined || Number.isNaN(seconds) ? {} : { retryAfterMs: seconds * 1_000 }),
  };
  if (status === 401)
    return new XrayError('CredentialsRefused', `${host} refuses the credentials (401); renew the Secret.`, options);
  if (status === 403)
    return new XrayError(
      'Forbidden',
      `${host} denies access (403); give the user the Read permission in Xray.`,
      options,
    );
  if (status === 404)
    return new XrayError(
      'NotXray',
      `${host} knows no Xray at this URL (404); spec.url is the platform's URL, with or without /xray.`,
      options,
    );
  if (status === 429)
    return new XrayError('RateLimited', `${host} takes no more requests (429); lower spec.rateLimit.`, options);
  if (status >= 300 && status < 400)
    return new XrayError(
      'ServerInactive',
      `${host} redirects (${status}); use the final https URL, or reactivate the server.`,
      options,
    );
  return new XrayError('ServerError', `${host} answered ${status}; see Xray's own log.`, options);
}
