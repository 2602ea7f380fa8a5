// chaos/model: a workload as it is read of the API server, and what becomes of it.
import type { Judged } from './view.js';

/** A workload as the API server has it. */
export interface Workload extends Judged {
  /** Its replicas; of what has none, 1 where it is to run and 0 where it is stopped. */
  readonly replicas: number;
  /** The operator's annotation. */
  readonly note: string | undefined;
  /** Its annotation on what it has rolled back. */
  readonly rolledBack: string | undefined;
  readonly claims: { readonly whenScaled: string; readonly whenDeleted: string };
  /** Its pod template, as text. */
  readonly template: string;
  /** All else of its spec, as text: nobody but its owner may change it. */
  readonly rest: string;
}

export interface Change {
  readonly by: 'operator' | 'user';
  readonly atMs: number;
  readonly before: Workload | undefined;
  readonly after: Workload | undefined;
}
