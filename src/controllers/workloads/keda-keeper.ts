// controllers: has KEDA paused while a workload is stopped, if the operator is told so, and resumed before it is let go.
import { KubeApiError } from '@dot-kube/operator';
import type { Outcome } from '../../enforce/enforce.js';
import { type PauseClient, pauseKeda, resumeKeda } from '../../enforce/pause-keda.js';
import type { ObservedTarget } from '../../observe/observed.js';
import type { Note } from '../../plan/note.js';
import type { Pausable } from '../../plan/pause.js';
import { isStopAction } from '../../report/result/standing.js';
import type { Workload } from '../../workload/workload.js';
import type { StoredResult } from './result-writer.js';

type Named = Pick<ObservedTarget, 'namespace' | 'name' | 'uid'>;

export class KedaKeeper {
  readonly #client: PauseClient;
  /** Who is told to leave a workload alone while it is stopped. */
  readonly asked: ReadonlySet<Pausable>;
  /** Which stop of which workload it is paused for: of what was cut off, a new process knows nothing and does it again. */
  readonly #paused = new Map<string, string>();

  constructor(client: PauseClient, asked: ReadonlySet<Pausable>) {
    this.#client = client;
    this.asked = asked;
  }

  /** Once for each stop. */
  async stopped(target: ObservedTarget, { at, paused }: Note, signal: AbortSignal): Promise<Outcome> {
    if (paused?.keda !== true || this.#paused.get(target.uid) === at) return { kind: 'done' };
    const outcome = await outcomeOf(target, async () => pauseKeda(target, this.#client, signal));
    if (outcome.kind === 'done') this.#paused.set(target.uid, at);
    return outcome;
  }

  /**
   * A workload that was stopped is gone, or another bears its name: KEDA goes on for whatever comes.
   *
   * @param workload that is there now
   */
  async gone(stored: StoredResult | undefined, workload: Workload | undefined, signal: AbortSignal): Promise<void> {
    const { enforcement } = stored?.status ?? {};
    if (stored === undefined || enforcement === undefined || enforcement.workloadUid === workload?.ref.uid) return;
    if (!isStopAction(enforcement.action)) return;
    const { name } = stored.spec.workloadRef;
    const named = { namespace: stored.namespace, name, uid: enforcement.workloadUid };
    const outcome = await this.released(named, undefined, signal);
    if (outcome.kind !== 'done') throw new Error('KEDA is not resumed yet', { cause: outcome });
  }

  /** Before it is let go, or after it is gone; the note may be gone, too. */
  async released(named: Named, note: Note | undefined, signal: AbortSignal): Promise<Outcome> {
    if (!this.asked.has('KEDA') && note?.paused?.keda !== true) return { kind: 'done' };
    const outcome = await outcomeOf(named, async () => resumeKeda(named, this.#client, signal));
    if (outcome.kind === 'done') this.#paused.delete(named.uid);
    return outcome;
  }
}

async function outcomeOf({ namespace, name }: Named, write: () => Promise<void>): Promise<Outcome> {
  try {
    await write();
    return { kind: 'done' };
  } catch (cause) {
    if (!(cause instanceof KubeApiError)) throw cause;
    if (cause.reason === 'Conflict') return { kind: 'outdated' };
    const message = `The ScaledObjects of ${namespace}/${name} can't be paused or resumed: ${cause.message}. It is tried again; check that the operator has the rights of config/rbac/keda.yaml.`;
    return { kind: 'failed', message, cause };
  }
}
