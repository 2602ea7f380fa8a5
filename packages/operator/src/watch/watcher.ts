// watch: lists and watches one resource, and tells a sink of it, through every kind of trouble.
//
//   listing ──► watching ──► (end, error, silence) ──► watching from the last resourceVersion
//      ▲                                     410 Gone │
//      └──────────────────────────────────────────────┘
//
// The list comes as a stream of events where the server offers that, else in pages. It never gives up: it ends only when
// its signal aborts.
import type { KubeClient } from '../client/kube-client.js';
import type { Watched, WireObject } from '../resource/resource.js';
import type { Logger } from '../telemetry/logger.js';
import type { Clock } from '../time/clock.js';
import { Turns } from '../time/turn.js';
import { WatchBackOff } from './backoff.js';
import { failureOf, WatchFailure } from './failure.js';
import { formatOf } from './format-of.js';
import { lessons } from './lesson.js';
import { type Demotion, ListModes } from './list-mode.js';
import type { PageMetadata } from './page-cutter.js';
import { pageCall, type PageRequest, watchCall } from './requests.js';
import { SilenceGuard } from './silence-guard.js';
import type { WatchEvent } from './watch-event.js';
import type { Cutter } from './wire-format.js';

/** Whoever keeps what the watch brings. */
export interface Sink {
  beginList(options: { readonly historyRestarted: boolean }): void;
  completeList(version: string): void;
  put(wire: WireObject): void;
  delete(wire: WireObject): void;
  seen(version: string): void;
}

/** Hears of what happens to one watch: for metrics. */
export interface WatchObserver {
  event(type: 'put' | 'delete' | 'bookmark'): void;
  /** A list after the first one. */
  relist(reason: string): void;
  restart(reason: string): void;
  /** Lists come in pages from now on. */
  demoted(reason: Demotion): void;
}

export interface WatchPorts {
  readonly client: Pick<KubeClient, 'stream'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly observer: WatchObserver;
}

const SILENT_FIRST_MS = 30_000; // no line at all during the first events, or no more of a page
const SILENT_MS = 70_000; // bookmarks come about once a minute (apiserver cacher)
const SILENT_BEYOND_END_MS = 10_000; // without bookmarks: after the end that was agreed upon
const TOO_SHORT_MS = 1_000;
const GONE_AT_ONCE_MS = 5_000;
const UNKNOWN_VERSION_TRIES = 3;
const UNKNOWN_VERSION_PAUSE_MS = 1_000; // as client-go
const ABSENT_PAUSE_MS = 30_000;
const PAGE_TRIES = 10; // as client-go's requests; a continue token lives for five minutes
const LEAST_TIMEOUT_S = 300; // client-go asks for 300 to 600 s, so that not all watches end at once

export class Watcher {
  readonly #resource: Watched;
  readonly #sink: Sink;
  readonly #ports: WatchPorts;
  readonly #backOff: WatchBackOff;
  readonly #modes: ListModes;
  /** From which the watch goes on; undefined: a list is needed. */
  #version: string | undefined;
  #listedAtMs = Number.NEGATIVE_INFINITY;
  #lastHeardMs: number;
  #lastTriedMs: number;
  #hasBookmarks = false;
  /** How long silence is put up with while no bookmark has told whether this server sends any. */
  #patienceMs = SILENT_MS;
  #unknownVersions = 0;
  #historyRestarted = false;
  #trouble: string | undefined;
  #isAbsent = false;

  constructor(resource: Watched, sink: Sink, ports: WatchPorts) {
    this.#resource = resource;
    this.#sink = sink;
    this.#ports = ports;
    this.#backOff = new WatchBackOff(ports.random);
    this.#modes = new ListModes(ports.clock, resource.traits);
    this.#lastHeardMs = ports.clock.monotonicMs();
    this.#lastTriedMs = this.#lastHeardMs;
  }

