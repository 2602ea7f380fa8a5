// scan/xray: the way out: connections that are kept alive, authorities that are trusted, and the proxy where one is set.
import { getCACertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

/** As the usual variables have them; empty = none. `noProxy` is a list of hosts, `.domains` and `host:port`. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

export const noProxies: Proxies = { httpProxy: '', httpsProxy: '', noProxy: '' };

/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in lower case or upper; lower case wins, as with curl. */
export function proxiesOf(environment: Readonly<Record<string, string | undefined>>): Proxies {
  const valueOf = (name: string): string => environment[name] ?? environment[name.toUpperCase()] ?? '';
  return { httpProxy: valueOf('http_proxy'), httpsProxy: valueOf('https_proxy'), noProxy: valueOf('no_proxy') };
}

export interface WayOut {
  /** PEM; besides the authorities that Node trusts. */
  readonly caBundle?: string;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly proxies: Proxies;
}

const KEEP_ALIVE_MS = 30_000;

export function dispatcherFor({ caBundle, timeoutMs, connections, proxies }: WayOut): Dispatcher {
  const tls = caBundle === undefined ? {} : { ca: [...getCACertificates('default'), caBundle] };
  return new EnvHttpProxyAgent({
    ...proxies,
    connections,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { ...tls, timeout: timeoutMs },
    requestTls: tls, // through a proxy's tunnel
    proxyTls: tls,
  });
}
