// lifecycle: the part of a run in which work is done: by the only replica, or by the one that leads.
import type { Controller } from '../reconcile/controller.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { aborted, within } from '../time/within.js';

/** Something long-running beside the controllers. It starts once the caches are in step and ends when `signal` aborts. */
export interface Part {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Something that is served on every replica, whether it leads or not. It starts before the caches, and ends after them. */
export interface ServingPart extends Part {
  /** Why it does not serve as it should, for `/readyz`; undefined: it does. */
  readonly problem: string | undefined;
}

export interface WorkPorts {
  readonly controllers: readonly Controller[];
  readonly parts: readonly Part[];
  /** Rejects when this replica leads no more; may never settle. */
  readonly lost: Promise<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  /** No more work is begun from here on; may be called more than once. */
  readonly onStopping: () => void;
}

const PASSES_LIMIT_MS = 20_000; // of the 30 s that a pod is given to end
const ABORTED_LIMIT_MS = 2_000;

/**
 * Works until `signal` aborts; passes that are under way may end then. Where the lead is lost they may not: they are
 * told to end at once.
 *
 * @throws what `lost` rejects with
 * @throws Error when a part ended before it was told to
 */
export async function work(ports: WorkPorts, signal: AbortSignal): Promise<void> {
  const { controllers, lost, clock, log, onStopping } = ports;
  const stop = new AbortController();
  const abort = new AbortController();
  const stopParts = new AbortController();
  const parts = ports.parts.map(async (part) => runPart(part, stopParts.signal));
  const passes = Promise.all(
    controllers.map(async (controller) => controller.run({ stop: stop.signal, abort: abort.signal })),
  );
  const broken = new Promise<never>((_, reject) => {
    passes.catch(reject); // whatever a pass throws is its own; this is a fault of the framework, or of what it was given
  });
  const told = aborted(signal);
  try {
    await Promise.race([told.promise, lost, broken, ...parts]);
    onStopping();
    stop.abort(new Error('the operator stops'));
    const drained = await Promise.race([within(clock, PASSES_LIMIT_MS, passes), lost]);
    if (drained === false) log.warn(`passes under way did not end within ${PASSES_LIMIT_MS} ms; they are aborted`);
  } finally {
    told.forget();
    onStopping();
    const why = new Error('the operator stops');
    abort.abort(why);
    stopParts.abort(why);
    const all = Promise.all([passes, Promise.allSettled(parts)]);
    if (!(await within(clock, ABORTED_LIMIT_MS, all)))
      log.warn('stopping without what did not end when it was told to');
  }
}

/** @throws Error when it ends before `signal` aborts */
export async function runPart(part: Part, signal: AbortSignal): Promise<void> {
  await part.run(signal);
  if (!signal.aborted) throw new Error(`${part.name} ended although nobody told it to`);
}
