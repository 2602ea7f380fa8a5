// events: tells people what was done, as Kubernetes Events (events.k8s.io/v1), in two ways: told once and for sure, or
// told when there is time.
import { randomUUID } from 'node:crypto';
import { isApiError } from '../client/api-error.js';
import type { KubeClient } from '../client/kube-client.js';
import { within } from '../time/within.js';
import type { ResourceCoordinates } from '../resource/coordinates.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { eventBody, type EventInput, eventName, eventNamespace, type Reporter, seriesPatch } from './event.js';
import { type Series, SeriesBook } from './series.js';

export interface EventRecorder {
  /**
   * Writes the Event, and resolves when it is written. The same object, reason and `once` give the same Event: a pass
   * that is repeated, after a crash too, writes no second one.
   *
   * @throws KubeApiError when it could not be written
   */
  record(event: EventInput & { readonly once: string }, signal: AbortSignal): Promise<void>;
  /**
   * Writes the Event soon. Within six minutes the same object, reason and action are one Event with a count; of an
   * object that gives rise to more than 25, one in five minutes is written. Lost where the API server is away for long.
   */
  emit(event: EventInput): void;
}

export interface RecorderPorts extends Reporter {
  readonly client: Pick<KubeClient, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const events: ResourceCoordinates = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
const QUEUE = 1_000;
const TRIES = 12; // as client-go
const PAUSE_MS = 1_000;
const FLUSH_MS = 2_000;

export class Recorder implements EventRecorder {
  readonly #ports: RecorderPorts;
  readonly #book: SeriesBook;
  /** What the API server has yet to be told. A series waits once, however often it goes on meanwhile. */
  readonly #waiting = new Set<Series>();
  #writing: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
    this.#book = new SeriesBook(() => ports.clock.monotonicMs(), randomUUID);
  }

  async record({ once, ...event }: EventInput & { readonly once: string }, signal: AbortSignal): Promise<void> {
    try {
      await this.#create(event, eventName(event, [event.regarding.uid, event.reason, once]), signal);
    } catch (error) {
      if (!isApiError(error, 'AlreadyExists')) throw error;
    }
  }

  emit(event: EventInput): void {
    if (this.#stop.signal.aborted) return;
    const series = this.#book.note(event);
    if (series === undefined || this.#waiting.size >= QUEUE) return;
    this.#waiting.add(series);
    this.#writing ??= this.#write();
  }

  /** Takes no more, writes what waits, and gives up after two seconds. Throws nothing. */
  async close(): Promise<void> {
    const { clock, log } = this.#ports;
    if (this.#writing !== undefined && !(await within(clock, FLUSH_MS, this.#writing)))
      log.warn(`${this.#waiting.size} Events were not written before the stop`);
    this.#stop.abort(new Error('the recorder is closed'));
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (const series of this.#waiting) {
      await this.#writeSeries(series);
      this.#waiting.delete(series);
      if (series.count > series.written && !this.#stop.signal.aborted) this.#waiting.add(series); // it went on meanwhile
    }
    this.#writing = undefined;
  }

  async #writeSeries(series: Series): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#stop;
    const isClosed = (): boolean => signal.aborted;
    for (let tries = 1; !isClosed(); tries++) {
      try {
        await this.#writeOnce(series);
        return;
      } catch (error) {
        if (isClosed()) return;
        const isPassing = isApiError(error) && (error.status === 0 || error.status === 429 || error.status >= 500);
        if (!isPassing || tries === TRIES) {
          const { reason, regarding } = series.event;
          log.warn(`the Event ${reason} about ${regarding.kind} ${regarding.name} was not written`, { error });
          series.written = series.count;
          return;
        }
        await Promise.allSettled([clock.sleep(PAUSE_MS, signal)]);
      }
    }
  }

  async #writeOnce(series: Series): Promise<void> {
    const { client, clock, controller } = this.#ports;
    const { signal } = this.#stop;
    const { event, name, count } = series;
    if (series.written > 0) {
      const patch = { type: 'merge', body: seriesPatch(count, clock.now()), fieldManager: controller } as const;
      try {
        await client.patch(events, { namespace: eventNamespace(event), name }, patch, { signal });
        series.written = count;
        return;
      } catch (error) {
        if (!isApiError(error, 'NotFound')) throw error; // the API server keeps Events for an hour
      }
    }
    await this.#create(event, name, signal).catch((error: unknown) => {
      if (!isApiError(error, 'AlreadyExists')) throw error; // an answer was lost
    });
    series.written = 1; // where it has gone on, its count follows
  }

  async #create(event: EventInput, name: string, signal: AbortSignal): Promise<void> {
    const { client, clock, controller, instance } = this.#ports;
    const body = eventBody(event, name, { controller, instance }, clock.now());
    await client.create(events, eventNamespace(event), body, { signal });
  }
}
