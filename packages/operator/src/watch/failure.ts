// watch: what may go wrong with a list or a watch, in the few kinds that are answered in different ways.
import { KubeApiError } from '../client/api-error.js';

export type FailureKind =
  /** 410: the history that was asked for is gone. */
  | 'gone'
  /** The server does not know a version that it, or another of its kind, has given us. */
  | 'version_unknown'
  /** 403 or 404: may the operator list and watch it, and is it installed? */
  | 'refused'
  /** 400 or 422: the request itself was not understood. */
  | 'rejected'
  /** 429. */
  | 'throttled'
  | 'unreachable'
  | 'server_error'
  /** It stopped sending without closing. */
  | 'silent'
  /** It ended before the first events were complete. */
  | 'closed_early'
  /** It ended at once, without a word. */
  | 'too_short'
  /** The connection broke, or half a line came. */
  | 'broken';

// A proxy may send any number; a watch that does nothing for fifteen minutes is held for one that stands still.
const LONGEST_ASKED_MS = 5 * 60_000;

export class WatchFailure extends Error {
  override readonly name = 'WatchFailure';
  readonly kind: FailureKind;
  /** How long the server asks to be left alone, as far as it is listened to. */
  readonly retryAfterMs: number;

  constructor(kind: FailureKind, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.kind = kind;
    const askedMs = options?.cause instanceof KubeApiError ? (options.cause.retryAfterMs ?? 0) : 0;
    this.retryAfterMs = Math.min(askedMs, LONGEST_ASKED_MS);
  }
}

const kindByStatus: Readonly<Record<number, FailureKind>> = {
  0: 'unreachable',
  400: 'rejected',
  403: 'refused',
  404: 'refused',
  410: 'gone',
  422: 'rejected',
  429: 'throttled',
};

export function failureOf(error: unknown): WatchFailure {
  if (error instanceof WatchFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const kind = error instanceof KubeApiError ? kindOf(error) : 'broken';
  return new WatchFailure(kind, message, { cause: error });
}

function kindOf(error: KubeApiError): FailureKind {
  if (error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge')) return 'version_unknown';
  return kindByStatus[error.status] ?? 'server_error';
}
