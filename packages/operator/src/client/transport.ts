// client: the connections to the API server: kept alive, shared, with the credentials of the kubeconfig.
import type { RequestOptions } from 'node:https';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../time/clock.js';

/** What the framework takes of client-node's KubeConfig, so that only the caller has to load it. */
export interface KubeConfigLike {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

export interface Transport {
  readonly server: string;
  readonly unary: Dispatcher;
  /** One socket for each watch, without a limit on how long the body takes. */
  readonly stream: Dispatcher;
  /** @param fresh asks for the credentials anew, after a 401 */
  headers(fresh: boolean): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

const UNARY_CONNECTIONS = 8;
const UNARY_LIMIT_MS = 30_000;
const HEADERS_FOR_MS = 60_000; // client-go re-reads a token file as often

/** @throws Error when the kubeconfig names no cluster, or its credentials cannot be read */
export async function openTransport(kubeConfig: KubeConfigLike, clock: Clock): Promise<Transport> {
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined)
    throw new Error('the kubeconfig names no current cluster; set one with kubectl config use-context');
  const connect = await tlsOf(kubeConfig);
  const unary = new Agent({
    connect,
    connections: UNARY_CONNECTIONS,
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: UNARY_LIMIT_MS,
    bodyTimeout: UNARY_LIMIT_MS,
  });
  const stream = new Agent({ connect, allowH2: false, headersTimeout: UNARY_LIMIT_MS, bodyTimeout: 0 });
  const credentials = new Credentials(kubeConfig, clock);
  return {
    server: server.replace(/\/+$/, ''),
    unary,
    stream,
    headers: async (fresh) => credentials.headers(fresh),
    close: async () => {
      await Promise.all([unary.destroy(), stream.destroy()]);
    },
  };
}

class Credentials {
  readonly #kubeConfig: KubeConfigLike;
  readonly #clock: Clock;
  #known: { readonly headers: Readonly<Record<string, string>>; readonly atMs: number } | undefined;

  constructor(kubeConfig: KubeConfigLike, clock: Clock) {
    this.#kubeConfig = kubeConfig;
    this.#clock = clock;
  }

  async headers(fresh: boolean): Promise<Readonly<Record<string, string>>> {
    const atMs = this.#clock.monotonicMs();
    if (!fresh && this.#known !== undefined && atMs - this.#known.atMs < HEADERS_FOR_MS) return this.#known.headers;
    const options: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    this.#known = { headers, atMs };
    return headers;
  }
}

async function tlsOf(kubeConfig: KubeConfigLike): Promise<NonNullable<Agent.Options['connect']>> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const { ca, cert, key, passphrase, rejectUnauthorized, servername } = options;
  return {
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}
