// What may stand between a client and the API server besides a fault: a TLS server whose certificate is replaced, and the
// proxy that a kubeconfig names by `proxy-url`.
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

export interface Certificate {
  readonly key: string;
  /** Its own authority, too. */
  readonly cert: string;
}

/** A server's, from a new authority. @param name of the host, or its address */
export async function certificateFor(name: string): Promise<Certificate> {
  return certificateOf(name, [{ name: 'commonName', value: name }]);
}

/** A user's: the API server takes the names of the user and of the group from it. */
export async function certificateForUser(user: string, group: string): Promise<Certificate> {
  return certificateOf(user, [
    { name: 'commonName', value: user },
    { name: 'organizationName', value: group },
  ]);
}

async function certificateOf(name: string, subject: { name: string; value: string }[]): Promise<Certificate> {
  const { private: key, cert } = await generate(subject, {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }] },
    ],
  });
  return { key, cert };
}

export interface TlsFront extends Front {
  /** Shows another certificate from now on, and ends what was connected under the former. */
  replace(certificate: Certificate): void;
}

/** @param targetOf the port that gets what was in the TLS stream; asked at each connection */
export async function startTlsFront(certificate: Certificate, targetOf: () => number): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const server = createTlsServer(certificate, (socket) => {
    join(socket, connect(targetOf(), '127.0.0.1'), sockets);
  });
  server.on('tlsClientError', () => undefined); // a client that does not trust us is what a test wants to see
  return {
    ...(await listening(server, sockets)),
    replace: (next) => {
      server.setSecureContext(next);
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface ConnectProxy extends Front {
  /** What clients wanted to be connected with, as in `host:443`. */
  readonly asked: readonly string[];
}

export interface ConnectProxyOptions {
  /** By host and port. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Which it shows where it is spoken to by TLS itself; else it is by plain HTTP. */
  readonly certificate?: Certificate | undefined;
  /** As in `user:password`, without which it lets nobody through. */
  readonly login?: string;
  /** So many of the first are never answered. */
  readonly deafTo?: number;
}

/** A proxy that knows where the hosts are which nobody else can find. */
export async function startConnectProxy({
  ports = {},
  certificate,
  login,
  deafTo = 0,
}: ConnectProxyOptions): Promise<ConnectProxy> {
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const refuse: RequestListener = (_, response) => {
    response.writeHead(405).end();
  };
  const server = certificate === undefined ? createHttpServer(refuse) : createHttpsServer(certificate, refuse);
  server.on('connect', (request, socket: Socket) => {
    const target = request.url ?? '';
    if (asked.push(target) <= deafTo) {
      sockets.add(socket);
      return;
    }
    const port = ports[target];
    const isLetIn = wanted === undefined || request.headers['proxy-authorization'] === wanted;
    if (port === undefined || !isLetIn) {
      socket.end(isLetIn ? 'HTTP/1.1 502 Bad Gateway\r\n\r\n' : 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    join(socket, upstream, sockets);
  });
  return { ...(await listening(server, sockets)), asked };
}

/** The same as a SOCKS proxy (RFC 1928) that asks for no password. */
export async function startSocksProxy(ports: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0])); // no login
      socket.once('data', (request: Buffer) => {
        const nameEnd = 5 + (request[4] ?? 0);
        const target = `${request.toString('latin1', 5, nameEnd)}:${request.readUInt16BE(nameEnd)}`;
        asked.push(target);
        const upstream = connect(ports[target] ?? 0, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          join(socket, upstream, sockets);
        });
        upstream.once('error', () => socket.destroy());
      });
    });
    socket.once('error', () => undefined);
  });
  return { ...(await listening(server, sockets)), asked };
}

function join(one: Socket, other: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.once('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}

async function listening(server: Server, sockets: ReadonlySet<Socket>): Promise<Front> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a TCP server's address is one
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
