// A body as it comes over the wire: in chunks whose ends lie anywhere.

/** @param sizes of the chunks, which come again and again */
export function chunksOf(body: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] ?? body.length;
    chunks.push(body.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
