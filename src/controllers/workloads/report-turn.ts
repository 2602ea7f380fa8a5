// controllers: lets what is to be stopped go before what is only to be written down: where nothing is to be done about a workload,
// its result waits until all that waits to be judged has been judged.

import type { JobsPlan } from '../../plan/plan-jobs.js';
import type { Plan } from '../../plan/plan.js';
import type { Leave } from '../brake/brake-keeper.js';

export interface ReportTurnPorts {
  /** How many workloads are due to be judged, and were not yet. */
  readonly undecided: () => number;
  /** Has the workload looked at again behind all of those. */
  readonly lookLater: (key: string) => void;
}

export class ReportTurn {
  readonly #ports: ReportTurnPorts;
  readonly #later = new Set<string>();

  constructor(ports: ReportTurnPorts) {
    this.#ports = ports;
  }

  /** Whether the report is to wait; the workload comes back then. Once only: a report must come, however much is going on. */
  isLater(key: string): boolean {
    if (this.#later.delete(key) || this.#ports.undecided() === 0) return false;
    this.#later.add(key);
    this.#ports.lookLater(key);
    return true;
  }

  gone(key: string): void {
    this.#later.delete(key);
  }
}

/** What is left of the pass is to write down what was judged. */
export function isNothingToDo({
  leave,
  planned,
  jobs,
}: {
  readonly leave: Leave;
  readonly planned: Plan;
  readonly jobs: Pick<JobsPlan, 'changes'>;
}): boolean {
  return leave.kind === 'go' && planned.kind === 'nothing' && jobs.changes.length === 0;
}
