// client: who we are to the API server: headers and TLS settings from the kubeconfig, taken anew often enough that
// rotated tokens, certificates and authorities are used without a restart.
import type { RequestOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../time/clock.js';

/** What the framework takes of client-node's KubeConfig, so that only the caller has to load it. */
export interface KubeConfigLike {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/**
 * A function that loads it is better than what it loads: after a refused token it is called again, and with it exec
 * plugins are run and files are read again.
 */
export type KubeConfigSource = KubeConfigLike | (() => KubeConfigLike);

export type TlsOptions = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

export interface Known {
  readonly server: string;
  readonly proxyUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
}

const KNOWN_FOR_MS = 60_000; // client-go re-reads a token file as often
const TRIED_AGAIN_AFTER_MS = 1_000;

interface Asked {
  readonly value: Promise<Known>;
  untilMs: number;
}

export class Credentials {
  readonly #source: KubeConfigSource;
  readonly #clock: Clock;
  #kubeConfig: KubeConfigLike;
  #asked: Asked | undefined;

  constructor(source: KubeConfigSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#kubeConfig = typeof source === 'function' ? source() : source;
  }

  /**
   * What could be read before stays in use while it cannot be read anew, as when a file is just being replaced: where it is
   * worth nothing any more the API server refuses it, and `renew` tells why there is nothing better.
   *
   * @throws Error when the kubeconfig names no cluster, or its credentials cannot be read
   */
  async current(): Promise<Known> {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#asked;
    if (before !== undefined && nowMs < before.untilMs) return before.value;
    return this.#ask(async () =>
      read(this.#kubeConfig).catch(async (error: unknown) => {
        if (before === undefined) throw error;
        before.untilMs = nowMs + TRIED_AGAIN_AFTER_MS;
        this.#asked = before;
        return before.value;
      }),
    );
  }

  /**
   * Asks anew, after a refusal; where many were refused at once, one of them asks for all.
   *
   * @param refused with which the refused request was sent
   * @throws Error when the credentials cannot be read
   */
  async renew(refused: Known): Promise<Known> {
    const before = this.#asked;
    const known = await before?.value;
    if (known !== undefined && !isDeepStrictEqual(known, refused)) return known;
    if (this.#asked !== undefined && this.#asked !== before) return this.#asked.value;
    if (typeof this.#source === 'function') this.#kubeConfig = this.#source();
    return this.#ask(async () => read(this.#kubeConfig));
  }

  async #ask(reading: () => Promise<Known>): Promise<Known> {
    const asked = { value: reading(), untilMs: this.#clock.monotonicMs() + KNOWN_FOR_MS };
    this.#asked = asked;
    asked.value.catch(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    return asked.value;
  }
}

async function read(kubeConfig: KubeConfigLike): Promise<Known> {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null)
    throw new Error('the kubeconfig names no current cluster; set one with kubectl config use-context');
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const tls = tlsOf(options);
  createSecureContext(tls); // throws where a key does not go with its certificate: one of the two files was replaced
  return {
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl,
    headers: { ...basicOf(options.auth), ...headersOf(options.headers) },
    tls,
  };
}

function headersOf(headers: RequestOptions['headers'] = {}): Readonly<Record<string, string>> {
  const named = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    String(value).trim(), // a token file may end with a newline
  ]);
  return Object.fromEntries(named);
}

function basicOf(auth: string | null | undefined): Readonly<Record<string, string>> {
  if (auth === undefined || auth === null) return {};
  return { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
}

function tlsOf({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions): TlsOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
