// watch: cuts a body into lines on the newline byte, so that no half of a character is ever decoded.

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 8 * 1024 * 1024; // etcd takes objects of 1.5 MiB; more is a fault

/** @throws Error where a line is longer than any object can be */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)]).toString('utf8');
      rest = [];
      restBytes = 0;
      from = at + 1;
      if (line !== '') yield line;
    }
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > MAX_LINE_BYTES) throw new Error(`a line of the watch is longer than ${MAX_LINE_BYTES} bytes`);
  }
}
