// reconcile: what may come of a pass. A thrown error is retried, slower each time; everything else is said here.

/** `requeueAfterMs`: look again then; nothing: wait for a change. */
export interface Result {
  readonly requeueAfterMs?: number;
}

/** Retrying changes nothing: it is logged and counted, and the key waits for a change. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export type Outcome = 'success' | 'requeue_after' | 'error' | 'terminal_error';

/** V8's own complaint: no refusal from outside, but a fault of the program, as a nil dereference is in Go. */
export function isProgramFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
