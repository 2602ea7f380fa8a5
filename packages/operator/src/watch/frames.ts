// watch: cuts a body into frames: four bytes with a length, the greatest first, and as many bytes as it says.
import { ByteQueue } from './byte-queue.js';
import { MAX_BYTES, tooLong } from './fragments.js';

const HEADER = 4;

export class FrameCutter {
  readonly #bytes = new ByteQueue();

  /** The frames that end in this chunk. @throws Error where one is longer than any object can be */
  *cut(chunk: Buffer): Generator<Buffer> {
    this.#bytes.push(chunk);
    while (this.#bytes.length >= HEADER) {
      const length = this.#bytes.peek(HEADER).readUInt32BE();
      if (length > MAX_BYTES) throw tooLong();
      if (this.#bytes.length < HEADER + length) return;
      this.#bytes.drop(HEADER);
      yield this.#bytes.take(length);
    }
  }
}
