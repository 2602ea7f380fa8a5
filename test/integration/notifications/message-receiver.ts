// One who is told by policies: keeps each message with when it came, and answers as a test says, or never.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: Date;
  /** Unset: not answered yet. */
  status?: number;
  /** When the sender gave it up without an answer. */
  givenUpAt?: Date;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MessageReceiver {
  /** With its port. */
  readonly host: string;
  readonly received: readonly Received[];
  /** What is answered next, in turn; 200 when there is none. */
  answer(...answers: readonly (Answer | (() => Answer))[]): void;
  /** What comes to this path is taken and not answered, until `release`. */
  hang(path: string): void;
  /** Answers what waits there with 200, and what comes. */
  release(path: string): void;
  /** Forgets what came, and how it was to be answered. */
  clear(): void;
  close(): void;
}

/** @param meanwhile runs between the arrival of a message and its answer */
export async function startMessageReceiver(
  meanwhile = async (): Promise<void> => Promise.resolve(),
): Promise<MessageReceiver> {
  let received: Received[] = [];
  let answers: (Answer | (() => Answer))[] = [];
  const hanging = new Map<string, (() => void)[]>();
  const reply = (message: Received, response: ServerResponse, { status, headers = {} }: Answer): void => {
    message.status = status;
    response.writeHead(status, headers).end();
  };
  const take = async (message: Received, response: ServerResponse): Promise<void> => {
    await meanwhile();
    received.push(message);
    const waiting = hanging.get(message.path);
    if (waiting === undefined) {
      const next = answers.shift() ?? { status: 200 };
      reply(message, response, typeof next === 'function' ? next() : next);
      return;
    }
    response.once('close', () => {
      if (message.status === undefined) message.givenUpAt = new Date();
    });
    waiting.push(() => {
      if (message.givenUpAt === undefined) reply(message, response, { status: 200 });
    });
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      void take({ path, headers, body: Buffer.concat(chunks).toString(), at: new Date() }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    get received() {
      return received;
    },
    answer: (...next) => {
      answers = [...next];
    },
    hang: (path) => {
      hanging.set(path, []);
    },
    release: (path) => {
      for (const end of hanging.get(path) ?? []) end();
      hanging.delete(path);
    },
    clear: () => {
      received = [];
      answers = [];
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface WorkloadEvent {
  readonly specversion: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly source: string;
  readonly data: {
    readonly count: number;
    readonly workloads: readonly { readonly name: string }[];
    readonly omitted: number;
  };
}

export function eventOf({ body }: Received): WorkloadEvent {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- what the tests are about
  return JSON.parse(body) as WorkloadEvent;
}
