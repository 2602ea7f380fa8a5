// report: an Event before it is recorded, as all that gives rise to one writes it.

export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What the operator did (events.k8s.io/v1 `action`). */
  readonly action: string;
  readonly note: string;
  readonly once: string;
  /** Something was done to the workload: told on its result, too. */
  readonly isAct?: true;
}
