// chaos/simulated: carries requests of a process to whoever plays the server, in place of sockets. The client above it is the real one.
import { Dispatcher, errors } from 'undici';
import type { ProcessClock } from './time.js';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined where there is none. */
  readonly body: string | undefined;
}

/** What the server can do with a request. */
export interface Reply {
  readonly isOver: boolean;
  /** Calls when the client has gone away, or all is said. */
  onOver(hear: () => void): void;
  begin(status: number, headers?: Readonly<Record<string, string>>): void;
  send(text: string): void;
  end(): void;
  /** The connection breaks, by itself or because the client has waited long enough. */
  break(why?: Error): void;
}

export type Server = (asked: Asked, reply: Reply) => void;

export class Carrier extends Dispatcher {
  readonly #server: Server;
  readonly #clock: ProcessClock;
  readonly #open = new Set<Exchange>();
  #isDead = false;

  constructor(server: Server, clock: ProcessClock) {
    super();
    this.#server = server;
    this.#clock = clock;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const exchange = new Exchange(handler, this.#clock);
    if (!exchange.start()) return true;
    if (this.#isDead) {
      exchange.break();
      return true;
    }
    this.#open.add(exchange);
    exchange.onOver(() => this.#open.delete(exchange));
    const url = new URL(options.path, 'http://server');
    const { body } = options;
    this.#server(
      {
        method: options.method,
        path: url.pathname,
        query: url.searchParams,
        headers: headersOf(options.headers),
        body: typeof body === 'string' ? body : undefined,
      },
      exchange,
    );
    return true;
  }

  /** The process is gone: it hears nothing more, and nothing more goes out. */
  kill(): void {
    this.#isDead = true;
    for (const exchange of this.#open) exchange.break();
  }

  override async close(): Promise<void> {
    return undefined;
  }

  override async destroy(): Promise<void> {
    return undefined; // whoever made it may use it again
  }
}

function headersOf(headers: Dispatcher.DispatchOptions['headers']): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

class Exchange implements Reply {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #clock: ProcessClock;
  readonly #controller: Dispatcher.DispatchController;
  readonly #hearers: (() => void)[] = [];
  #reason: Error | undefined;
  #isOver = false;

  constructor(handler: Dispatcher.DispatchHandler, clock: ProcessClock) {
    this.#handler = handler;
    this.#clock = clock;
    const reasonOf = (): Error | null => this.#reason ?? null;
    const isAborted = (): boolean => this.#reason !== undefined;
    this.#controller = {
      get aborted() {
        return isAborted();
      },
      get paused() {
        return false;
      },
      get reason() {
        return reasonOf();
      },
      abort: (reason: Error) => {
        if (this.#reason !== undefined) return;
        this.#reason = reason;
        this.#over();
        handler.onResponseError?.(this.#controller, reason);
      },
      pause: () => undefined, // all is in memory anyway
      resume: () => undefined,
    };
  }

  /** @returns false where the client takes it back before it is sent */
  start(): boolean {
    try {
      this.#handler.onRequestStart?.(this.#controller, {});
    } catch (error) {
      this.#handler.onResponseError?.(this.#controller, error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    return this.#reason === undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onOver(hear: () => void): void {
    this.#hearers.push(hear);
  }

  begin(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#tell(() => this.#handler.onResponseStart?.(this.#controller, status, { ...headers }, ''));
  }

  send(text: string): void {
    this.#tell(() => this.#handler.onResponseData?.(this.#controller, Buffer.from(text)));
  }

  end(): void {
    this.#tell(() => {
      this.#over();
      this.#handler.onResponseEnd?.(this.#controller, {});
    });
  }

  break(why: Error = new errors.SocketError('other side closed')): void {
    this.#tell(() => {
      this.#over();
      this.#handler.onResponseError?.(this.#controller, why);
    });
  }

  #tell(what: () => void): void {
    this.#clock.whenAwake(() => {
      if (!this.#isOver) what();
    });
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const hear of this.#hearers) hear();
  }
}
