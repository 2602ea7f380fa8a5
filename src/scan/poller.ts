// scan: asks Xray about what is wanted, one batch at a time, so that no digest is ever asked for twice at once.
import type { Clock } from '@dot-kube/operator';
import type { Digest } from '../workload/digest.js';
import type { Answer } from './finding.js';
import { nextBatch } from './schedule.js';
import { ScanStore } from './store.js';

export interface AskXray {
  readonly summaries: (digests: readonly Digest[], signal: AbortSignal) => Promise<readonly Answer[]>;
  readonly pollIntervalMs: number;
  readonly batchSize: number;
}

export interface PollerPorts {
  readonly clock: Clock;
  /** The workloads for which something changed. */
  readonly onNews: (workloads: ReadonlySet<string>) => void;
  /** Each batch ends here, well or with what Xray said. */
  readonly onBatch: (failure: Error | undefined) => void;
}

/** Until a connection is ready there is nobody to ask: what is wanted is then `unavailable`, with the reason. */
export type Source =
  { readonly kind: 'ready'; readonly xray: AskXray } | { readonly kind: 'none'; readonly why: string };

const FIRST_BACK_OFF_MS = 1_000;
const IDLE_MS = 60_000;

export class Poller {
  readonly store: ScanStore;
  readonly #ports: PollerPorts;
  #source: Source | undefined;
  #wake = new AbortController();
  #failures = 0;

  constructor(ports: PollerPorts) {
    this.#ports = ports;
    this.store = new ScanStore(() => {
      this.#wake.abort();
    });
  }

  /** From now on this is asked; undefined before the connection was looked at for the first time. */
  use(source: Source): void {
    this.#source = source;
    this.#failures = 0;
    this.#wake.abort();
  }

  /** Resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const waitMs = await this.#step(signal);
      await this.#sleep(waitMs, signal);
    }
  }

  /** @returns how long nothing is to be done */
  async #step(signal: AbortSignal): Promise<number> {
    const source = this.#source;
    if (source === undefined) return IDLE_MS;
    const { clock, onNews } = this.#ports;
    if (source.kind === 'none') {
      const digests = this.store.asked().map(({ digest }) => digest);
      onNews(this.store.failed(digests, source.why, clock.now()));
      return IDLE_MS;
    }
    const { pollIntervalMs, batchSize } = source.xray;
    const { batch, waitMs } = nextBatch(this.store.asked(), clock.now(), pollIntervalMs, batchSize);
    return batch.length === 0 ? waitMs : this.#ask(batch, source.xray, signal);
  }

  async #ask(batch: readonly Digest[], xray: AskXray, signal: AbortSignal): Promise<number> {
    const { clock, onNews, onBatch } = this.#ports;
    try {
      onNews(this.store.answered(await xray.summaries(batch, signal), clock.now()));
      this.#failures = 0;
      onBatch(undefined);
      return 0;
    } catch (thrown) {
      if (signal.aborted) return 0;
      const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
      onNews(this.store.failed(batch, failure.message, clock.now()));
      onBatch(failure);
      return Math.min(FIRST_BACK_OFF_MS * 2 ** this.#failures++, xray.pollIntervalMs);
    }
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0) return;
    const { clock } = this.#ports;
    await Promise.allSettled([clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]))]);
  }
}
