// cli/dashboard: all that is shown of one workload: what `explain` tells of it, its images, and what happened to it. Pure.
import type { Condition, ResultImage, SeverityCounts, XrayScanResultStatus } from '../../api/v1alpha1/types.js';
import { actText } from '../act-text.js';
import type { Explanation } from '../explain/explanation.js';
import type { StoredEvent } from './watched-cluster.js';

export interface WorkloadView {
  readonly explanation: Explanation;
  readonly images: readonly ResultImage[];
  readonly summary?: SeverityCounts;
  readonly licenses: readonly string[];
  readonly conditions: readonly Condition[];
  /** The newest first. */
  readonly history: readonly Happened[];
}

export interface Happened {
  readonly at: string;
  readonly reason: string;
  readonly message: string;
  readonly isWarning: boolean;
  readonly times: number;
}

const OPERATOR = 'kubexray.io/operator';

export function workloadView(
  explanation: Explanation,
  status: XrayScanResultStatus,
  events: readonly StoredEvent[],
): WorkloadView {
  const { images = [], summary, licenses = [], conditions = [] } = status;
  const { history } = explanation;
  return {
    explanation,
    images,
    ...(summary === undefined ? {} : { summary }),
    licenses,
    conditions,
    history: [...history.map(done), ...events.filter((event) => tellsMore(event, history)).map(happened)].sort(
      (a, b) => Date.parse(b.at) - Date.parse(a.at),
    ),
  };
}

/** An act stands in the result's history, too, which is kept for longer and says who asked for it. */
function tellsMore({ reportingController, reason }: StoredEvent, history: Explanation['history']): boolean {
  return reportingController === OPERATOR && !history.some(({ act }) => act === reason);
}

function done(line: Explanation['history'][number]): Happened {
  const { act, at, lastAt = at, times = 1 } = line;
  const isWarning = act !== 'Restored' && act !== 'Released' && act !== 'Recreated';
  return { at: lastAt, reason: act, message: actText(line), isWarning, times };
}

function happened({ metadata, eventTime, series, reason = '', note = '', type }: StoredEvent): Happened {
  return {
    at: series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp ?? '',
    reason,
    message: note,
    isWarning: type === 'Warning',
    times: series?.count ?? 1,
  };
}
