// scan: asks about what is wanted, several batches at once and no digest twice, and looks for news at each poll interval.
import { type Clock, type Tracing, untraced } from '@dot-kube/operator';
import type { Resolve } from '../registry/resolution.js';
import type { Digest } from '../workload/digest.js';
import { inquire } from './inquiry.js';
import { type Next, nextBatch, type Pace, type Walk } from './schedule.js';
import { ScanStore } from './store.js';
import { ViolationsPoll } from './violations-poll.js';
import type { XrayClient } from './xray/xray-client.js';
import { isRefusal, XrayError } from './xray/xray-error.js';

export interface AskXray extends Pace {
  readonly client: Pick<XrayClient, 'summaries' | 'scanStatus' | 'violations' | 'serverNow' | 'ignoreRules'>;
  /** Its URL: the same one under another account is the same Xray. */
  readonly server: string;
  /** Absent: what Xray does not know under the digest of a node is unscanned. */
  readonly resolve?: Resolve;
  /** Batches under way at once. */
  readonly concurrency: number;
}

export interface PollerPorts {
  readonly clock: Clock;
  /** The workloads for which something changed. */
  readonly onNews: (workloads: ReadonlySet<string>) => void;
  /** Each question ends here, well or with what Xray said. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Each question is a trace, with its requests as parts of it; nothing is traced by default. */
  readonly tracing?: Tracing;
}

export interface Outcome {
  readonly what: 'images' | 'violations' | 'ignoreRules';
  readonly failure: Error | undefined;
  /** Until this goes well nothing else is asked. */
  readonly holdsAll?: true;
}

/** Until a connection is ready there is nobody to ask: what is wanted is then `unavailable`, with the reason. */
export type Source =
  { readonly kind: 'ready'; readonly xray: AskXray } | { readonly kind: 'none'; readonly why: string };

const FIRST_BACK_OFF_MS = 1_000;
const IDLE_MS = 60_000;

interface Session {
  source: Source;
  readonly poll: ViolationsPoll | undefined;
  /** Batches that failed since one did not; none goes out before `pausedUntilMs`. */
  failures: number;
  lastFailure: string;
  pausedUntilMs: number;
  walk: Walk;
  nextPollMs: number;
  /** Before they were read once nothing is asked: what is excused must not be stopped first. */
  haveRules: boolean;
  nextRulesMs: number;
  nextExpiry: Date | undefined;
}

