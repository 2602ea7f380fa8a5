// report: what is said of the pause of an autoscaler while a workload is stopped: a pause that fails lets the workload come back.
import type { XrayScanResultStatus } from '../../api/v1alpha1/types.js';

export type Pause =
  | { readonly kind: 'paused' }
  /** It is tried again at once. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'failed'; readonly message: string };

interface Said {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Nothing is said of a workload that nobody was ever paused for. */
export function pauseSaid(pause: Pause | undefined, previous: XrayScanResultStatus | undefined): readonly Said[] {
  const type = 'Paused';
  switch (pause?.kind) {
    case 'paused':
      return [{ type, status: 'True', reason: 'KedaPaused', message: 'KEDA leaves it alone while it is stopped.' }];
    case 'failed':
      return [{ type, status: 'False', reason: 'PauseFailed', message: pause.message }];
    case 'pending':
      return [];
    case undefined:
      if (previous?.conditions?.some((condition) => condition.type === type) !== true) return [];
      return [{ type, status: 'False', reason: 'Resumed', message: 'It is not stopped, so nobody is paused for it.' }];
  }
}
