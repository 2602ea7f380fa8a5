// controllers: opens the receiver of web hooks as the XrayConnection asks for, and follows its Secrets. On every replica.
import type { Clock, KubeClient, Logger } from '@dot-kube/operator';
import { KubeApiError } from '@dot-kube/operator';
import type { Certificate } from '@dot-kube/operator/webhook';
import { isDeepStrictEqual } from 'node:util';
import type { Webhook } from '../../api/v1alpha1/types.js';
import { type HookConfig, HookServer } from '../../hook/hook-server.js';
import type { Hint } from '../../hook/payload.js';
import type { WebhookFinding } from '../../report/connection-conditions.js';
import { readSecret, type SecretData, textIn } from './secret.js';

export interface HookPartPorts {
  /** What the connection asks for now; undefined: no hooks. */
  readonly asked: () => Webhook | undefined;
  readonly namespace: string;
  readonly port: number;
  readonly client: Pick<KubeClient, 'get'>;
  readonly onHint: (hint: Hint) => void;
  readonly onAnswered?: (status: number) => void;
  readonly onFinding: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const RETRY_MS = 30_000;

interface Open {
  readonly server: HookServer;
  readonly port: number;
  readonly isSecure: boolean;
  config: HookConfig;
}

type WebhookProblem = 'SecretNotFound' | 'TokenMissing' | 'CertificateMissing' | 'CertificateInvalid';

class NotUsable extends Error {
  readonly reason: WebhookProblem;

  constructor(reason: WebhookProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

export class HookPart {
  readonly #ports: HookPartPorts;
  #open: Open | undefined;
  #finding: WebhookFinding = { kind: 'none' };
  #wake = new AbortController();

  constructor(ports: HookPartPorts) {
    this.#ports = ports;
  }

  get finding(): WebhookFinding {
    return this.#finding;
  }

  /** The port that it listens at; undefined while it does not. */
  get port(): number | undefined {
    return this.#open?.port;
  }

  /** The connection or a Secret may have changed. */
  changed(): void {
    this.#wake.abort();
  }

  /** Listens as asked until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onFinding } = this.#ports;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const before = this.#finding;
      this.#finding = await this.#follow(signal);
      if (!isDeepStrictEqual(before, this.#finding)) onFinding();
      await Promise.allSettled([clock.sleep(RETRY_MS, AbortSignal.any([signal, this.#wake.signal]))]);
    }
    await this.#close();
  }

  async #follow(signal: AbortSignal): Promise<WebhookFinding> {
    const { asked, log } = this.#ports;
    const webhook = asked();
    try {
      if (webhook === undefined) {
        await this.#close();
        return { kind: 'none' };
      }
      const config = await this.#config(webhook, signal);
      await this.#serve(config);
      return { kind: 'receiving', isSecure: config.tls !== undefined };
    } catch (error) {
      if (signal.aborted) return this.#finding;
      const message = error instanceof Error ? error.message : String(error);
      log.warn('web hooks are not received as asked', { error });
      // What was valid before stays in use: a Secret that is half written must not shut Xray out.
      return { kind: 'failed', reason: error instanceof NotUsable ? error.reason : 'NotListening', message };
    }
  }

  async #config({ tokenSecretRef, tlsSecretRef }: Webhook, signal: AbortSignal): Promise<HookConfig> {
    const token = textIn(await this.#secret(tokenSecretRef.name, signal), 'token').trim();
    if (token === '')
      throw new NotUsable(
        'TokenMissing',
        `Secret ${tokenSecretRef.name} has no key token; put the text there that Xray sends.`,
      );
    if (tlsSecretRef === undefined) return { token };
    const data = await this.#secret(tlsSecretRef.name, signal);
    const tls: Certificate = { key: textIn(data, 'tls.key'), cert: textIn(data, 'tls.crt') };
    if (tls.key === '' || tls.cert === '')
      throw new NotUsable('CertificateMissing', `Secret ${tlsSecretRef.name} lacks tls.crt or tls.key.`);
    return { token, tls };
  }

  async #secret(name: string, signal: AbortSignal): Promise<SecretData> {
    const { client, namespace } = this.#ports;
    try {
      return await readSecret({ namespace, name }, client, signal);
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.reason !== 'NotFound') throw error;
      throw new NotUsable('SecretNotFound', `There is no Secret ${namespace}/${name}; create it.`);
    }
  }

  async #serve(config: HookConfig): Promise<void> {
    const isSecure = config.tls !== undefined;
    if (this.#open?.isSecure === isSecure) {
      if (isDeepStrictEqual(this.#open.config, config)) return;
      usable(() => this.#open?.server.rotate(config));
      this.#open.config = config;
      return;
    }
    const { clock, onHint, onAnswered, port, log } = this.#ports;
    const answered = onAnswered === undefined ? {} : { onAnswered };
    const server = usable(() => new HookServer(config, { clock, onHint, ...answered }));
    await this.#close();
    const listening = await server.listen(port);
    this.#open = { server, port: listening, isSecure, config };
    log.info('web hooks are received', { port: listening, secure: isSecure });
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.server.close();
  }
}

// What OpenSSL says of a key may quote it; that it cannot be used is enough.
function usable<T>(use: () => T): T {
  try {
    return use();
  } catch {
    throw new NotUsable(
      'CertificateInvalid',
      'The certificate and key of spec.webhook.tlsSecretRef cannot be used together.',
    );
  }
}
