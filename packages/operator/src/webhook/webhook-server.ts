// webhook: the TLS server that the API server asks: on every replica, with a certificate that is read again as it is replaced.
import type { ServingPart } from '../lifecycle/work.js';
import type { Registry } from '../telemetry/instruments.js';
import type { Logger } from '../telemetry/logger.js';
import { type Clock, systemClock } from '../time/clock.js';
import { within } from '../time/within.js';
import { BoundedServer, type Listener } from './bounded-server.js';
import { CertificateNotUsable, readCertificate, type UsableCertificate } from './certificate-files.js';
import type { Hook } from './hook.js';
import { listenerFor } from './listener.js';
import { type WebhookMetrics, webhookMetrics } from './webhook-metrics.js';

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
const LIMITS = {
  maxConnections: 500,
  headersMs: 30_000, // Go's client makes connections that it may need only later
  requestMs: 30_000,
  idleMs: 100_000, // longer than the 90 s of Go's client: who closes first loses what the other is just sending
};
const DRAIN_MS = 3_000; // of the 30 s that a pod is given, of which passes under way may take 22, and Events 2
const FIRST_WORDS_MS = 500; // of those, for who has just connected to ask; Go's client also connects without need
const LAST_WORDS_MS = 500;

export class WebhookServer implements ServingPart {
  readonly name = 'web hooks';
  readonly #options: WebhookServerOptions;
  readonly #clock: Clock;
  readonly #metrics: WebhookMetrics;
  readonly #listener: Listener;
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
    const served = Object.entries(options.hooks).map(
      ([path, hook]) => [path, { hook, observer: metrics.of(path) }] as const,
    );
    const { log } = options;
    this.#listener = listenerFor(new Map(served), { clock: this.#clock, log, stopping: this.#stopping.signal });
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
      const meanwhile = this.#certificate === undefined ? 'wait' : 'keep their certificate';
      if (message !== this.#trouble) log.error(`web hooks ${meanwhile}: ${message}`, { error });
      this.#trouble = message;
    }
  }

  async #use(certificate: UsableCertificate): Promise<void> {
    const { log, port, host } = this.#options;
    const former = this.#certificate;
    if (former?.cert === certificate.cert && former.key === certificate.key) return;
    if (this.#server === undefined) {
      this.#server = new BoundedServer(this.#listener, LIMITS, certificate);
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
    await within(this.#clock, FIRST_WORDS_MS, drained);
    this.#server?.closeUnasked();
    if (!(await within(this.#clock, DRAIN_MS - FIRST_WORDS_MS, drained))) {
      this.#options.log.warn(`web hooks under way did not end within ${DRAIN_MS} ms; they are refused`);
      this.#stopping.abort(new Error('the operator stops'));
      await within(this.#clock, LAST_WORDS_MS, drained);
    }
    await this.#server?.close();
    this.#port = undefined;
  }
}
