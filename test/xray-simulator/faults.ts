// xray-simulator: how it misbehaves when it is told to, and which of the ways that are not certain it takes.

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
  /** Breaks off in the middle of each answer. */
  readonly cut?: boolean;
  /** So far its clock is ahead of ours: its `Date` and the times of what it raises. */
  readonly clockOffsetMs?: number;
  /** Has no version 2 of the summary. */
  readonly old?: boolean;
  /** Which version it says it has; what came later is not there. */
  readonly version?: string;
  /** Lists violations that its ignore rules excuse, too, and says so in their details. */
  readonly listsIgnored?: boolean;
  /** Each image lies in a second repository, too, and a summary has an element for each. */
  readonly twice?: boolean;
  /** `errors` of a summary that has none. */
  readonly noErrors?: 'empty' | 'null' | 'absent';
}
