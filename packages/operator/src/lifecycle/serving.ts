// lifecycle: what every replica serves, from before its caches begin until after they have ended.
import type { Logger } from '../telemetry/logger.js';
import { runPart, type ServingPart } from './work.js';

export class Serving {
  readonly #parts: readonly ServingPart[];
  readonly #log: Logger;
  readonly #end = new AbortController();
  readonly #broken = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: readonly ServingPart[], log: Logger) {
    this.#parts = parts;
    this.#log = log;
  }

  /** Aborts where one of them cannot be served, or ends before it is told to; its reason is why. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  begin(): void {
    const each = this.#parts.map(async (part) => {
      try {
        await runPart(part, this.#end.signal);
      } catch (error) {
        this.#log.error(`${part.name} failed`, { error });
        this.#broken.abort(error);
      }
    });
    this.#running = Promise.all(each);
  }

  /** Resolves once all have ended; each has a limit of its own. */
  async end(): Promise<void> {
    this.#end.abort(new Error('the operator stops'));
    await this.#running;
  }
}
