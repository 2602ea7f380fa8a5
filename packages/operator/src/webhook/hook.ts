// webhook: what stands behind one path of the server.
import type { Logger } from '../telemetry/logger.js';

/** What a handler is given beside the question. */
export interface Handling {
  /** Aborts when nobody waits for the answer any more: the API server's time is up, it went away, or we stop. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Hears what comes of a review: for metrics. */
export interface HookObserver {
  decided(allowed: boolean, code: number): void;
  /** A handler threw. */
  failed(): void;
}

/** Made by `validate`, `mutate` or `convert`. */
export interface Hook {
  /** @returns the review with its answer @throws NotAReview when it is no question for this hook */
  answer(body: unknown, handling: Handling, observer: HookObserver): Promise<object>;
}
