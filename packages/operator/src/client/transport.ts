// client: the connections to the API server: kept alive, shared, and made anew when a certificate has changed.
import { getCACertificates } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { Agent, type Dispatcher, Pool, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Clock } from '../time/clock.js';
import { Credentials, type Known, type KubeConfigSource, type TlsOptions } from './credentials.js';

export interface Connection {
  readonly known: Known;
  readonly unary: Dispatcher;
  /** One socket for each watch, without a limit on how long the body takes. */
  readonly stream: Dispatcher;
  /** For the lease: waits behind nothing, and may write when nothing else may. */
  readonly urgent: Dispatcher;
}

export interface Transport {
  connection(): Promise<Connection>;
  /** With credentials asked for anew, after a 401. */
  renewed(refused: Connection): Promise<Connection>;
  close(): Promise<void>;
}

const UNARY_CONNECTIONS = 8;
const UNARY_LIMIT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;
const CONNECT_LIMIT_MS = 10_000;
const URGENT_CONNECT_LIMIT_MS = 4_000; // who waits for the lease asks again after 5 s, and leads no more after 10

export interface TransportOptions {
  readonly clock: Clock;
  /**
   * Called at the last moment before a request that changes something is written to its socket; what it throws is what
   * the caller gets, and nothing is sent.
   */
  readonly beforeWrite: () => void;
  /** Carries the requests in place of sockets of our own. */
  readonly carrier?: Dispatcher;
}

/** @throws Error when the kubeconfig names no cluster, or its credentials cannot be read */
export async function openTransport(
  source: KubeConfigSource,
  { clock, beforeWrite, carrier }: TransportOptions,
): Promise<Transport> {
  const credentials = new Credentials(source, clock);
  const first = await credentials.current();
  const all = new Set<Dispatcher>();
  const agentsOf = (known: Known): Agents =>
    carrier === undefined ? agentsFor(known, beforeWrite, all) : carriedBy(carrier, known, beforeWrite);
  let agents = agentsOf(first);

  const connectionOf = (known: Known): Connection => {
    if (!isDeepStrictEqual(agents.tls, known.tls) || agents.proxyUrl !== known.proxyUrl) {
      const old = agents;
      agents = agentsOf(known);
      retire(old, all);
    }
    return { known, ...agents.pools };
  };
  return {
    connection: async () => connectionOf(await credentials.current()),
    renewed: async ({ known }) => connectionOf(await credentials.renew(known)),
    close: async () => {
      await Promise.all([...all].map(async (agent) => agent.destroy()));
    },
  };
}

interface Agents {
  readonly tls: TlsOptions;
  readonly proxyUrl: string | undefined;
  readonly pools: Omit<Connection, 'known'>;
  readonly all: readonly Dispatcher[];
}

function agentsFor({ tls, proxyUrl }: Known, beforeWrite: () => void, all: Set<Dispatcher>): Agents {
  const limits = { headersTimeout: UNARY_LIMIT_MS, bodyTimeout: UNARY_LIMIT_MS, connectMs: CONNECT_LIMIT_MS };
  const unary = agent(tls, proxyUrl, { ...limits, connections: UNARY_CONNECTIONS });
  const stream = agent(tls, proxyUrl, { ...limits, bodyTimeout: 0 });
  const urgent = agent(tls, proxyUrl, { ...limits, connections: 1, connectMs: URGENT_CONNECT_LIMIT_MS });
  const made = [unary, stream, urgent];
  for (const one of made) all.add(one);
  return { tls, proxyUrl, pools: { unary: unary.compose(guardWrites(beforeWrite)), stream, urgent }, all: made };
}

/** Its end is its owner's. */
function carriedBy(carrier: Dispatcher, { tls, proxyUrl }: Known, beforeWrite: () => void): Agents {
  const pools = { unary: carrier.compose(guardWrites(beforeWrite)), stream: carrier, urgent: carrier };
  return { tls, proxyUrl, pools, all: [] };
}

interface Limits extends Pick<Agent.Options, 'connections' | 'headersTimeout' | 'bodyTimeout'> {
  /** Until a connection stands, each step of it. */
  readonly connectMs: number;
}

function agent(tls: TlsOptions, proxyUrl: string | undefined, { connectMs, ...limits }: Limits): Dispatcher {
  const options = { ...limits, allowH2: false, keepAliveTimeout: KEEP_ALIVE_MS, connectTimeout: connectMs };
  const kept = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, timeout: connectMs };
  const requestTls = { ...tls, ...kept } as NonNullable<ProxyAgent.Options['requestTls']>;
  if (proxyUrl === undefined) return new Agent({ ...options, connect: requestTls });
  if (proxyUrl.startsWith('socks')) return new Socks5ProxyAgent(proxyUrl, { ...options, requestTls });
  return new ProxyAgent({
    ...options,
    uri: proxyUrl,
    requestTls,
    proxyTls: proxyTlsOf(tls),
    // Of itself undici waits five minutes for a proxy's word, and all requests of a pool wait with it.
    clientFactory: (origin, own) => new Pool(origin, { ...own, headersTimeout: connectMs }),
  });
}

// As with client-go, the kubeconfig also says who vouches for a proxy that is spoken to by TLS: here beside those whom Node
// trusts, since such a proxy may well have a public certificate. Our own certificate is none of the proxy's business.
function proxyTlsOf({ ca, rejectUnauthorized }: TlsOptions): NonNullable<ProxyAgent.Options['proxyTls']> {
  return {
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ...[ca].flat()] }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

/** What is under way on them ends in its own time. */
function retire(agents: Agents, all: Set<Dispatcher>): void {
  for (const old of agents.all)
    void old.close().then(
      () => all.delete(old),
      () => undefined, // destroyed meanwhile
    );
}

// Between the decision to write and the moment the bytes leave lie a queue and a handshake, in which a lease can be lost.
function guardWrites(beforeWrite: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, options.method === 'GET' ? handler : new GuardedHandler(handler, beforeWrite));
}

class GuardedHandler implements Dispatcher.DispatchHandler {
  readonly #inner: Dispatcher.DispatchHandler;
  readonly #beforeWrite: () => void;

  constructor(inner: Dispatcher.DispatchHandler, beforeWrite: () => void) {
    this.#inner = inner;
    this.#beforeWrite = beforeWrite;
  }

  /** Undici sends nothing where this throws, and gives the error to the caller. */
  onRequestStart(...args: Parameters<Hook<'onRequestStart'>>): void {
    this.#beforeWrite();
    this.#inner.onRequestStart?.(...args);
  }

  onRequestUpgrade(...args: Parameters<Hook<'onRequestUpgrade'>>): void {
    this.#inner.onRequestUpgrade?.(...args);
  }

  onResponseStart(...args: Parameters<Hook<'onResponseStart'>>): void {
    this.#inner.onResponseStart?.(...args);
  }

  onResponseData(...args: Parameters<Hook<'onResponseData'>>): void {
    this.#inner.onResponseData?.(...args);
  }

  onResponseEnd(...args: Parameters<Hook<'onResponseEnd'>>): void {
    this.#inner.onResponseEnd?.(...args);
  }

  onResponseError(...args: Parameters<Hook<'onResponseError'>>): void {
    this.#inner.onResponseError?.(...args);
  }
}

type Hook<K extends keyof Dispatcher.DispatchHandler> = NonNullable<Dispatcher.DispatchHandler[K]>;
