// lifecycle: the small HTTP servers for probes and metrics.
import { createServer, type Server, type ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param port 0 = any that is free @param host all addresses by default @throws Error when the port is taken */
export async function serve(routes: Routes, port: number, host?: string): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(routes[pathOf(request.url)] ?? notFound, response).catch(() => {
      response.destroy();
    });
  });
  return {
    port: await listen(server, port, host),
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

// By hand, since anybody may ask, and `new URL` throws where what is asked for is no URL, as with `//`.
function pathOf(target = '/'): string {
  return target.replace(/[?#].*/s, '');
}

function notFound(): Answer {
  return { status: 404, body: 'not found\n' };
}

async function answer(route: () => Answer | Promise<Answer>, response: ServerResponse): Promise<void> {
  const { status, body, contentType = 'text/plain; charset=utf-8' } = await route();
  response.writeHead(status, { 'content-type': contentType });
  response.end(body);
}

/** @param port 0 = any that is free @param host all addresses by default @returns the port @throws Error when it is taken */
export async function listen(server: Server, port: number, host?: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
