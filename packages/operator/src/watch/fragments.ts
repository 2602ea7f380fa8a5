// watch: a text whose bytes come in several chunks; decoded once it is whole.

/** Etcd takes objects of 1.5 MiB; more is a fault. */
export const MAX_BYTES = 8 * 1024 * 1024;

export function tooLong(): Error {
  return new Error(`what the API server sent of one object is longer than ${MAX_BYTES} bytes`);
}

export class Fragments {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @throws Error where it is longer than any object can be */
  add(chunk: Buffer, from: number): void {
    if (from === chunk.length) return;
    this.#parts.push(chunk.subarray(from));
    this.#bytes += chunk.length - from;
    if (this.#bytes > MAX_BYTES) throw tooLong();
  }

  /** The whole text; the next one begins anew. */
  endWith(chunk: Buffer, from: number, to: number): string {
    if (this.#parts.length === 0) return chunk.toString('utf8', from, to);
    const text = Buffer.concat([...this.#parts, chunk.subarray(from, to)]).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return text;
  }
}