  /** Why it may not watch, in words; undefined while all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Whether the kind is not installed, as far as the last question told. */
  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  /** Since when the server has said nothing, by the monotonic clock. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  /** When it last did anything, by the monotonic clock: it never waits for longer than some minutes. */
  get lastActiveMs(): number {
    return Math.max(this.#lastHeardMs, this.#lastTriedMs);
  }

  /** Resolves when `signal` aborts; throws nothing. */
  async run(signal: AbortSignal): Promise<void> {
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      this.#lastTriedMs = this.#ports.clock.monotonicMs();
      try {
        if (this.#version === undefined) await this.#list(signal);
        else await this.#watch(this.#version, signal);
      } catch (error) {
        if (!isStopped()) await Promise.allSettled([this.#recover(failureOf(error), signal)]);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    this.#sink.beginList({ historyRestarted: this.#historyRestarted });
    const mode = this.#modes.current;
    if (mode.how === 'stream') await this.#watch(undefined, signal);
    else await this.#listPages(mode.limit, signal);
  }

  async #listPages(limit: number, signal: AbortSignal): Promise<void> {
    let next: string | undefined;
    let version: string;
    do {
      const page = await this.#pageInTries({ limit, next }, signal);
      version = page.resourceVersion;
      next = page.continue === '' ? undefined : page.continue;
    } while (next !== undefined);
    this.#completeList(version);
  }

  /** Of a long list some page always meets with trouble where the server is busy: begun anew each time, it would never end. */
  async #pageInTries(request: PageRequest, signal: AbortSignal): Promise<PageMetadata> {
    const { clock, random, observer, log } = this.#ports;
    const backOff = new WatchBackOff(random);
    for (let tries = 1; ; tries++) {
      this.#lastTriedMs = clock.monotonicMs();
      try {
        return await this.#page(request, signal);
      } catch (error) {
        const failure = failureOf(error);
        const isAskedAgain = request.next !== undefined && lessons[failure.kind].listing.samePage === true;
        if (signal.aborted || !isAskedAgain || tries === PAGE_TRIES) throw failure;
        observer.restart(failure.kind);
        log.warn(`a page of ${this.#resource.name} is asked for again: ${failure.message}`, { kind: failure.kind });
        await clock.sleep(Math.max(backOff.nextMs(clock.monotonicMs()), failure.retryAfterMs), signal);
      }
    }
  }

  async #page(request: PageRequest, signal: AbortSignal): Promise<PageMetadata> {
    const guard = new SilenceGuard(this.#ports.clock, signal, SILENT_FIRST_MS);
    try {
      const body = await this.#ports.client.stream(pageCall(this.#resource, request), guard.signal);
      const page = formatOf(this.#resource, body.contentType).page();
      for await (const object of this.#pieces(body, page, guard)) this.#sink.put(object);
      return page.end();
    } catch (error) {
      guard.throwIfSilent();
      throw error;
    } finally {
      guard.stop();
    }
  }

  /** @param from undefined: the stream begins with everything there is, and a bookmark says when that is complete */
  async #watch(from: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, clock, random } = this.#ports;
    const timeoutSeconds = LEAST_TIMEOUT_S + Math.floor(random() * LEAST_TIMEOUT_S);
    const endMs = timeoutSeconds * 1_000 + SILENT_BEYOND_END_MS;
    const silentMs = this.#hasBookmarks ? SILENT_MS : Math.min(this.#patienceMs, endMs);
    const guard = new SilenceGuard(clock, signal, from === undefined ? SILENT_FIRST_MS : silentMs);
    const startedMs = clock.monotonicMs();
    let events = 0;
    try {
      const body = await client.stream(watchCall(this.#resource, { from, timeoutSeconds }), guard.signal);
      this.#trouble = undefined;
      const cutter = formatOf(this.#resource, body.contentType).events();
      for await (const event of this.#pieces(body, cutter, guard)) {
        events++;
        if (this.#apply(event)) guard.allow(SILENT_MS);
      }
    } catch (error) {
      guard.throwIfSilent();
      throw error;
    } finally {
      guard.stop();
    }
    if (this.#version === undefined)
      throw new WatchFailure('closed_early', 'the stream ended before the first events were complete');
    if (events === 0 && clock.monotonicMs() - startedMs < TOO_SHORT_MS)
      throw new WatchFailure('too_short', 'the watch ended at once without a word');
  }

  async *#pieces<T>(body: AsyncIterable<Buffer>, cutter: Cutter<T>, guard: SilenceGuard): AsyncGenerator<T> {
    const turns = new Turns();
    for await (const chunk of body) {
      this.#heard(guard);
      for (const piece of cutter.cut(chunk)) {
        yield piece;
        if (turns.isOver) await turns.next();
      }
    }
  }

  /** @returns true where it was a bookmark, which then has to come again in time */
  #apply(event: WatchEvent): boolean {
    if (event.type === 'error') throw event.error;
    this.#unknownVersions = 0;
    this.#ports.observer.event(event.type);
    switch (event.type) {
      case 'put':
        this.#sink.put(event.object);
        break;
      case 'delete':
        this.#sink.delete(event.object);
        break;
      case 'bookmark':
        if (event.endsInitial && this.#version === undefined) this.#completeList(event.resourceVersion);
        break;
    }
    if (this.#version !== undefined) {
      this.#version = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
      this.#sink.seen(this.#version);
    }
    if (event.type !== 'bookmark') return false;
    this.#hasBookmarks = true;
    return true;
  }

  #completeList(version: string): void {
    this.#version = version;
    this.#listedAtMs = this.#ports.clock.monotonicMs();
    this.#historyRestarted = false;
    this.#unknownVersions = 0;
    this.#trouble = undefined;
    this.#isAbsent = false;
    this.#sink.completeList(version);
  }

  async #recover(failure: WatchFailure, signal: AbortSignal): Promise<void> {
    const { clock, log, observer } = this.#ports;
    observer.restart(failure.kind);
    // Perhaps this server sends no bookmarks, and there was nothing to say: that must not end each watch.
    if (failure.kind === 'silent' && this.#version !== undefined) this.#patienceMs *= 2;
    if (failure.kind === 'refused' && this.#tellsAbsence(failure)) return this.#absent(signal);
    log.warn(`the watch of ${this.#resource.name} broke and goes on: ${failure.message}`, { kind: failure.kind });
    if (this.#learn(failure)) return; // it is asked in another way, so there is nothing to wait for
    const pauseMs =
      failure.kind === 'version_unknown' ? UNKNOWN_VERSION_PAUSE_MS : this.#backOff.nextMs(clock.monotonicMs());
    await clock.sleep(Math.max(pauseMs, failure.retryAfterMs), signal);
  }

  /** @returns whether lists are asked for in another way from now on */
  #learn({ kind, message }: WatchFailure): boolean {
    const isListing = this.#version === undefined;
    const lesson = lessons[kind][isListing ? 'listing' : 'watching'];
    if (lesson.biggerPages === true) this.#modes.pagesTooSlow();
    if (lesson.trouble === true) this.#trouble = `${this.#resource.name}: ${message}`;
    if (lesson.relist === true) this.#relist(this.#isJustListed() ? 'gone_at_once' : 'gone');
    if (lesson.unknownVersion === true && ++this.#unknownVersions >= UNKNOWN_VERSION_TRIES) {
      this.#historyRestarted = true; // etcd was set back to an older state
      if (!isListing) this.#relist('version_unknown');
    }
    return lesson.demote !== undefined && this.#demote(lesson.demote);
  }

  #isJustListed(): boolean {
    return this.#ports.clock.monotonicMs() - this.#listedAtMs < GONE_AT_ONCE_MS;
  }

  #relist(reason: string): void {
    this.#version = undefined;
    this.#ports.observer.relist(reason);
    if (reason === 'gone_at_once' && !this.#demote(reason)) this.#modes.pagesTooSlow();
  }

  #demote(why: Demotion): boolean {
    if (!this.#modes.streamFailed(why)) return false;
    this.#ports.observer.demoted(why);
    this.#ports.log.info(`lists of ${this.#resource.name} come in pages for the next six hours: ${why}`);
    return true;
  }

  #tellsAbsence({ cause }: WatchFailure): boolean {
    return this.#resource.traits.optional && cause instanceof Error && 'status' in cause && cause.status === 404;
  }

  /** The kind is not installed, and need not be: nothing of it is there. */
  async #absent(signal: AbortSignal): Promise<void> {
    this.#isAbsent = true;
    this.#trouble = undefined; // it was let in, so far that it was told so
    this.#sink.beginList({ historyRestarted: true });
    this.#sink.completeList('0');
    this.#version = undefined;
    await this.#ports.clock.sleep(ABSENT_PAUSE_MS, signal);
  }

  #heard(guard: SilenceGuard): void {
    guard.heard();
    this.#lastHeardMs = this.#ports.clock.monotonicMs();
  }
}
