// webhook: the TLS server that the API server asks: on every replica, with a certificate that is read again as it is replaced.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServingPart } from '../lifecycle/work.js';
import type { Registry } from '../telemetry/instruments.js';
import type { Logger } from '../telemetry/logger.js';
import { type Clock, systemClock } from '../time/clock.js';
import { aborted, within } from '../time/within.js';
import { bodyOf, BoundedServer, isPacked } from './bounded-server.js';
import { CertificateNotUsable, readCertificate, type UsableCertificate } from './certificate-files.js';
import { durationMs } from './go-duration.js';
import type { Hook } from './hook.js';
import { NotAReview } from './review.js';
import { failure } from './status.js';
import { type WebhookMetrics, webhookMetrics, type WebhookObserver } from './webhook-metrics.js';

export interface WebhookServerOptions {
  /** By path, as in `/validate-websites`. */
  readonly hooks: Readonly<Record<string, Hook>>;
  /** 0 = any that is free. */
  readonly port: number;
  /** All addresses by default. */
  readonly host?: string;
  /** A folder with `tls.crt` and `tls.key`, looked at every 10 seconds. */
  readonly certificates: string;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock?: Clock;
}

const LOOK_EVERY_MS = 10_000; // as controller-runtime does
const MAX_BODY = 7 * 1_024 * 1_024; // the API server takes 3 MiB of one object; a review has two
const LIMITS = {
  maxConnections: 500,
  requestMs: 30_000,
  idleMs: 100_000, // longer than the 90 s of Go's client: who closes first loses what the other is just sending
};
const USUAL_TIMEOUT_MS = 10_000; // of a configuration that says nothing
const LONGEST_TIMEOUT_MS = 30_000; // that it may say; conversions say none, and are waited for as long
const DRAIN_MS = 3_000; // of the 30 s that a pod is given, of which passes under way may take 22, and Events 2
const LAST_WORDS_MS = 500;

interface Served {
  readonly hook: Hook;
  readonly observer: WebhookObserver;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

export class WebhookServer implements ServingPart {
  readonly name = 'web hooks';
  readonly #options: WebhookServerOptions;
  readonly #clock: Clock;
  readonly #metrics: WebhookMetrics;
  readonly #hooks: ReadonlyMap<string, Served>;
  readonly #stopping = new AbortController();
  #server: BoundedServer | undefined;
  #certificate: UsableCertificate | undefined;
  #trouble: string | undefined;
  #port: number | undefined;

  constructor(options: WebhookServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const metrics = webhookMetrics(options.registry);
    this.#metrics = metrics;
    this.#hooks = new Map(
      Object.entries(options.hooks).map(([path, hook]) => [path, { hook, observer: metrics.of(path) }]),
    );
  }

  /** The port that it listens at; undefined while it does not. */
  get port(): number | undefined {
    return this.#port;
  }

  get problem(): string | undefined {
    if (this.#port === undefined) return `web hooks are not served: ${this.#trouble ?? 'starting'}`;
    const validTo = this.#certificate?.validTo ?? new Date(0);
    return validTo > this.#clock.now()
      ? undefined
      : `the certificate of the web hooks ended at ${validTo.toISOString()}`;
  }

  /**
   * Listens until `signal` aborts, from when there is a certificate; then those who have asked get their answer, within 3 s.
   *
   * @throws Error when the port is taken
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look();
      await Promise.allSettled([this.#clock.sleep(LOOK_EVERY_MS, signal)]);
    }
    await this.#end();
  }

  async #look(): Promise<void> {
    const { certificates, log } = this.#options;
    try {
      await this.#use(await readCertificate(certificates));
      this.#metrics.certificateRead(true);
      this.#trouble = undefined;
    } catch (error) {
      if (!(error instanceof CertificateNotUsable)) throw error;
      this.#metrics.certificateRead(false);
      const { message } = error;
      if (message !== this.#trouble)
        log.error(`web hooks ${this.#certificate === undefined ? 'wait' : 'keep their certificate'}: ${message}`, {
          error,
        });
      this.#trouble = message;
    }
  }

  async #use(certificate: UsableCertificate): Promise<void> {
    const { log, port, host } = this.#options;
    const former = this.#certificate;
    if (former?.cert === certificate.cert && former.key === certificate.key) return;
    if (this.#server === undefined) {
      this.#server = new BoundedServer(this.#handle.bind(this), LIMITS, certificate);
      this.#port = await this.#server.listen(port, host);
    } else this.#server.replaceCertificate(certificate);
    this.#certificate = certificate;
    log.info(former === undefined ? 'web hooks are served' : 'web hooks have a new certificate', {
      port: this.#port,
      validTo: certificate.validTo,
    });
  }

  async #end(): Promise<void> {
    const drained = this.#server?.drain() ?? Promise.resolve();
    if (!(await within(this.#clock, DRAIN_MS, drained))) {
      this.#options.log.warn(`web hooks under way did not end within ${DRAIN_MS} ms; they are refused`);
      this.#stopping.abort(new Error('the operator stops'));
      await within(this.#clock, LAST_WORDS_MS, drained);
    }
    await this.#server?.close();
    this.#port = undefined;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const served = this.#hooks.get(path);
    if (served === undefined) {
      send(
        response,
        refused(404, `there is no web hook at this path; there are ${[...this.#hooks.keys()].join(', ')}`),
      );
      return;
    }
    const startedMs = this.#clock.monotonicMs();
    const ended = served.observer.began();
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort(new Error('the request is over'));
    });
    const timer = this.#clock.timer(timeoutIn(query), () => {
      gone.abort(new Error('the API server waits no longer'));
    });
    const signal = AbortSignal.any([gone.signal, this.#stopping.signal]);
    const answer = await this.#answer(served, request, signal);
    timer.cancel();
    ended(answer.status, (this.#clock.monotonicMs() - startedMs) / 1_000);
    send(response, answer);
  }

  /** In time, whatever the handler does; never rejects. */
  async #answer({ hook, observer }: Served, request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const told = aborted(signal);
    try {
      const { log } = this.#options;
      const given = jsonOf(request).then(async (json) => hook.answer(json, { signal, log }, observer));
      const body = await Promise.race([given, told.promise]);
      return body === undefined ? refused(504, 'the web hook did not answer in time') : { status: 200, body };
    } catch (error) {
      if (error instanceof NotAReview) return refused(error.status, error.message);
      if (!signal.aborted) this.#options.log.error('a web hook failed', { error });
      return refused(500, 'the web hook failed; its log tells more');
    } finally {
      told.forget();
    }
  }
}

/** @throws NotAReview */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') throw new NotAReview(405, 'a web hook takes POST');
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== 'application/json' || isPacked(request))
    throw new NotAReview(415, 'a web hook takes application/json, not packed');
  const text = await bodyOf(request, MAX_BODY);
  if (text === undefined) throw new NotAReview(413, `a web hook takes up to ${MAX_BODY} bytes`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NotAReview(400, 'the body is no JSON', { cause });
  }
}

function timeoutIn(query: string): number {
  const asked = durationMs(new URLSearchParams(query).get('timeout') ?? '') ?? 0;
  return Math.min(asked > 0 ? asked : USUAL_TIMEOUT_MS, LONGEST_TIMEOUT_MS);
}

function refused(status: number, message: string): Answer {
  return { status, body: failure(status, message) };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return; // nobody is there any more
  // What is left of a refused body is not waited for.
  if (status !== 200) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
