// client: what the API server's refusals become, in one file.

/** The API server refused, or could not be reached (`status` 0). */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** metav1.StatusReason (`NotFound`, `Conflict`, `Invalid`, `Forbidden`, …), or `Unreachable`. */
  readonly reason: string;
  /** From the Retry-After header. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const reasonByStatus: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

interface StatusBody {
  readonly reason?: unknown;
  readonly message?: unknown;
}

/** @param what the request in words, as in `patch deployments shop/cart` */
export function apiErrorOf(status: number, body: string, what: string, retryAfter?: string): KubeApiError {
  const { reason, message } = parseStatus(body);
  const why = typeof message === 'string' ? message : body.slice(0, 200);
  const seconds = Number(retryAfter);
  return new KubeApiError(
    status,
    typeof reason === 'string' && reason !== '' ? reason : (reasonByStatus[status] ?? 'Unknown'),
    `the API server answered ${status} to ${what}: ${why}`,
    retryAfter === undefined || Number.isNaN(seconds) ? {} : { retryAfterMs: seconds * 1_000 },
  );
}

function parseStatus(body: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // a proxy answered in HTML; the text goes into the message as it is
  }
}
