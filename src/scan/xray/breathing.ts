// scan/xray: lets others have their turn while a large body is read: data that is already here would else be read in one go.
import type { Clock } from '@dot-kube/operator';

const LONGEST_TURN_MS = 8;

export async function* breathing(
  chunks: AsyncIterable<Uint8Array>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let sinceMs = clock.monotonicMs();
  for await (const chunk of chunks) {
    yield chunk;
    if (clock.monotonicMs() - sinceMs < LONGEST_TURN_MS) continue;
    await clock.sleep(0, signal);
    sinceMs = clock.monotonicMs();
  }
}
