// webhook: refusals as the API server reads them, metav1.Status, and warnings within its limits. Pure.
import { reasonByStatus } from '../client/api-error.js';

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly status: 'Failure';
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
}

export function failure(code: number, message: string): Status {
  const reason = reasonByStatus[code];
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...(reason && { reason }), message };
}

// The API server cuts a warning at 256 characters once they are too many, and shows no more than 4096 of all.
const MAX_WARNING = 256;
const MAX_WARNINGS = 4_096;

/** They go into a header of HTTP: one with a line break in it is not shown at all. */
export function shownWarnings(warnings: readonly string[]): readonly string[] {
  let left = MAX_WARNINGS;
  return warnings
    .map((text) => cut(text.replaceAll(/\p{Cc}+/gu, ' ').trim()))
    .filter((text) => text !== '' && (left -= text.length) >= 0);
}

function cut(text: string): string {
  const characters = Array.from(text); // as the API server counts them
  return characters.length <= MAX_WARNING ? text : `${characters.slice(0, MAX_WARNING - 1).join('')}…`;
}
