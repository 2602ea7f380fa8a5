// xray-simulator: how it misbehaves when it is told to.

/** Everything absent: not at all. */
export interface Faults {
  /** Only requests whose path ends so; absent: every request of the API. */
  readonly path?: string;
  /** Answers so, whatever is asked. */
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits so long before it answers at all. */
  readonly delayMs?: number;
  /** Has no version 2 of the summary. */
  readonly old?: boolean;
}
