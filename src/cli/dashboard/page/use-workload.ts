// cli/dashboard/page: keeps what is shown of one workload up to date: it is asked for again when its result, a policy or an
// exception has changed.
import { useEffect, useState } from 'preact/hooks';
import type { WorkloadView } from '../workload-view.js';
import { fetchWorkload } from './server.js';
import type { Shown } from './shown.js';

const PAUSE_MS = 300; // what changes at once is asked for once

export interface Asked {
  readonly token: string;
  readonly shown: Shown;
  readonly namespace: string;
  readonly result: string;
}

export interface Answered {
  /** The last that was read, also while a problem keeps it from being read again. */
  readonly view?: WorkloadView;
  readonly problem?: string;
}

export function useWorkload({ token, shown, namespace, result }: Asked): Answered {
  const [answered, setAnswered] = useState<Answered>({});
  const item = shown.items.get(`Workload ${namespace}/${result}`);
  const version = item?.kind === 'Workload' ? item.line.version : '';
  useEffect(() => {
    const stop = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const view = await fetchWorkload(token, { namespace, result }, stop.signal);
        setAnswered({ view });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        setAnswered(({ view }) => ({ ...(view === undefined ? {} : { view }), problem }));
      }
    };
    const timer = setTimeout(() => void read(), answered.view === undefined ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [token, namespace, result, version, shown.rules]);
  return answered;
}
