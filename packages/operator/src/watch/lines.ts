// watch: cuts a body into lines on the newline byte, so that no half of a character is ever decoded.
import { Fragments } from './fragments.js';

const NEWLINE = 0x0a;

/** @throws Error where a line is longer than any object can be */
export class LineCutter {
  readonly #rest = new Fragments();

  /** The lines that end in this chunk. */
  *cut(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.#rest.endWith(chunk, from, at);
      from = at + 1;
      if (line !== '') yield line;
    }
    this.#rest.add(chunk, from);
  }
}
