// controllers: tells Xray which images run where, one change after the other, at a small share of the connection's rate. It
// holds nothing up: what cannot be told waits, the newest of each workload only.
import type { Clock } from '@dot-kube/operator';
import { isDeepStrictEqual } from 'node:util';
import type { ReadFinding } from '../../report/connection-conditions.js';
import { fingerprintOf } from '../../report/kube-metadata.js';
import type { KubeMetadata } from '../../scan/xray/kube-metadata.js';
import type { XrayClient } from '../../scan/xray/xray-client.js';
import { isRefusal, XrayError } from '../../scan/xray/xray-error.js';

export interface MetadataTarget {
  readonly client: Pick<XrayClient, 'tell'>;
  readonly url: string;
  readonly clusterUrl: string;
  /** Between two messages. */
  readonly spacingMs: number;
  /** Who refuses is asked again so seldom. */
  readonly resyncIntervalMs: number;
}

export interface MetadataSenderPorts {
  readonly clock: Clock;
  /** It was told; the workload's result is to remember it. */
  readonly onTold: (workload: string) => void;
  /** From now on somebody is to be told who was not before. */
  readonly onTarget: () => void;
  readonly onFinding: () => void;
}

interface Pending {
  readonly metadata: KubeMetadata;
  readonly fingerprint: string;
}

/** A change that is followed by another at once is told once. */
const GATHER_MS = 2_000;
const FIRST_BACK_OFF_MS = 5_000;
const IDLE_MS = 3_600_000;

export class MetadataSender {
  readonly #ports: MetadataSenderPorts;
  readonly #pending = new Map<string, Pending>();
  /** Told, and not yet remembered by the workload's result. */
  readonly #told = new Map<string, string>();
  #target: MetadataTarget | undefined;
  #finding: ReadFinding = { kind: 'notAsked' };
  #failures = 0;
  #arrived = new AbortController();
  #moved = new AbortController();

  constructor(ports: MetadataSenderPorts) {
    this.#ports = ports;
  }

  /** Undefined where nobody is to be told. */
  get finding(): ReadFinding | undefined {
    return this.#target === undefined ? undefined : this.#finding;
  }

  /** From now on this Xray is told; undefined: nobody. */
  use(target: MetadataTarget | undefined): void {
    const before = this.#target;
    this.#target = target;
    if (isSamePlace(before, target)) return;
    this.#pending.clear();
    this.#told.clear();
    this.#finding = { kind: 'notAsked' };
    this.#failures = 0;
    this.#moved.abort();
    if (target !== undefined) this.#ports.onTarget();
  }

  /**
   * What there is to say of a workload now; nothing is sent where it was told before.
   *
   * @param remembered what its result remembers to have told
   * @returns what its result is to remember
   */
  tell(workload: string, metadata: KubeMetadata | undefined, remembered: string | undefined): string | undefined {
    const target = this.#target;
    if (target === undefined || metadata === undefined) return remembered;
    const fingerprint = fingerprintOf(metadata, target);
    const told = this.#told.get(workload) ?? remembered;
    if (told === remembered) this.#told.delete(workload);
    if (told === fingerprint) this.#pending.delete(workload);
    else {
      if (this.#pending.size === 0) this.#arrived.abort();
      this.#pending.set(workload, { metadata, fingerprint });
    }
    return told;
  }

  /** The workload is no more. That it was deleted by us is still told. */
  gone(workload: string): void {
    this.#told.delete(workload);
    if (this.#pending.get(workload)?.metadata.action !== 'delete') this.#pending.delete(workload);
  }

  /** Tells what is pending until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#arrived = new AbortController();
      this.#moved = new AbortController();
      if (this.#pending.size === 0) {
        await this.#sleep(IDLE_MS, AbortSignal.any([signal, this.#arrived.signal]));
        await this.#sleep(GATHER_MS, signal);
      } else await this.#sleep(await this.#next(signal), AbortSignal.any([signal, this.#moved.signal]));
    }
  }

  /** @returns how long to wait after it */
  async #next(signal: AbortSignal): Promise<number> {
    const target = this.#target;
    const [first] = this.#pending;
    if (target === undefined || first === undefined) return 0;
    const [workload, { metadata, fingerprint }] = first;
    try {
      await target.client.tell(metadata, target.clusterUrl, signal);
    } catch (thrown) {
      return signal.aborted ? 0 : this.#failed(thrown, target);
    }
    if (isSamePlace(this.#target, target)) this.#done(workload, { metadata, fingerprint });
    return target.spacingMs;
  }

  #done(workload: string, { metadata, fingerprint }: Pending): void {
    if (this.#pending.get(workload)?.fingerprint === fingerprint) this.#pending.delete(workload);
    if (metadata.action !== 'delete') this.#told.set(workload, fingerprint);
    this.#failures = 0;
    this.#found({ kind: 'read' });
    this.#ports.onTold(workload);
  }

  /** @returns how long to wait before the next try */
  #failed(thrown: unknown, { resyncIntervalMs }: MetadataTarget): number {
    const failure = thrown instanceof XrayError ? thrown : new XrayError('UnexpectedAnswer', String(thrown));
    this.#found({ kind: 'failed', reason: failure.code, message: failure.message });
    if (isRefusal(failure)) return resyncIntervalMs;
    const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(this.#failures++, 20), resyncIntervalMs);
    return Math.max(backOffMs, failure.retryAfterMs ?? 0);
  }

  #found(finding: ReadFinding): void {
    const before = this.#finding;
    this.#finding = finding;
    if (!isDeepStrictEqual(before, finding)) this.#ports.onFinding();
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await Promise.allSettled([this.#ports.clock.sleep(ms, signal)]);
  }
}

function isSamePlace(a: MetadataTarget | undefined, b: MetadataTarget | undefined): boolean {
  return a?.client === b?.client && a?.url === b?.url && a?.clusterUrl === b?.clusterUrl;
}
