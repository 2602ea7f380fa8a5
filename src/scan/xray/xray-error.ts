// scan/xray: what may go wrong between us and Xray, as a closed set of codes. Each message says what to do next.

/** Also the reason of the connection's conditions: stable, part of the API. */
export type XrayErrorCode =
  | 'Unreachable'
  | 'TimedOut'
  | 'TooLarge'
  | 'CertificateNotTrusted'
  | 'CredentialsRefused'
  | 'Forbidden'
  | 'NotXray'
  | 'Refused'
  | 'RateLimited'
  | 'ServerError'
  | 'Redirected'
  | 'ServerInactive'
  | 'UnexpectedAnswer';

export interface XrayErrorOptions {
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class XrayError extends Error {
  override readonly name = 'XrayError';
  readonly code: XrayErrorCode;
  /** HTTP status, where an answer came. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: XrayErrorCode, message: string, options: XrayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** It was understood and is not done: asking the same again soon would not help. */
export function isRefusal(failure: Error): boolean {
  return failure instanceof XrayError && ['Forbidden', 'NotXray', 'Refused', 'UnexpectedAnswer'].includes(failure.code);
}

/** Less of it may be answered. */
export function isTooMuch({ code, status }: XrayError): boolean {
  return code === 'TimedOut' || code === 'TooLarge' || status === 408 || status === 504;
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
    `${host} cannot be reached (${code}); check spec.url, DNS, proxies and network policies.`,
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

/** An answer that is no success, as far as it matters. */
export interface Refusal {
  readonly status: number;
  readonly host: string;
  readonly retryAfterMs?: number | undefined;
  /** Of a redirect. */
  readonly location?: string | undefined;
  /** What the server said, with every secret taken out. */
  readonly said?: string | undefined;
}

interface Meaning {
  readonly code: XrayErrorCode;
  readonly message: (host: string, said: string) => string;
}

const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [
    401,
    {
      code: 'CredentialsRefused',
      message: (host) => `${host} refuses the credentials (401); renew the Secret.`,
    },
  ],
  [
    403,
    {
      code: 'Forbidden',
      message: (host, said) => `${host} denies access (403)${said}; give the user the Read permission in Xray.`,
    },
  ],
  [
    404,
    {
      code: 'NotXray',
      message: (host) =>
        `${host} knows no Xray at this URL (404); spec.url is the platform's URL, with or without /xray.`,
    },
  ],
  [
    413,
    {
      code: 'TooLarge',
      message: (host) => `${host} takes no request of this size (413); lower spec.batchSize.`,
    },
  ],
  [
    429,
    {
      code: 'RateLimited',
      message: (host) => `${host} takes no more requests (429); lower spec.rateLimit.`,
    },
  ],
]);

export function errorOfStatus({ status, host, retryAfterMs, location, said }: Refusal): XrayError {
  const options = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status >= 300 && status < 400) return errorOfRedirect(host, location ?? '', options);
  const words = said === undefined ? '' : ` and says: ${said}`;
  const meaning = meanings.get(status);
  if (meaning !== undefined) return new XrayError(meaning.code, meaning.message(host, words), options);
  return status < 500 && status !== 408
    ? new XrayError('Refused', `${host} refuses the request (${status})${words}; see Xray's own log.`, options)
    : new XrayError('ServerError', `${host} answered ${status}${words}; see Xray's own log.`, options);
}

// A suspended tenant of JFrog's cloud redirects to a page that reactivates it (XRAY.md 1).
function errorOfRedirect(host: string, location: string, options: XrayErrorOptions): XrayError {
  return location.includes('reactivate-server')
    ? new XrayError('ServerInactive', `${host} is suspended; reactivate the server in the JFrog platform.`, options)
    : new XrayError(
        'Redirected',
        `${host} redirects (${options.status ?? 300}); put the final URL, usually with https, into spec.url.`,
        options,
      );
}
