// report: an Event before it is written; the kinds of news make them, each in its own file.

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What the operator did (events.k8s.io/v1 `action`). */
  readonly action: string;
  readonly note: string;
  readonly once: string;
}
