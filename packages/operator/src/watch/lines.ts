// watch: cuts a body into lines on the newline byte, so that no half of a character is ever decoded.

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 8 * 1024 * 1024; // etcd takes objects of 1.5 MiB; more is a fault

/** @throws Error where a line is longer than any object can be */
export class LineCutter {
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** The lines that end in this chunk. */
  *cut(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.#rest.length === 0 ? chunk.toString('utf8', from, at) : this.#join(chunk.subarray(from, at));
      from = at + 1;
      if (line !== '') yield line;
    }
    if (from === chunk.length) return;
    this.#rest.push(chunk.subarray(from));
    this.#restBytes += chunk.length - from;
    if (this.#restBytes > MAX_LINE_BYTES) throw new Error(`a line of the watch is longer than ${MAX_LINE_BYTES} bytes`);
  }

  #join(end: Buffer): string {
    const line = Buffer.concat([...this.#rest, end]).toString('utf8');
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
