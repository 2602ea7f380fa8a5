// client: what the API server's refusals become, in one file.

/** metav1.StatusReason, and two of our own: no answer came, and a write that a former leader must not send. */
const REASONS = [
  'AlreadyExists',
  'BadRequest',
  'Conflict',
  'Expired',
  'Forbidden',
  'Gone',
  'InternalError',
  'Invalid',
  'MethodNotAllowed',
  'NotAcceptable',
  'NotFound',
  'NotLeading',
  'RequestEntityTooLarge',
  'ServerTimeout',
  'ServiceUnavailable',
  'StorageReadError',
  'Timeout',
  'TooManyRequests',
  'Unauthorized',
  'Unknown',
  'Unreachable',
  'UnsupportedMediaType',
] as const;

export type KubeApiReason = (typeof REASONS)[number];

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One of the things that were wrong, as with `Invalid`. */
export interface ErrorCause {
  /** As in `FieldValueInvalid`. */
  readonly reason: string;
  readonly message: string;
  /** As in `spec.replicas`; empty where it is about no field. */
  readonly field: string;
}

export interface KubeApiErrorOptions {
  readonly verb?: Verb;
  readonly retryAfterMs?: number;
  readonly causes?: readonly ErrorCause[];
  readonly cause?: unknown;
}

/** The API server refused, or could not be reached (`status` 0). */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** HTTP status; 0 when no answer came, or nothing was sent. */
  readonly status: number;
  readonly reason: KubeApiReason;
  /** What was asked for; with `Forbidden`, what a Role has to allow. */
  readonly verb: Verb | undefined;
  /** How long the server asks to be left alone: the Retry-After header. */
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly ErrorCause[];

  constructor(status: number, reason: KubeApiReason, message: string, options: KubeApiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.reason = reason;
    this.verb = options.verb;
    this.retryAfterMs = options.retryAfterMs;
    this.causes = options.causes ?? [];
  }
}

/** Tells one refusal from all others: `if (isApiError(error, 'NotFound', 'Conflict')) …` */
export function isApiError(error: unknown, ...reasons: readonly KubeApiReason[]): error is KubeApiError {
  return error instanceof KubeApiError && (reasons.length === 0 || reasons.includes(error.reason));
}

export const reasonByStatus: Readonly<Record<number, KubeApiReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What is read of metav1.Status; nothing of it is certain, as a proxy may have answered in its place. */
export interface StatusBody {
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

export interface Refusal {
  readonly status: number;
  /** The request in words, as in `PATCH /apis/apps/v1/namespaces/shop/deployments/cart`. */
  readonly what: string;
  readonly verb?: Verb;
  /** The header, as it stands there. */
  readonly retryAfter?: string;
}

export function apiErrorOf(body: string, { what, ...refusal }: Refusal): KubeApiError {
  const status = parseStatus(body);
  const why = typeof status.message === 'string' ? status.message : body.slice(0, 200);
  return statusError(status, { ...refusal, what: `the API server answered ${refusal.status} to ${what}: ${why}` });
}

/** @param refusal its `what` becomes the message */
export function statusError(
  { reason, details }: StatusBody,
  { status, what, verb, retryAfter }: Refusal,
): KubeApiError {
  const { causes, retryAfterSeconds } = parseDetails(details);
  const retryAfterMs = retryAfter === undefined ? retryAfterSeconds * 1_000 : retryAfterOf(retryAfter);
  return new KubeApiError(
    status,
    REASONS.find((known) => known === reason) ?? reasonByStatus[status] ?? 'Unknown',
    what,
    {
      causes,
      ...(verb === undefined ? {} : { verb }),
      ...(retryAfterMs > 0 ? { retryAfterMs } : {}),
    },
  );
}

// Seconds or a date (RFC 9110, 10.2.3); a proxy may send either, the API server sends seconds.
function retryAfterOf(header: string): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) ? seconds * 1_000 : 0;
}

function parseStatus(body: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // a proxy answered in HTML; the text goes into the message as it is
  }
}

function parseDetails(details: unknown): {
  readonly causes: readonly ErrorCause[];
  readonly retryAfterSeconds: number;
} {
  const fields = fieldsOf(details);
  const causes = fields.get('causes');
  const seconds = fields.get('retryAfterSeconds');
  return {
    causes: Array.isArray(causes) ? causes.map(parseCause) : [],
    retryAfterSeconds: typeof seconds === 'number' ? seconds : 0,
  };
}

function parseCause(cause: unknown): ErrorCause {
  const fields = fieldsOf(cause);
  const text = (name: string): string => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  };
  return { reason: text('reason'), message: text('message'), field: text('field') };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
