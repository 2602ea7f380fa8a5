// watch: bytes that came in several chunks, and are taken out in pieces of another length.

/** First in, first out. What is taken out of one chunk is a part of it, not a copy. */
export class ByteQueue {
  readonly #chunks: Buffer[] = [];
  /** Of the first chunk, what was taken. */
  #taken = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first bytes, which stay; fewer than that where there are no more. */
  peek(length: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length - this.#taken >= length)
      return first.subarray(this.#taken, this.#taken + length);
    const parts: Buffer[] = [];
    let found = 0;
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(found === 0 ? this.#taken : 0);
      parts.push(part);
      found += part.length;
      if (found >= length) break;
    }
    return Buffer.concat(parts, Math.min(found, length));
  }

  /** The first bytes, of which there have to be so many. */
  take(length: number): Buffer {
    const bytes = this.peek(length);
    this.drop(length);
    return bytes;
  }

  drop(length: number): void {
    this.#length -= length;
    this.#taken += length;
    for (let first = this.#chunks[0]; first !== undefined && this.#taken >= first.length; first = this.#chunks[0]) {
      this.#taken -= first.length;
      this.#chunks.shift();
    }
  }
}