export class Poller {
  readonly store: ScanStore;
  readonly #ports: PollerPorts;
  #session: Session | undefined;
  /** The server whose ignore rules are in force. */
  #rulesOf: string | undefined;
  #isRunning = false;
  #wake = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(ports: PollerPorts) {
    this.#ports = ports;
    this.store = new ScanStore({
      now: () => ports.clock.now(),
      onNew: () => {
        this.#wake.abort();
      },
      onRecalled: ports.onNews,
    });
  }

  /** From now on this is asked. Only where somebody else is asked, all is asked about again. */
  use(source: Source): void {
    const { clock } = this.#ports;
    const before = this.#session;
    if (before !== undefined && isSameXray(before.source, source)) {
      before.source = source;
      const nextMs = clock.monotonicMs() + pollIntervalOf(source);
      if (Number.isFinite(before.nextPollMs)) before.nextPollMs = Math.min(before.nextPollMs, nextMs); // else one is out
      this.#wake.abort();
      return;
    }
    const isReady = source.kind === 'ready';
    this.store.hint(this.store.asked().map(({ digest }) => digest)); // another Xray may say something else
    this.#session = {
      source,
      poll: isReady ? new ViolationsPoll(source.xray.client, this.store, () => clock.now()) : undefined,
      failures: 0,
      lastFailure: '',
      pausedUntilMs: 0,
      walk: { lastStepAt: clock.now(), wasLast: false },
      nextPollMs: clock.monotonicMs() + pollIntervalOf(source),
      haveRules: false,
      nextRulesMs: clock.monotonicMs(),
      nextExpiry: this.store.nextExpiry(), // those that were read before hold until others are
    };
    this.#wake.abort();
  }

  /** Whether this replica is the one that asks. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Something is said to have changed about images with these digests, or at these places: they are asked about at once. */
  lookAgain({ digests, paths }: { readonly digests: readonly Digest[]; readonly paths: readonly string[] }): void {
    this.store.hint(new Set([...digests, ...paths.flatMap((path) => [...this.store.at(path)])]));
  }

  /** Resolves when `signal` aborts and nothing is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const waitMs = this.#step(signal);
      if (waitMs > 0) await this.#sleep(waitMs, signal);
    }
    this.#isRunning = false;
    await Promise.allSettled(this.#underWay);
  }

  /** Starts what is due. @returns how long nothing else is */
  #step(signal: AbortSignal): number {
    const session = this.#session;
    if (session === undefined) return IDLE_MS;
    const { clock, onNews } = this.#ports;
    const { source } = session;
    if (source.kind === 'none') {
      const digests = this.store.asked().map(({ digest }) => digest);
      onNews(this.store.failed(digests, source.why));
      return IDLE_MS;
    }
    const pausedMs = session.pausedUntilMs - clock.monotonicMs();
    if (pausedMs > 0) {
      onNews(this.store.failed(this.#neverAsked(), session.lastFailure));
      return pausedMs;
    }
    const rulesMs = this.#stepRules(session, source.xray, signal);
    if (!session.haveRules) return rulesMs;
    const pollMs = session.nextPollMs - clock.monotonicMs();
    if (pollMs <= 0) {
      session.nextPollMs = Number.POSITIVE_INFINITY; // until this one is back
      this.#start('violations', async () => this.#look(session, source.xray, signal));
      return 0;
    }
    if (this.#underWay.size >= source.xray.concurrency) return IDLE_MS; // whichever ends first wakes us
    const { batch, isResync, waitMs } = this.#nextBatch(session, source.xray);
    if (batch.length === 0) return Math.min(waitMs, pollMs, rulesMs);
    session.walk = { lastStepAt: isResync ? clock.now() : session.walk.lastStepAt, wasLast: isResync };
    this.#start('images', async () => this.#ask(batch, session, source.xray, signal));
    return 0;
  }

  // What fills a batch with new ones goes first whatever else there is: at a start, with ten thousand of them, not all are looked at
  // for each batch.
  #nextBatch({ walk }: Session, pace: Pace): Next {
    const batch = this.store.firstNew(pace.batchSize);
    if (batch.length === pace.batchSize) return { batch, isResync: false, waitMs: 0 };
    return nextBatch(this.store.asked(), this.#ports.clock.now(), pace, walk);
  }

  /** Reads Xray's ignore rules when it is time, and lets go of those that expire. @returns how long nothing of it is due */
  #stepRules(session: Session, xray: AskXray, signal: AbortSignal): number {
    const { clock, onNews } = this.#ports;
    if (session.nextExpiry !== undefined && session.nextExpiry <= clock.now()) {
      onNews(this.store.followRules());
      this.store.hintRaised(); // what a rule no longer excuses Xray raises again
      session.nextExpiry = this.store.nextExpiry();
    }
    if (session.nextRulesMs <= clock.monotonicMs()) {
      session.nextRulesMs = Number.POSITIVE_INFINITY; // until these are back
      this.#start('ignoreRules', async () => this.#readRules(session, xray, signal));
    }
    const expiryMs = (session.nextExpiry?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
    return Math.min(session.nextRulesMs - clock.monotonicMs(), expiryMs, IDLE_MS);
  }

  async #readRules(session: Session, xray: AskXray, signal: AbortSignal): Promise<void> {
    const { clock, onNews, onOutcome } = this.#ports;
    try {
      onNews(this.store.ignore(await xray.client.ignoreRules(signal)));
      this.#rulesOf = xray.server;
      session.nextExpiry = this.store.nextExpiry();
      session.haveRules = true;
      session.nextRulesMs = clock.monotonicMs() + xray.resyncIntervalMs;
      onOutcome({ what: 'ignoreRules', failure: undefined });
    } catch (thrown) {
      if (signal.aborted) return;
      const failure = asError(thrown);
      // Who may not read them, or cannot understand them, goes on without; the connection's conditions say so.
      if (isRefusal(failure) || isUnreadable(failure)) this.#goWithoutRules(session, xray);
      else this.#pause(session, failure, xray.pollIntervalMs);
      session.nextRulesMs = clock.monotonicMs() + (session.haveRules ? xray.resyncIntervalMs : 0);
      onOutcome({ what: 'ignoreRules', failure, ...(session.haveRules ? {} : { holdsAll: true }) });
    }
  }

  // Those that the same server told before hold until they expire; what another had excused is none of this one's business.
  #goWithoutRules(session: Session, { server }: AskXray): void {
    session.haveRules = true;
    if (this.#rulesOf === undefined || this.#rulesOf === server) return;
    this.#rulesOf = undefined;
    this.#ports.onNews(this.store.ignore([]));
    session.nextExpiry = undefined;
  }

  #neverAsked(): readonly Digest[] {
    const fresh = this.store.asked().filter(({ askedAt, isBeingAsked }) => askedAt === undefined && !isBeingAsked);
    return fresh.map(({ digest }) => digest);
  }

  #start(what: Outcome['what'], work: () => Promise<void>): void {
    const { tracing = untraced } = this.#ports;
    const tracked = tracing.begin(`poll ${what}`, {}, work).finally(() => {
      this.#underWay.delete(tracked);
      this.#wake.abort();
    });
    this.#underWay.add(tracked);
  }

  async #ask(batch: readonly Digest[], session: Session, xray: AskXray, signal: AbortSignal): Promise<void> {
    const { onNews, onOutcome } = this.#ports;
    const images = this.store.questions(batch);
    this.store.asking(batch);
    const ports = {
      xray: xray.client,
      batchSize: xray.batchSize,
      ...(xray.resolve === undefined ? {} : { resolve: xray.resolve }),
    };
    try {
      onNews(this.store.answered(await inquire(images, ports, signal)));
      session.failures = 0;
      onOutcome({ what: 'images', failure: undefined });
    } catch (thrown) {
      if (signal.aborted) return;
      const failure = asError(thrown);
      onNews(this.store.failed(batch, failure.message));
      this.#pause(session, failure, xray.pollIntervalMs);
      onOutcome({ what: 'images', failure });
    }
  }

  async #look(session: Session, { pollIntervalMs, resyncIntervalMs }: AskXray, signal: AbortSignal): Promise<void> {
    const { clock, onOutcome } = this.#ports;
    let nextMs = pollIntervalMs;
    try {
      await session.poll?.look(signal);
      onOutcome({ what: 'violations', failure: undefined });
    } catch (thrown) {
      if (signal.aborted) return;
      const failure = asError(thrown);
      // Who may not read violations is not asked at each interval; the resync finds the same, later.
      if (isRefusal(failure)) nextMs = Math.max(pollIntervalMs, resyncIntervalMs);
      onOutcome({ what: 'violations', failure });
    } finally {
      session.nextPollMs = clock.monotonicMs() + nextMs;
    }
  }

  #pause(session: Session, failure: Error, longestMs: number): void {
    const told = failure instanceof XrayError ? (failure.retryAfterMs ?? 0) : 0;
    const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(session.failures++, 20), longestMs);
    session.lastFailure = failure.message;
    session.pausedUntilMs = this.#ports.clock.monotonicMs() + Math.max(told, backOffMs);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    await Promise.allSettled([clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]))]);
  }
}

function isUnreadable(failure: Error): boolean {
  return failure instanceof XrayError && failure.code === 'UnexpectedAnswer';
}

/** Only its pace is another. */
function isSameXray(before: Source, after: Source): boolean {
  if (before.kind === 'none' || after.kind === 'none') return false;
  return before.xray.client === after.xray.client && before.xray.resolve === after.xray.resolve;
}

function pollIntervalOf(source: Source): number {
  return source.kind === 'ready' ? source.xray.pollIntervalMs : 0;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
